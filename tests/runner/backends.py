"""The jobs in which disks' back-ends fail, or do what they seldom do: errors on chosen sectors, no room in dom0, media
that are only read, discards, disks that come and go, by force too.

Several tests share a boot, since making a domain takes longer than most of them. Each has a piece of the
guest's script, in which `step WORD` waits until dom0 has done what stands under that word; when it could not, or when
something is waited for in vain, the piece is over and the next begins.
"""

import hashlib
import itertools
import re

from riglib import devices

from .boot import boot, rig
from .core import Failure, Job, Outcome
from .disks import Disk, expect, image
from .dom0 import content, dom0, map_device, rebind, unmap_device
from .width import chosen

# Under the shim a line begins with a carriage return.
STEP = re.compile(r"^\r?step ([\w-]+)\r", re.MULTILINE)
WAIT = "wait_for() { n=0; until eval \"$1\"; do n=$((n+1)); [ $n = 200 ] && { echo waits in vain: $1; exit 3; }; sleep 0.4; done; }\n"
HEAD = 'step() { echo "step $1"; read answer; [ "$answer" = failed ] && exit 3; }\n' + WAIT

_number = itertools.count(1)
ATTEMPTS = 3


class Piece:
    """One test of a shared boot: `script`; `actions` {word: function of dom0's}, which may return what the guest's
    `read` gets; check(lines) raises Failure. Words of the script in capitals are replaced by `words`. What prepare() makes
    is there as long as the domain: it returns xl's words for disks, which the domain has from the beginning."""

    def __init__(self, name, domain):
        self.name, self.domain = name, domain
        self.words = {}
        self.actions = {}

    def filled(self):
        text = self.script
        for word, value in self.words.items():
            text = text.replace(word, str(value))
        return f"echo begin {self.name}\n(\n{text}\n)\necho end {self.name}\n"

    def prepare(self):
        return []

    def check(self, lines):
        pass

    def clean(self):
        pass


class Steps:
    """An `input` for boot()."""

    def __init__(self, pieces):
        self.actions = {word: action for piece in pieces for word, action in piece.actions.items()}
        self.owner = {word: piece.name for piece in pieces for word in piece.actions}
        self.seen = 0
        self.failed = {}    # name of a piece: why

    def __call__(self, console):
        match = STEP.search(console, self.seen)
        if not match:
            return None
        self.seen = match.end()
        word = match[1]
        try:
            answer = self.actions[word]()
        except Failure as failure:
            self.failed[self.owner[word]] = str(failure)
            answer = "failed"
        return f"{answer or ''}\r".encode()


def outcomes(prefix, pieces, steps, result):
    console = "\n".join(line.strip() for line in result.console.splitlines() if line.strip())
    for piece in pieces:
        name = f"{prefix}{piece.name}"
        begun = console.partition(f"begin {piece.name}\n")[2]
        words, ended, _ = begun.partition(f"end {piece.name}")
        if not begun or not ended:
            last = (words or console).splitlines()[-1:]
            yield Outcome(name, "crash" if begun else "error", f"it did not end: {result.reason}, {last}")
            continue
        try:
            if piece.name in steps.failed:
                raise Failure(steps.failed[piece.name])
            expect("waits in vain" not in words, words.partition("waits in vain")[2].splitlines()[:1])
            piece.check(words.splitlines())
            yield Outcome(name, "success")
        except Failure as failure:
            yield Outcome(name, "failure", str(failure))


def shared_job(env, label, kinds, extra="", before=lambda: None, setup="", added=(), settings=(), **options):
    """Pieces of these classes in one boot. `before` is called first; the guest begins with the script `setup`, and has
    what is `added`: FILE:PLACE."""
    prefix = f"{env} {label} "

    def run(wanted):
        before()
        domain = f"shared-{env}-{next(_number)}"
        pieces = [kind(domain) for kind in kinds if prefix + kind.NAME in wanted]
        steps = Steps(pieces)
        try:
            script = HEAD + setup + "".join(piece.filled() for piece in pieces)
            disks = ", ".join(f'"{spec}"' for piece in pieces for spec in piece.prepare())
            result = boot(f"{prefix}all", env, f'{extra} init=/bin/sh cmd="sh /bin/test-script"', ramdisk=image(script, *added, env=env),
                          name=domain, input=steps, timeout=300 + 200 * len(pieces), memory=64,
                          settings=[*settings, f"disk=[{disks}]"], **options)
            yield from outcomes(prefix, pieces, steps, result)
        finally:
            for piece in pieces:
                piece.clean()
    return Job([prefix + kind.NAME for kind in kinds], run)


