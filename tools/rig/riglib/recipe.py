"""What the rig is made of: packages, boot parameters, and where the results are kept.

What is built is cached under build/rig/ in two layers, each in a folder named by the hash over
everything it depends on. To change the rig, edit this file or dom0/; the next `rig build`
notices. Versions of packages are not part of the hash: the rig takes what Debian offers on the
day it is built.

    debian-<hash>/   from Debian's packages
        xen vmlinuz  what QEMU and Xen boot
        initrd       dom0's file system as an initial memory image, without the rig's own files
    dom0-<hash>/     that with the rig's own files, booted
        initrd       the whole of it
        ram state    the running machine, saved: its memory, and everything else

Two machines are made so. PLAIN is the one to work and to measure with: the installed QEMU, nothing chosen for speed. QUICK, in
quick-<hash>/, is for tests, with a QEMU that is made for it if it can be (emulator.py) and a dom0 of one processor.
"""

import dataclasses
import os
from pathlib import Path
from typing import Callable

from . import emulator
from .steps import digest_of

RIG_DIR = Path(__file__).resolve().parent.parent
TOP_DIR = RIG_DIR.parent.parent
CACHE_DIR = emulator.CACHE
RUN_DIR = CACHE_DIR / 'run'

# Program on the host => the Debian package that has it.
HOST_PROGRAMS = {
    emulator.INSTALLED: emulator.INSTALLED_PACKAGE,
    'mmdebstrap': 'mmdebstrap',
    'dpkg-deb': 'dpkg',
    'gcc': 'gcc libc6-dev',
    'fallocate': 'util-linux',
    'setpriv': 'util-linux',
}

SUITE = 'bookworm'
MIRROR = os.environ.get('RIG_MIRROR', 'http://deb.debian.org')
SOURCES = [
    f'deb {MIRROR}/debian {SUITE} main',
    f'deb {MIRROR}/debian {SUITE}-updates main',
    f'deb {MIRROR}/debian-security {SUITE}-security main',
]

# Installed in dom0.
PACKAGES = [
    'xen-utils-4.17', 'xen-utils-common', 'xenstore-utils',
    'kmod', 'mount', 'procps', 'udev',
    'bridge-utils', 'ethtool', 'iproute2', 'iputils-ping', 'netcat-openbsd', 'tcpdump', 'wget',
    'busybox', 'dmsetup', 'e2fsprogs', 'fdisk',
]

# Of these only the files are taken.
FETCHED = ['xen-hypervisor-4.17-amd64', 'linux-image-amd64']

# dom0's kernel modules, without those they depend on.
MODULES = [
    # a control domain, and its back-ends
    'xenfs', 'xen-privcmd', 'xen-evtchn', 'xen-gntdev', 'xen-gntalloc',
    'xen-blkback', 'xen-netback', 'bridge', 'loop',
    # the way to the host
    'virtio_pci', 'virtio_console',
    # disks and networks that misbehave on request
    'brd', 'dm-mod', 'dm-delay', 'dm-flakey', 'dm-log-writes', 'dm-snapshot',
    'sch_netem', 'sch_tbf', 'sch_ingress', 'ifb', 'act_mirred', 'cls_matchall', 'cls_u32',
    'dummy', 'pktgen', 'tun', 'veth',
    # to look into a guest's disk; to try Linux itself as a domU
    'ext4', 'xen-blkfront', 'xen-netfront',
]

# The rig's own files in dom0: path there => file here.
OWN_FILES = {
    'init': RIG_DIR / 'dom0' / 'init',
    'rig/autorun': RIG_DIR / 'dom0' / 'autorun',
    'rig/console': RIG_DIR / 'dom0' / 'console',
    'rig/run-domain': RIG_DIR / 'dom0' / 'run-domain',
    'etc/xen/xl.conf': RIG_DIR / 'dom0' / 'xl.conf',
}

# And the program that works for the host there (program.py).
AGENT = 'rig/agent'
AGENT_NAMES = ['rig/hotplug-disk', 'rig/hotplug-vif']
AGENT_SOURCES = sorted((RIG_DIR / 'dom0' / 'agent').glob('*.[ch]'))

# What the converter to the initial memory image leaves out (prefixes).
NOT_IN_INITRD = ['dev/', 'rig/vmlinuz', 'rig/xen.gz']

MACHINE_MEMORY = '2048M'
DOM0_MEMORY = '768M'

# No bootscrub: memory nobody used stays zero, and is not part of the saved state.
XEN_CMDLINE = ' '.join([
    'console=com1', 'com1=115200,8n1', 'noreboot', 'bootscrub=0', 'guest_loglvl=all', 'conring_size=256k',
    f'dom0_mem={DOM0_MEMORY},max:{DOM0_MEMORY}',
])
LINUX_CMDLINE = 'console=hvc0 quiet loglevel=4 panic=-1 random.trust_cpu=on'

# A CPU on which all of Xen's guest types run. `max` crashes a Linux PV dom0, qemu64 the shim;
# without +rdrand the kernel's entropy comes late and every `xl create` waits for it.
CPU = 'Opteron_G3,+svm,+npt,-rdtscp'
CPU_RANDOM = ',+rdrand'
CPU_TAGS = ',+pcid,+invpcid'
CPU_COUNT = 2

# Xen's trace: hypercalls and multicall sub-calls of PV domains, and scheduling. (0x002a3000 adds
# the exits of HVM and PVH domains.)
TRACE_EVENTS = '0x00223000'

