"""What depends on how wide the guest is meets pv32 each time, and by turns one of those of 64 bits; the rest goes by turns
over all of them (turns.py)."""

from .turns import XEN, XEN_64, turn


def chosen(things, of_width, env):
    """Of `things`, in their order, those that run on `env`; `of_width`: those that depend on the width."""
    rest = turn([thing for thing in things if thing not in of_width], env, XEN)
    wide = [thing for thing in things if thing in of_width]
    here = rest + (wide if env == "pv32" else turn(wide, env, XEN_64))
    return [thing for thing in things if thing in here]