def disk_attach(domain, vdev, spec):
    """xl's patience ends before a busy machine is done."""
    for _ in range(ATTEMPTS):
        status, _, err = rig().exec(["xl", "block-attach", domain, spec])
        if not status:
            return
        rig().exec(["xl", "block-detach", "--force", domain, vdev])
    raise Failure(f"xl block-attach {spec}: {err}")


# ---- disks --------------------------------------------------------------------------------------------

SIZE = 2 << 20
BLOCK = 4096


def sum_of(data):
    return hashlib.sha1(data).hexdigest()


class WithDisk(Piece):
    """One with a disk of its own, of random bytes."""
    ACCESS = "rw"
    MORE = ""

    def __init__(self, domain):
        super().__init__(self.NAME, domain)
        self.disk = None
        self.words = {"DISK": f"/dev/{self.VDEV}"}
        self.script = f"wait_for '[ -b DISK ]'\n{self.SCRIPT}\n"

    def target(self):
        return self.disk.device

    def make(self):
        self.disk = Disk("xen", SIZE).__enter__()

    def spec(self):
        return devices.disk_spec(self.target(), self.VDEV, self.ACCESS).replace(",target=", f"{self.MORE},target=")

    def prepare(self):
        self.make()
        return [self.spec()]

    def clean(self):
        if self.disk:
            self.disk.__exit__()


class BadSectors(WithDisk):
    """The 257th block of 4 KiB cannot be read or written; its neighbours can, whatever was merged with it."""
    NAME = "errors on chosen sectors"
    VDEV = "xvdb"
    SCRIPT = """
	dd if=DISK of=/dev/null bs=4k skip=256 count=1 2>&1 | grep -o 'Input/output error'
	echo before $(dd if=DISK bs=4k count=256 2>/dev/null | sha1sum)
	echo after $(dd if=DISK bs=4k skip=257 2>/dev/null | sha1sum)
	dd if=/dev/zero of=DISK bs=4k seek=256 count=1 conv=fsync,notrunc 2>&1 | grep -o 'Input/output error'
	dd if=/dev/zero of=DISK bs=4k seek=244 count=24 conv=fsync,notrunc 2>&1 | grep -o 'Input/output error'
	dd if=/dev/zero of=DISK bs=4k seek=300 count=8 conv=fsync,notrunc 2>/dev/null && echo written elsewhere
    """

    def target(self):
        return f"/dev/mapper/{self.domain}"

    def make(self):
        super().make()
        loop, sectors = self.disk.device, self.disk.size // 512
        self.before = self.disk.content()
        map_device(self.domain, f"0 2048 linear {loop} 0\n2048 8 error\n2056 {sectors - 2056} linear {loop} 2056")

    def check(self, lines):
        expect(lines.count("Input/output error") == 3, f"not three I/O errors: {lines}")
        expect(f"before {sum_of(self.before[:256 * BLOCK])} -" in lines and f"after {sum_of(self.before[257 * BLOCK:])} -" in lines,
               "what is good beside the bad sectors is read otherwise")
        expect("written elsewhere" in lines, "a disk with a bad sector cannot be written elsewhere")
        now = self.disk.content()
        expect(not any(any(now[first * BLOCK:(first + count) * BLOCK]) for first, count in ((244, 12), (257, 11), (300, 8))),
               "what was written beside the bad sectors is not there")

    def clean(self):
        unmap_device(self.domain)
        super().clean()


class FullDisk(WithDisk):
    """dom0 has no room for what is written; later it has."""
    NAME = "no room in dom0"
    VDEV = "xvdc"
    SCRIPT = """
	head -c 2097152 /dev/urandom >/tmp/data
	dd if=/tmp/data of=DISK bs=64k conv=fsync,notrunc 2>&1 | grep -o 'Input/output error'
	step full-room
	dd if=/tmp/data of=DISK bs=64k conv=fsync,notrunc 2>/dev/null && echo written
	echo data $(sha1sum </tmp/data)
	rm /tmp/data
    """

    def __init__(self, domain):
        super().__init__(domain)
        self.folder = f"/tmp/full-{self.domain}"
        self.loop = None
        self.actions["full-room"] = lambda: dom0(["mount", "-o", "remount,size=8m", self.folder])

    def make(self):
        self.loop = dom0(f"mkdir {self.folder} && mount -t tmpfs -o size=1m tmpfs {self.folder} && truncate -s 4M {self.folder}/disk && "
                         f"losetup -f --show {self.folder}/disk")

    def target(self):
        return self.loop

    def check(self, lines):
        expect("Input/output error" in lines, "the program was not told that there was no room")
        expect("written" in lines, "it cannot be written although there is room")
        expect(f"data {sum_of(content(f'{self.folder}/disk')[:2097152])} -" in lines, "another content")

    def clean(self):
        if self.loop:
            rig().exec(f"losetup -d {self.loop}; umount {self.folder}; rmdir {self.folder}")


