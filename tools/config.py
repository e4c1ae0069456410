#!/usr/bin/python3
"""Kconfig's options for C and for make, through kconfiglib.

    config.py header --env ENV --config FILE --out HEADER
    config.py make --env ENV --config FILE --out MAKEFILE
    config.py menu --env ENV --config FILE               edit FILE in a menu
    config.py set --env ENV --config FILE NAME=VALUE...  change FILE

Without a saved configuration the defaults are used. The environment always
follows --env, whatever the file says. In the header an option that is set to y
becomes 1 and one that is not becomes 0, so that IS_ENABLED() can tell and
-Wundef can warn.
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


def make_lines(kconf):
    """The options, and the header's lines as arguments of a compiler."""
    yield "# Made from Kconfig by tools/config.py."
    for sym in kconf.unique_defined_syms:
        yield f"CONFIG_{sym.name} := {sym.str_value}"
    defined = (line.split(maxsplit=2)[1:] for line in header_lines(kconf) if line.startswith("#"))
    yield "config-cppflags := " + " ".join(f"-D{name}={value}" for name, value in defined)


def write(path, lines):
    with open(path, "w") as out:
        out.write("\n".join(lines) + "\n")


def set_options(kconf, pairs):
    """Set NAME=VALUE pairs; what Kconfig does not take is an error, not a shrug."""
    for pair in pairs:
        name, _, value = pair.partition("=")
        sym = kconf.syms.get(name)
        if sym is None or not sym.nodes:
            sys.exit(f"config: no option '{name}'")
        if not sym.set_value(value) or sym.str_value != value:
            sys.exit(f"config: {name} cannot be '{value}' here")


def edit_in_menu(kconf, saved):
    import menuconfig
    os.environ["KCONFIG_CONFIG"] = saved
    if not os.path.exists(saved):
        kconf.write_config(saved, save_old=False)
    menuconfig.menuconfig(kconf)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["header", "make", "menu", "set"])
    parser.add_argument("--env", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--out")
    parser.add_argument("options", nargs="*", metavar="NAME=VALUE")
    args = parser.parse_intermixed_args()
    kconf = load(args.env, args.config)
    if args.action == "header":
        write(args.out, header_lines(kconf))
    elif args.action == "make":
        write(args.out, make_lines(kconf))
    elif args.action == "menu":
        edit_in_menu(kconf, args.config)
    else:
        set_options(kconf, args.options)
        os.makedirs(os.path.dirname(args.config) or ".", exist_ok=True)
        kconf.write_config(args.config, save_old=False)


if __name__ == "__main__":
    main()
