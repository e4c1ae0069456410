"""Archives: the newc flavour of cpio, which Linux unpacks at boot, written from tar or by hand.

Linux accepts several cpio archives one after the other, each padded to four bytes; the rig uses
that to add files to an initial memory image without writing it anew.
"""

import io
import stat
import tarfile

COPY_SIZE = 1 << 20


class CpioWriter:
    """Writes a cpio archive to an open binary file. Paths are relative, without a leading slash."""

    def __init__(self, output):
        self.output = output
        self.inode = 0

    def add(self, path, mode, source, size, mtime=0):
        """One entry: `mode` with type bits, `size` bytes read from the open file `source`."""
        self.inode += 1
        self._write_header(path, self.inode, mode, mtime, size)
        left = size
        while left:
            block = source.read(min(left, COPY_SIZE))
            if not block:
                raise EOFError(f'{path} is shorter than it said')
            self.output.write(block)
            left -= len(block)
        self._pad(size)

    def add_bytes(self, path, data, permissions=0o644):
        self.add(path, stat.S_IFREG | permissions, io.BytesIO(data), len(data))

    def add_link(self, path, target):
        self.add(path, stat.S_IFLNK | 0o777, io.BytesIO(target.encode()), len(target))

    def add_folder(self, path):
        self.add(path, stat.S_IFDIR | 0o755, None, 0)

    def finish(self):
        self._write_header('TRAILER!!!', 0, 0, 0, 0)

    def _write_header(self, path, inode, mode, mtime, size):
        name = path.encode() + b'\0'
        # inode mode uid gid nlink mtime size, device and raw device numbers, name length, checksum
        fields = [inode, mode, 0, 0, 1, mtime, size, 0, 0, 0, 0, len(name), 0]
        header = b'070701' + b''.join(b'%08x' % field for field in fields) + name
        self.output.write(header)
        self._pad(len(header))

    def _pad(self, length):
        self.output.write(bytes(-length % 4))


def initrd_from_tar(tar_path, output, left_out):
    """Writes the tar archive's files to `output` as cpio, but those with a prefix in `left_out`.

    Everything belongs to root. A hard link becomes a copy.
    """
    writer = CpioWriter(output)
    with tarfile.open(tar_path) as tar:
        for member in tar:
            path = member.name.removeprefix('./')
            if path in ('', '.') or any(path.startswith(prefix) for prefix in left_out):
                continue
            mtime = int(member.mtime)
            if member.issym():
                target = member.linkname.encode()
                writer.add(path, stat.S_IFLNK | 0o777, io.BytesIO(target), len(target), mtime)
            elif member.isdir():
                writer.add(path, stat.S_IFDIR | member.mode, None, 0, mtime)
            elif member.isfile() or member.islnk():
                content = tar.extractfile(member).read()
                writer.add(path, stat.S_IFREG | member.mode, io.BytesIO(content), len(content), mtime)
    writer.finish()


def tar_member(tar_path, name):
    with tarfile.open(tar_path) as tar:
        return tar.extractfile(name).read()