READ_ONLY = """
	echo ro $(blockdev --getro DISK)
	echo sum $(sha1sum <DISK)
	dd if=/dev/zero of=DISK bs=4k count=1 conv=fsync,notrunc 2>/dev/null && echo written
"""


class ReadOnly(WithDisk):
    NAME = "read-only"
    VDEV = "xvdd"
    ACCESS = "ro"
    SCRIPT = READ_ONLY

    def check(self, lines):
        expect("ro 1" in lines and "written" not in lines, f"it is written to: {lines}")
        expect(f"sum {self.disk.sha1()} -" in lines, "another content")


class CdRom(ReadOnly):
    NAME = "CD-ROM"
    VDEV = "xvde"
    MORE = ",devtype=cdrom"
    SCRIPT = READ_ONLY + "\tdmesg | grep -o 'xvde:.* cdrom'\n"

    def check(self, lines):
        super().check(lines)
        expect(any("cdrom" in line for line in lines), "it is not taken for a CD-ROM")


class Discard(WithDisk):
    """What is discarded takes no room in dom0 any more, and reads as zeros; what is beside it stays."""
    NAME = "discard"
    VDEV = "xvdf"
    SCRIPT = """
	blkdiscard -o 524288 -l 1048576 DISK && echo discarded
	echo hole $(dd if=DISK bs=512k skip=1 count=2 2>/dev/null | tr -d '\\000' | wc -c)
	echo sum $(sha1sum <DISK)
    """

    def make(self):
        super().make()
        self.blocks = self.room()

    def room(self):
        """What the file takes, in blocks."""
        return int(dom0(["stat", "-c", "%b", self.disk.path]))

    def check(self, lines):
        expect("discarded" in lines and "hole 0" in lines, f"not discarded: {lines}")
        expect(f"sum {self.disk.sha1()} -" in lines, "another content")
        blocks = self.room()
        expect(self.blocks - blocks >= 2048, f"dom0 got no room back: {self.blocks} blocks, now {blocks}")


class Untrusted(WithDisk):
    """The toolstack says not to trust the back-end: data goes through pages of its own, both ways."""
    NAME = "not trusted by the toolstack"
    VDEV = "xvdg"
    SCRIPT = """
	step distrust
	blockdev --flushbufs DISK
	echo sum $(sha1sum <DISK)
	dd if=DISK of=DISK bs=64k count=4 seek=16 conv=fsync,notrunc 2>/dev/null && echo written
    """

    def make(self):
        super().make()
        self.before = self.disk.sha1()

    def __init__(self, domain):
        super().__init__(domain)
        self.actions["distrust"] = self.distrust

    def distrust(self):
        """This xl has no word for it: it is said in the store, and holds from the next connection on."""
        domid = rig().domid(self.domain)
        dom0(f"xenstore-write /local/domain/{domid}/device/vbd/51808/trusted 0")
        rebind(domid, 51808)

    def check(self, lines):
        expect(any("xvdg: connected again" in line for line in lines), "there was no other connection")
        expect(f"sum {self.before} -" in lines and "written" in lines, "another content")
        now = self.disk.content()
        expect(now[:64 * BLOCK] == now[256 * BLOCK:320 * BLOCK], "what was written is not there")


class Forced(WithDisk):
    """xl takes the disk away by force while it is read and written: errors, no hang; then it comes again."""
    NAME = "detached by force"
    VDEV = "xvdh"
    SCRIPT = """
	( while dd if=DISK of=/dev/null bs=64k 2>/dev/null; do blockdev --flushbufs DISK; done; echo reader told ) &
	( while [ -b DISK ] && dd if=/dev/zero of=DISK bs=64k count=16 conv=fsync,notrunc 2>/dev/null; do :; done
	  echo writer told ) &
	sleep 1
	step force
	wait
	[ -f DISK ] && rm DISK # made by dd
	step again
	wait_for '[ -b DISK ]'
	echo sum $(sha1sum <DISK)
    """

    def __init__(self, domain):
        super().__init__(domain)
        self.actions["force"] = lambda: dom0(["xl", "block-detach", "--force", self.domain, self.VDEV])
        self.actions["again"] = lambda: disk_attach(self.domain, self.VDEV, self.spec())

    def check(self, lines):
        expect("reader told" in lines and "writer told" in lines, f"not everybody heard of it: {lines}")
        expect(f"sum {self.disk.sha1()} -" in lines, "another content")


