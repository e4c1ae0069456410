"""The jobs with ext2, ext3 and ext4 on a disk: what others made is read, what we write is checked by e2fsck.

The scripts of tests/programs run on them as well, compared with Linux as ever.
"""

import contextlib
import shutil
import subprocess
import tempfile
from pathlib import Path

from riglib import devices

from . import programs
from .boot import TOP, boot, rig
from .core import Job, Outcome, single
from .disks import Disk, expect, image, run_script

# By busybox; that bash does the same is seen in memory.
SCRIPTS = [name for name in programs.SCRIPTS if not name.startswith("bash ")]
# C files whose subject is what a file system does.
ON_DISK = [*SCRIPTS, "exchange", "holes", "lost_pages"]

# Name of the test, how mke2fs makes it.
KINDS = [
    ("ext4", ["-t", "ext4", "-b", "4096"]),
    ("ext4, 1 KiB blocks", ["-t", "ext4", "-b", "1024"]),
    ("ext3", ["-t", "ext3", "-b", "1024"]),
    ("ext2, small inodes", ["-t", "ext2", "-b", "4096", "-I", "128"]),
]
BLOCKS = "32M"

# Every script of tests/programs on the disk, as all programs in memory.
ALL = """mount -t ext4 DISK /tmp || exit 1
export ZERO_RANGE=EXTENTS
sh /bin/all-tests
cd /; umount /tmp || exit 1
"""


