"""What of a file has to be sent anew: an image of programs is an archive (cpio, newc) whose large files are in many others."""

import re

# A member's header: magic, then thirteen numbers of eight digits.
HEADER = re.compile(rb'070701[0-9A-Fa-f]{104}')
HEADER_LENGTH = 110
SIZE, NAME_SIZE = 54, 94        # where these two are


def pieces(data, least):
    """The bytes of a file in order, cut, each piece with whether it is large: the content of an archive's file that has
    `least` bytes or more; what is no archive is one piece."""
    if not HEADER.match(data):
        return [(data, len(data) >= least)]
    found, done, at = [], 0, 0
    while HEADER.match(data, at):
        size, name_size = (int(data[at + field:at + field + 8], 16) for field in (SIZE, NAME_SIZE))
        start = aligned(at + HEADER_LENGTH + name_size)
        at = aligned(start + size)
        if size >= least:
            found += [(data[done:start], False), (data[start:start + size], True)]
            done = start + size
    return [*found, (data[done:], False)]


def aligned(position):
    return -(-position // 4) * 4
