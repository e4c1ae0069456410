"""Files with holes, sent as what is in them: for disks, which are mostly empty.

The stream is the file's size, then for each piece its offset, its length and its bytes (numbers of 64
bits, little-endian). A length of 0 ends it: a stream that breaks off is not taken for a whole one.
dom0/extents is the other side.
"""

import errno
import os
import struct

NUMBER = struct.Struct('<Q')
PIECE = struct.Struct('<QQ')
PIECE_MAX = 1 << 20


def get(path, output):
    """Writes the stream of a file to an open binary file."""
    with open(path, 'rb', buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        output.write(NUMBER.pack(size))
        at = 0
        while at < size:
            try:
                start = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError as error:
                if error.errno != errno.ENXIO:
                    raise
                break       # only a hole is left
            end = os.lseek(file.fileno(), start, os.SEEK_HOLE)
            for at in range(start, end, PIECE_MAX):
                data = os.pread(file.fileno(), min(PIECE_MAX, end - at), at)
                output.write(PIECE.pack(at, len(data)) + data)
            at = end
        output.write(PIECE.pack(0, 0))
    output.flush()


def put(path, source):
    """Makes a file of the stream that is read from an open binary file; EOFError if that breaks off."""
    with open(path, 'wb') as file:
        file.truncate(*NUMBER.unpack(exactly(source, NUMBER.size)))
        while True:
            at, length = PIECE.unpack(exactly(source, PIECE.size))
            if not length:
                break
            file.seek(at)
            file.write(exactly(source, length))


def exactly(source, length):
    data = source.read(length)
    if len(data) != length:
        raise EOFError('the stream breaks off')
    return data
