"""What meets the same code on several environments runs on one of them, by turns. With ALL=1 in the environment
(`make test ALL=1`) all of it runs on each. docs/testing.md says what goes by turns, and why."""

import os

# Both are guests of 64 bits of the same Xen, with the same front-ends.
XEN_64 = ("pv64", "pvh64")
# And the one of 32, in the shim.
XEN = (*XEN_64, "pv32")
ALL_64 = (*XEN_64, "native64")

IS_ALL = os.environ.get("ALL", "") not in ("", "0")


def turn(things, env, envs, is_all=None):
    """Those that are the turn of `env`, one of `envs`."""
    if IS_ALL if is_all is None else is_all:
        return list(things)
    return list(things)[envs.index(env)::len(envs)]
