#!/usr/bin/python3
"""Turn Kconfig into a C header, through kconfiglib.

    config.py header --env ENV --config FILE --out HEADER

Without a saved configuration the defaults are used. The environment always
follows --env, whatever the file says. An option that is set to y becomes 1 and
one that is not becomes 0, so that IS_ENABLED() can tell and -Wundef can warn.
"""
import argparse
import os
import sys

try:
    import kconfiglib
except ImportError:
    sys.exit("config: python3-kconfiglib is missing: apt-get install python3-kconfiglib")


def load(env, saved):
    kconf = kconfiglib.Kconfig("Kconfig", warn_to_stderr=True)
    if os.path.exists(saved):
        kconf.load_config(saved)
    choice = "ENV_" + env.upper()
    if choice not in kconf.syms:
        sys.exit(f"config: no environment '{env}'")
    kconf.syms[choice].set_value("y")
    return kconf


def header_lines(kconf):
    yield "/* Made from Kconfig by tools/config.py. */"
    for sym in kconf.unique_defined_syms:
        if sym.type == kconfiglib.BOOL:
            yield f"#define CONFIG_{sym.name} {1 if sym.str_value == 'y' else 0}"
        elif sym.type in (kconfiglib.INT, kconfiglib.HEX):
            yield f"#define CONFIG_{sym.name} {sym.str_value or 0}"
        elif sym.type == kconfiglib.STRING:
            yield f'#define CONFIG_{sym.name} "{sym.str_value}"'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["header"])
    parser.add_argument("--env", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    text = "\n".join(header_lines(load(args.env, args.config))) + "\n"
    with open(args.out, "w") as out:
        out.write(text)


if __name__ == "__main__":
    main()
