#!/usr/bin/python3
"""Make the kernel's own symbol table from `nm -n` of the first link; the argument is the width, 64 or 32.

Emits assembly for section .ksyms: the count, for each function its offset from
ksyms_base (u32), for each the offset of its name (u32), then the names. The
section lies behind all text, so adding it moves no function.
"""
import sys


def main():
    word = {"64": ".quad", "32": ".long"}[sys.argv[1]]
    symbols = []
    for line in sys.stdin:
        fields = line.split()
        if len(fields) == 3 and fields[1] in "tT" and not fields[2].startswith("."):
            address = int(fields[0], 16)
            if not symbols or symbols[-1][0] != address:
                symbols.append((address, fields[2]))
    base = symbols[0][0] if symbols else 0
    out = [
        '\t.section .ksyms, "a"',
        "\t.balign 8",
        "\t.globl ksyms_base, ksyms_count, ksyms_offsets, ksyms_names, ksyms_text",
        f"ksyms_base:\t{word} {base:#x}",
        f"ksyms_count:\t{word} {len(symbols)}",
        "ksyms_offsets:",
    ]
    out += [f"\t.long {address - base:#x}" for address, _ in symbols]
    out.append("ksyms_names:")
    offset = 0
    for _, name in symbols:
        out.append(f"\t.long {offset}")
        offset += len(name) + 1
    out.append("ksyms_text:")
    out += [f'\t.asciz "{name}"' for _, name in symbols]
    print("\n".join(out))
    print('\t.section .note.GNU-stack, "", @progbits')


if __name__ == "__main__":
    main()