AGENT_PORTS = 16


@dataclasses.dataclass(frozen=True)
class Kind:
    """Of machine: `qemu` gives the first words of its command; the others are for its CPU, Xen's and dom0's command lines."""
    name: str
    qemu: Callable
    cpu_words: str = ''
    xen_words: str = ''
    linux_words: str = ''


# What guards a kernel against its programs and programs against each other, or accounts for them, and takes instructions.
UNGUARDED = ' mitigations=off hardened_usercopy=off init_on_alloc=0 cgroup_disable=memory psi=0'

PLAIN = Kind('dom0', lambda: [emulator.INSTALLED])
# What udevd would do is not needed: the kernel makes the nodes of devices, libxl starts what connects them (dom0/init).
WITHOUT_UDEV = ' rig.udev=0'
# QEMU 7.2 keeps translated code by its virtual address, too: a program that starts elsewhere than before is translated anew.
AT_ITS_PLACE = ' norandmaps'
# On a busy machine Linux finds that the processor's counter and Xen's clock disagree, takes the latter, and from then on programs ask the
# kernel for the time: a third of xenstored's system calls.
OWN_CLOCK = ' tsc=reliable'
# None of dom0's programs takes the processor from another that has just woken it, as xenstored would be interrupted by who reads its
# answer, in the middle of writing it (dom0/init).
UNHURRIED = ' rig.batch=1'
# What moves between a dom0's processors costs more than a second one brings; its back-ends have two queues all the same.
ONE_PROCESSOR = ' dom0_max_vcpus=1'
ONE_PROCESSORS_LINUX = ' xen_blkback.max_queues=2 xen_netback.max_queues=2' + UNGUARDED + WITHOUT_UDEV + AT_ITS_PLACE + OWN_CLOCK + UNHURRIED
# With credit2's resistance to migration both processors may idle while a virtual CPU waits in its queue, for ever (docs/rig.md).
UNRESISTING = ' sched_credit2_migrate_resist=0'
# Translations of dom0's kernel are kept while its programs run, and those of its programs (Xen uses PCIDs for that if it is told to).
TAGGED = ' pcid=1'
QUICK = Kind('quick', emulator.tagged, CPU_TAGS, ONE_PROCESSOR + TAGGED + UNRESISTING, ONE_PROCESSORS_LINUX)
KINDS = {kind.name: kind for kind in (PLAIN, QUICK)}


def machine_args(kind, ram_file=None, is_exact=False):
    """The machine as QEMU's arguments; a saved state fits exactly these.

    With `ram_file` its memory is mapped from there, see machine.py.
    Its CPUs take turns in one thread: with several QEMU 7.2 loses PVH domains (docs/rig.md).
    With `is_exact` time is counted in instructions and nothing depends on the host.
    """
    args = [*kind.qemu(), '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot',
            '-smp', str(CPU_COUNT), '-m', MACHINE_MEMORY]
    if is_exact:
        args += ['-accel', 'tcg,thread=single', '-icount', 'shift=1,sleep=off',
                 '-rtc', 'base=2024-01-01T00:00:00,clock=vm', '-cpu', CPU]
    else:
        args += ['-accel', 'tcg,thread=single', '-rtc', 'base=utc', '-cpu', CPU + CPU_RANDOM + kind.cpu_words]
    if ram_file:
        # Saved from a shared mapping; restored from a private one, which leaves the file as it is.
        args += ['-machine', 'pc,memory-backend=ram', '-object',
                 f'memory-backend-file,id=ram,size={MACHINE_MEMORY},{ram_file}']
    else:
        args += ['-machine', 'pc']
    return args


# Of the machine's folder, a link to debian_folder(). QEMU tells Xen the names of what it boots, and an exact run
# differs already when one is longer; so they may not depend on where the rig is.
DEBIAN_LINK = 'debian'


def boot_args(kind, initrd):
    return ['-kernel', f'{DEBIAN_LINK}/xen', '-append', XEN_CMDLINE + kind.xen_words,
            '-initrd', f'{DEBIAN_LINK}/vmlinuz {LINUX_CMDLINE}{kind.linux_words},{initrd}']


def direct_args(kernel, extra):
    # With `noreboot` Xen would wait for a key after the domain's end.
    cmdline = XEN_CMDLINE.replace(' noreboot', '')
    return ['-kernel', f'{DEBIAN_LINK}/xen', '-append', cmdline, '-initrd', f'{kernel} {extra}']


def debian_folder():
    sources = [RIG_DIR / 'dom0' / 'customize', RIG_DIR / 'riglib' / 'archive.py']
    lists = [' '.join(names) for names in (SOURCES, PACKAGES, FETCHED, MODULES, NOT_IN_INITRD)]
    return CACHE_DIR / f'debian-{digest_of(sources, *lists)}'


def dom0_folder(kind=PLAIN):
    sources = [*OWN_FILES.values(), *AGENT_SOURCES, Path(__file__)]
    sources += [RIG_DIR / 'riglib' / name for name in ('assemble.py', 'machine.py', 'program.py')]
    emulated = [emulator.name_of(kind.qemu()), kind.cpu_words, kind.xen_words, kind.linux_words]
    return CACHE_DIR / f'{kind.name}-{digest_of(sources, *emulated, debian_folder().name)}'
