"""The one exception for what may go wrong in daily use.

Its text is the whole message to the user: what is wrong and what to do next. Anything else that
is raised is a fault of the rig itself and deserves its traceback.
"""


class RigError(Exception):
    pass
