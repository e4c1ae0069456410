"""From the recipe to the cached files: fetches, unpacks, boots, saves.

Each layer is made in a folder with the ending .part and gets its name when it is complete, so an
interrupted build leaves nothing that looks like a finished one. One build at a time: a second
one waits, then finds the work done.
"""

import gzip
import os
import shutil
import subprocess

from . import archive, program, recipe
from .agent import Agent
from .errors import RigError
from .machine import Machine
from .steps import becoming, only_one, step

BOOT_SECONDS = 120
ANSWER_SECONDS = 30     # when it is restored
BOOTS_MAX = 3           # until one goes on


def check_host():
    missing = [package for program, package in recipe.HOST_PROGRAMS.items()
               if not shutil.which(program)]
    if missing:
        raise RigError(f'missing on this machine; run: apt-get install {" ".join(missing)}')


def build(kind=recipe.PLAIN):
    """Makes what is missing. Returns the folder with the saved machine."""
    check_host()
    debian, dom0 = recipe.debian_folder(), recipe.dom0_folder(kind)
    if dom0.exists() and debian.exists():
        os.utime(dom0)
        return dom0
    with only_one(recipe.CACHE_DIR / 'lock'):
        if not debian.exists():
            with becoming(debian) as part:
                unpack_debian(part)
        if not dom0.exists():
            with becoming(dom0) as part:
                for _ in range(BOOTS_MAX):
                    boot_and_save(debian, part, kind)
                    if answers(part, kind):
                        break
                else:
                    raise RigError(f'dom0 does not answer when its saved state is restored, {BOOTS_MAX} times in a row')
    return dom0


# --- Debian's part -------------------------------------------------------------------------

def unpack_debian(part):
    root = part / 'root.tar'
    with step(f'fetching and unpacking Debian {recipe.SUITE} packages'):
        run_mmdebstrap(root, part / 'mmdebstrap.log')
    with step('packing the initial memory image'):
        (part / 'vmlinuz').write_bytes(archive.tar_member(root, './rig/vmlinuz'))
        (part / 'xen').write_bytes(gzip.decompress(archive.tar_member(root, './rig/xen.gz')))
        with open(part / 'initrd', 'wb') as output:
            archive.initrd_from_tar(root, output, recipe.NOT_IN_INITRD)
        root.unlink()


def run_mmdebstrap(root, log):
    sources = root.with_name('sources.list')
    sources.write_text('\n'.join(recipe.SOURCES) + '\n')
    # A PATH as on any Debian: chroot needs the sbin folders, which users lack.
    environment = dict(
        os.environ, PATH='/usr/sbin:/usr/bin:/sbin:/bin', RIG_CUSTOMIZE=str(recipe.RIG_DIR / 'dom0/customize'),
        RIG_FETCH=' '.join(recipe.FETCHED), RIG_MODULES=' '.join(recipe.MODULES))
    command = ['mmdebstrap', '--variant=essential', '--format=tar', '--architectures=amd64',
               f'--mode={"root" if os.geteuid() == 0 else "unshare"}',
               f'--include={",".join(recipe.PACKAGES)}',
               '--customize-hook="$RIG_CUSTOMIZE" "$1"',
               recipe.SUITE, str(root), str(sources)]
    with open(log, 'wb') as output:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output,
                                stderr=subprocess.STDOUT, env=environment).returncode
    if status:
        tail = '\n'.join(log.read_text(errors='replace').splitlines()[-12:])
        advice = 'is deb.debian.org reachable (or $RIG_MIRROR)?'
        if os.geteuid():
            advice += ' Without root, mmdebstrap needs user namespaces and /etc/subuid, or run this as root.'
        raise RigError(f'mmdebstrap failed; {advice}\n{tail}\n(all of it: {log})')


# --- the rig's part --------------------------------------------------------------------------

def write_initrd(debian, path, extra_folder=None, extra=()):
    """Debian's part, then the rig's own files, then in a folder `extra`: (path, bytes, mode)."""
    shutil.copyfile(debian / 'initrd', path)
    with open(path, 'ab') as output:
        writer = archive.CpioWriter(output)
        writer.add_folder('rig')
        for name, source in recipe.OWN_FILES.items():
            writer.add_bytes(name, source.read_bytes(), 0o755)
        writer.add_bytes(recipe.AGENT, program.agent(), 0o755)
        for name in recipe.AGENT_NAMES:
            writer.add_link(name, f'/{recipe.AGENT}')
        if extra_folder:
            writer.add_folder(extra_folder)
        for name, data, permissions in extra:
            writer.add_bytes(name, data, permissions)
        writer.finish()


def answers(part, kind):
    """Whether the saved machine goes on when it is restored: one that was saved while dom0 stood still (docs/rig.md) never would."""
    machine = Machine(part / 'machine', kind)
    try:
        machine.restore(part / 'ram', part / 'state', is_ephemeral=True)
        return Agent(machine).wait_until_ready(ANSWER_SECONDS)
    finally:
        machine.end()


def boot_and_save(debian, part, kind):
    initrd, ram, state = part / 'initrd', part / 'ram', part / 'state'
    write_initrd(debian, initrd)
    machine = Machine(part / 'machine', kind)
    try:
        with step('booting Xen and dom0'):
            machine.boot_to_save(ram, initrd)
            agent = Agent(machine)
            if not agent.wait_until_ready(BOOT_SECONDS):
                log = part.with_name('boot-failed.log')
                shutil.copyfile(machine.folder / 'xen.log', log)
                raise RigError(f'dom0 did not come up in {BOOT_SECONDS} s; its console is in {log}')
        with step('saving the running machine'):
            # What the boot left in free memory would be part of the saved state: overwrite it.
            agent.check(['sh', '-c', 'echo 3 >/proc/sys/vm/drop_caches; dd if=/dev/zero of=/rig/zero bs=1M '
                         'count=$(($(sed -n "s/^MemFree: *\\([0-9]*\\) kB/\\1/p" /proc/meminfo) / 1024 - 24)) '
                         '2>/dev/null; rm /rig/zero'], timeout=120)
            machine.save(state)
            machine.end()
            subprocess.run(['fallocate', '--dig-holes', str(ram)], check=True)
    finally:
        machine.end()