def mke2fs(path, options, folder=None):
    """A new file system in a file of the host's; with what is in a folder."""
    source = ["-d", str(folder)] if folder else []
    done = subprocess.run(["/sbin/mke2fs", "-q", "-F", *options, *source, str(path), BLOCKS], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    expect(done.returncode == 0, done.stdout)


def e2fsck(path, option="-n"):
    """Fails if it finds anything; -y: repairs first."""
    done = subprocess.run(["/sbin/e2fsck", "-f", option, str(path)], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    expect(done.returncode == 0 or (option == "-y" and done.returncode == 1), f"e2fsck: {done.stdout}")


def content(path, name):
    """A file's bytes, read by somebody else's code."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["/sbin/debugfs", "-R", f"dump {name} {folder}/out", str(path)], check=True,
                       capture_output=True)
        return Path(folder, "out").read_bytes()


def scripts_job(label, options):
    """The scripts of tests/programs and some of its programs, one boot, one disk."""
    prefix = f"native64 {label}:"

    def run(wanted):
        with Disk("native64") as disk:
            mke2fs(disk.path, options)
            script = ALL.replace("DISK", "/dev/vda").replace("EXTENTS", str(int("ext4" in options)))
            names = [name for name in ON_DISK if f"{prefix} {name}" in wanted]
            result = boot(f"{prefix} programs", "native64", 'init=/bin/sh cmd="sh /bin/test-script"',
                          ramdisk=programs.image(names, {"test-script": script}), memory=64, **disk.options())
            yield from programs.outcomes(prefix, names, result)
            if f"{prefix} e2fsck" in wanted:
                expect(result.verdict == 0, f"verdict {result.verdict}, {result.reason}")
                e2fsck(disk.path)
                yield Outcome(f"{prefix} e2fsck", "success")
    return Job([*(f"{prefix} {name}" for name in ON_DISK), f"{prefix} e2fsck"], run)


# --- the root ---------------------------------------------------------------------------------------

def root_folder(folder, script, env):
    """What is in the image for the programs of `env`, as a folder."""
    archive = image(script, env=env)
    with open(archive, "rb") as file:
        subprocess.run(["cpio", "-idm", "--quiet"], stdin=file, cwd=folder, check=True, stderr=subprocess.DEVNULL)


ROOT_SCRIPT = """mount | grep -q ' / type ext4' || { echo "no ext4 root"; exit 1; }
seq 1 20000 >/numbers
mkdir /made && mv /numbers /made/ && ln /made/numbers /made/again
sync
awk '$3 ~ /^x?vda$/ && NF == 20 && $4 && $6 && $8 && $10 >= 210' /proc/diskstats | grep -q . || { cat /proc/diskstats; exit 1; }
awk '/^pgpgin [1-9]/ || /^pgpgout [1-9]/' /proc/vmstat | grep -c . | grep -q 2 || { cat /proc/vmstat; exit 1; }
"""


@contextlib.contextmanager
def holding(env, path):
    """Options for boot(): a disk with what is in a file of the host's, which has then what the disk has."""
    if env == "native64":
        yield {"disks": [path]}
    else:
        with devices.attached(rig().agent, [path]) as settings:
            yield {"settings": settings}


def root_job(env):
    """The root is a disk made by mke2fs, with nothing else; the machine's end is a clean unmount."""
    name = f"{env} ext4 root"
    device = "/dev/vda" if env == "native64" else "/dev/xvda"

    def run():
        with tempfile.TemporaryDirectory() as folder:
            files, made = Path(folder, "files"), Path(folder, "disk")
            files.mkdir()
            root_folder(files, ROOT_SCRIPT, env)
            mke2fs(made, KINDS[0][1], files)
            with holding(env, made) as options:
                result = boot(name, env, f'root={device} init=/bin/sh cmd="sh /bin/test-script"', memory=64, **options)
            expect(result.verdict == 0, f"verdict {result.verdict}, {result.reason}")
            e2fsck(made)
            numbers = "".join(f"{n}\n" for n in range(1, 20001)).encode()
            expect(content(made, "/made/again") == numbers, "another content")
    return single(name, run)


# What a Debian system is made of: programs that the kernel starts by way of their loader, and libraries.
DEBIAN = ["bash", "libc6", "libtinfo6", "libgcc-s1"]
DEBIAN_COMMAND = "exec /bin/bash -c 'for i in 1 2 3; do echo $((i * 14)); done; echo $BASH; " \
    "mapfile -t m </proc/$$/maps; [[ ${m[*]} == *libtinfo* ]] && echo mapped'"


def debian_job():
    """Debian's own packages, unpacked on an ext4 root: bash is linked with its libraries as it starts."""
    name = "native64 dynamic programs on an ext4 root"

    def run():
        path = TOP / "build" / "test" / "debian.img"
        path.unlink(missing_ok=True)
        adds = [word for package in DEBIAN for word in ("--add", f"deb:{package}")]
        done = subprocess.run(["tools/root-disk", "--image", str(path), "--command", DEBIAN_COMMAND, *adds], cwd=TOP,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        expect(done.returncode == 0, done.stdout)
        try:
            result = boot(name, "native64", "root=/dev/vda init=/run/cmd", memory=64, disks=[path])
            e2fsck(path)
        finally:
            path.unlink()
        lines = [line.strip() for line in result.console.splitlines()]
        expect(result.verdict == 0, f"verdict {result.verdict}, {result.reason}")
        expect("42" in lines and "/bin/bash" in lines, "bash did not do what it was told")
        expect("mapped" in lines, "bash has no libraries")
    return single(name, run)


# --- partitions, and reading only ---------------------------------------------------------------------

PARTITION = 2 << 20
LABELS = {
    "dos": "label: dos\nstart=64, size=128, type=83\nstart=4096, type=83\n",
    "gpt": "label: gpt\nfirst-lba: 34\nstart=64, size=128\nstart=4096\n",
}

PARTITIONS = """
echo sizes $(blockdev --getsz DISK1) $(blockdev --getsz DISK2)
mount -o ro -t ext4 DISK2 /mnt || exit 1
grep DISK2 /proc/mounts
cat /mnt/file
echo no >/mnt/file || echo refused
mkdir /mnt/folder 2>/dev/null || echo refused
umount /mnt || exit 1
mount -t ext4 DISK1 /mnt 2>/dev/null || echo no file system
"""


def partitions_job(label):
    """What sfdisk made: two partitions, on the second a file system that is only read: not a byte changes."""
    name = f"native64 disk with partitions, {label}"

    def run():
        with Disk("native64", 16 << 20) as disk, tempfile.TemporaryDirectory() as folder:
            Path(folder, "file").write_text("what is in it\n")
            disk.shell(f"truncate -s 0 {disk.path}; truncate -s 16M {disk.path}; "
                       f"printf '{LABELS[label]}' | /sbin/sfdisk -q {disk.path}")
            disk.shell(f"/sbin/mke2fs -q -F -t ext4 -E offset={PARTITION} -d {folder} {disk.path} 12M")
            before = disk.shell(f"sha1sum <{disk.path}")
            lines = run_script(name, "native64", PARTITIONS, disk)
            after = disk.shell(f"sha1sum <{disk.path}")
        sizes = next(text for text in lines if text.startswith("sizes ")).split()
        expect(sizes[1] == "128" and int(sizes[2]) > 26000, f"sizes {sizes[1:]}")
        expect("what is in it" in lines and lines.count("refused") == 2, "it reads or refuses otherwise")
        expect("/dev/vda2 /mnt ext4 ro 0 0" in lines, "it is not mounted read-only")
        expect("no file system" in lines, "random bytes were mounted")
        expect(before == after, "something was written")
    return single(name, run)


# --- crashes ------------------------------------------------------------------------------------------

CRASH = """mount -t ext4 DISK /mnt || exit 1
seq 1 5000 >/mnt/kept; sync
seq 1 3000 | dd of=/mnt/kept-too conv=fsync 2>/dev/null
echo synced
for i in $(seq 1 40); do seq 1 $((i * 100)) >/mnt/f$i; mv /mnt/f$i /mnt/g$i; rm -f /mnt/g$((i - 3)); done
"""


LEFT = """mount -t ext4 DISK /mnt || exit 1
exec 7>/mnt/kept
umount -l /mnt || exit 1
seq 1 5000 >&7; sync
echo synced
sleep 1
"""


def left_job():
    """sync() is for what was unmounted while it was used, too. Nothing is written before by itself."""
    name = "native64 ext4: sync of what is mounted no more"

    def run():
        with Disk("native64") as disk:
            mke2fs(disk.path, KINDS[0][1])
            copies = []

            def copy(console):
                if "synced\r" in console and not copies:
                    copies.append(f"{disk.path}.copy")
                    shutil.copy(disk.path, copies[0])
            run_script(name, "native64", LEFT, disk, "writeback=3600", input=copy)
            expect(copies, "no copy was made")
            try:
                e2fsck(copies[0], "-y")
                expected = "".join(f"{n}\n" for n in range(1, 5001)).encode()
                expect(content(copies[0], "kept") == expected, "it is not what was synced")
            finally:
                Path(copies[0]).unlink()
    return single(name, run)


def crash_job(label, options):
    """The disk as it is at a moment after a sync, while more is written: what was synced is there."""
    name = f"native64 {label}: crash"

    def run():
        with Disk("native64") as disk:
            mke2fs(disk.path, options)
            copies = []

            def copy(console):
                if "synced\r" in console and len(copies) < 3:
                    copies.append(f"{disk.path}.copy{len(copies)}")
                    shutil.copy(disk.path, copies[-1])
            run_script(name, "native64", CRASH, disk, "writeback=1", input=copy)
            e2fsck(disk.path)
            expect(copies, "no copy was made")
            try:
                for path in copies:
                    e2fsck(path, "-y")
                    for file, last in (("kept", 5000), ("kept-too", 3000)):
                        expected = "".join(f"{n}\n" for n in range(1, last + 1)).encode()
                        expect(content(path, file) == expected, f"{file} is not what was synced")
            finally:
                for path in copies:
                    Path(path).unlink()
    return single(name, run)


ENDING = """mount -t ext4 DISK /mnt || exit 1
for i in 1 2 3 4; do cat /bin/busybox; done >/mnt/copies || exit 1
"""
# How the machine ends then.
ENDS = {
    "during an unmount": "until umount /mnt; do :; done 2>/dev/null &\nwhile [ -e /mnt/copies ]; do :; done",
    "wanted by two": "poweroff -n -f &\npoweroff -n -f",
}


def ending_job(how):
    """Whatever else goes on when the machine ends, and as long as that takes: all that was written is on the disk."""
    name = f"native64 ext4: the end of the machine, {how}"

    def run():
        with Disk("native64") as disk:
            mke2fs(disk.path, KINDS[0][1])
            result = boot(name, "native64", 'init=/bin/sh cmd="sh /bin/test-script"', memory=64,
                          ramdisk=image(ENDING.replace("DISK", disk.name) + ENDS[how]), **disk.options())
            expect(result.verdict == 0, f"verdict {result.verdict}, {result.reason}")
            e2fsck(disk.path)
            clean = subprocess.run(["/sbin/e2fsck", "-n", str(disk.path)], text=True, capture_output=True)
            expect(": clean," in clean.stdout, clean.stdout)
            copies = programs.X86_64.busybox.read_bytes() * 4
            expect(content(disk.path, "copies") == copies, "another content")
    return single(name, run)


# --- journals ------------------------------------------------------------------------------------------

JOURNAL = """mount -t ext4 DISK /mnt || exit 1
cat /mnt/file; echo
echo no >/mnt/file || echo refused
mount -o remount,rw /mnt 2>/dev/null || echo refused
umount /mnt || exit 1
e2fsck.static -p DISK; echo checked $?
mount -t ext4 DISK /mnt || exit 1
cat /mnt/file; echo
echo yes >/mnt/more || exit 1
exec 7>>/mnt/more
mount -o remount,ro /mnt 2>/dev/null || echo busy
exec 7>&-
mount -o remount,ro,nosuid /mnt || exit 1
grep /mnt /proc/mounts
echo no >/mnt/more || echo refused
e2fsck.static -n DISK | grep -q ': clean,' && echo clean
e2fsck.static -fn DISK >/dev/null; echo checked $?
mount -o remount,rw /mnt || exit 1
e2fsck.static -n DISK | grep -q ': clean,' || echo in use
echo again >>/mnt/more || exit 1
mkdir /mnt/folder || exit 1
mount -o remount,ro /mnt || exit 1
umount /mnt
"""


def debugfs(path, commands):
    done = subprocess.run(["/sbin/debugfs", "-w", "-f", "-", str(path)], input=commands, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    return done.stdout


def journal_job():
    """A journal that holds what was not written: the disk is only read, until Debian's e2fsck has been there; then what is mounted
    is made read-only and written to again."""
    name = "native64 ext4 with a journal to replay"

    def run():
        with Disk("native64") as disk, tempfile.TemporaryDirectory() as folder:
            Path(folder, "file").write_text("old")
            mke2fs(disk.path, KINDS[0][1], folder)
            block = debugfs(disk.path, "bmap file 0\n").splitlines()[-1].split()[-1]
            new = Path(folder, "file")
            new.write_bytes(b"new".ljust(4096, b"\0"))
            debugfs(disk.path, f"jo\njw -b {block} {new}\njc\n")
            lines = run_script(name, "native64", JOURNAL, disk, added=["deb:e2fsck-static"])
            e2fsck(disk.path)
            words = ("old", "refused", "new", "busy", "clean", "in use", "/dev/vda /mnt ext4 ro,nosuid 0 0")
            told = [text for text in lines if text in words or text.startswith("checked ")]
            expect(told == ["old", "refused", "refused", "checked 0", "new", "busy", words[-1], "refused", "clean", "checked 0",
                            "in use"], f"it went {told}")
            expect(content(disk.path, "more") == b"yes\nagain\n", "nothing can be written afterwards")
    return single(name, run)


def native_filesystem_jobs():
    jobs = [scripts_job(label, options) for label, options in KINDS]
    jobs += [crash_job(label, options) for label, options in KINDS[:3]]
    return [*jobs, *(ending_job(how) for how in ENDS), left_job(), root_job("native64"), debian_job(), journal_job(), partitions_job("dos"), partitions_job("gpt")]


def xen_filesystem_jobs(env):
    return [root_job(env)]