class Several(Piece):
    """Four more disks, used all at once, away, and there again."""
    NAME = "several plugged and unplugged"
    LETTERS = "ijkl"
    SCRIPT = """
	for round in 1 2; do
		for d in i j k l; do wait_for "[ -b /dev/xvd$d ]"; done
		for d in i j k l; do echo $round $d $(sha1sum </dev/xvd$d) & done; wait
		for d in i j k l; do echo $round >/tmp/$d; dd if=/tmp/$d of=/dev/xvd$d conv=fsync,notrunc 2>/dev/null & done; wait
		[ $round = 1 ] || continue
		step several-unplug
		for d in i j k l; do wait_for "[ ! -e /dev/xvd$d ]"; done
		step several-plug
	done
    """

    def __init__(self, domain):
        super().__init__(self.NAME, domain)
        self.disks = {}
        self.sums = []
        self.actions = {"several-plug": self.plug, "several-unplug": self.unplug}
        self.script = self.SCRIPT

    def prepare(self):
        for letter in self.LETTERS:
            self.disks[letter] = Disk("xen", SIZE // 4).__enter__()
        self.note_sums()
        return [disk.spec(f"xvd{letter}") for letter, disk in self.disks.items()]

    def paths(self):
        return [disk.path for disk in self.disks.values()]

    def note_sums(self):
        self.sums.append([line.split()[0] for line in dom0(["sha1sum", *self.paths()]).splitlines()])

    def plug(self):
        self.note_sums()
        for letter, disk in self.disks.items():
            disk_attach(self.domain, "xvd" + letter, disk.spec("xvd" + letter))

    def unplug(self):
        for letter in self.LETTERS:
            dom0(["xl", "block-detach", self.domain, f"xvd{letter}"])

    def check(self, lines):
        expect(len(self.sums) == 2, "they did not come again")
        for number, sums in enumerate(self.sums, 1):
            for letter, digest in zip(self.LETTERS, sums):
                expect(f"{number} {letter} {digest} -" in lines, f"{number} {letter} {digest}: another content")
        expect(dom0(["head", "-q", "-c", "1", *self.paths()]) == "2222", "what was written is not there")

    def clean(self):
        for disk in self.disks.values():
            disk.__exit__()


class Resized(WithDisk):
    """The disk grows; what is written beyond the former end is there."""
    NAME = "resized"
    VDEV = "xvdm"
    SCRIPT = f"""
	blockdev --getsize64 DISK
	step grow
	wait_for 'dd if=DISK of=/dev/null bs=4k count=1 skip=$((n + 1)) 2>/dev/null; [ $(blockdev --getsize64 DISK) = {2 * SIZE} ]'
	printf 'beyond' | dd of=DISK bs=1 seek={SIZE} conv=fsync 2>/dev/null
    """

    def __init__(self, domain):
        super().__init__(domain)
        self.actions["grow"] = lambda: dom0(f"truncate -s {2 * SIZE} {self.disk.path} && losetup -c {self.disk.device}")

    def check(self, lines):
        expect(self.disk.piece(SIZE, 6) == "beyond", "what was written beyond the former end is not there")


class Large(WithDisk):
    """Sectors whose numbers have more than 32 bits."""
    NAME = "larger than 2 TiB"
    VDEV = "xvdn"
    BYTES = 3 << 40
    BLOCK = 600000000                   # of 4 KiB
    ALIAS = BLOCK - (1 << 32) // 8      # where it would be with 32 bits
    SCRIPT = f"""
	echo size $(blockdev --getsize64 DISK)
	printf 'high' | dd of=DISK bs=4k seek={BLOCK} conv=fsync,notrunc 2>/dev/null
	blockdev --flushbufs DISK
	echo read $(dd if=DISK bs=4k skip={BLOCK} count=1 2>/dev/null | head -c 4)
	echo alias $(dd if=DISK bs=4k skip={ALIAS} count=1 2>/dev/null | tr -d '\\000' | wc -c)
    """

    def make(self):
        super().make()
        dom0(f"truncate -s {self.BYTES} {self.disk.path} && losetup -c {self.disk.device}")

    def check(self, lines):
        expect(f"size {self.BYTES}" in lines, f"another size: {lines}")
        expect(self.disk.piece(self.BLOCK * BLOCK, 4) == "high" and "read high" in lines, "what was written is not there")
        expect("alias 0" in lines, "it is elsewhere too")


DISK_PIECES = [BadSectors, FullDisk, ReadOnly, CdRom, Discard, Untrusted, Forced, Several, Resized, Large]
# The layout of a request that is another kind, and sectors' numbers.
DISK_PIECES_OF_WIDTH = [Discard, Large]


def backend_jobs(env):
    return [shared_job(env, "disk:", chosen(DISK_PIECES, DISK_PIECES_OF_WIDTH, env))]
