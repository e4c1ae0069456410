"""The rig: Debian's Xen with a Linux dom0 in QEMU, to run Xen domains on any machine.

    from riglib import Rig

    with Rig() as rig:
        result = rig.run_domain('tools/xl/pv64.cfg', kernel='build/pv64/paravane')
        assert result.verdict == 0

The modules, from the bottom up:

    steps      how what takes long is made: a line for each step, once, whole
    emulator   which QEMU, and how that of tests is built
    recipe     what the rig is made of, and where it is kept
    archive    cpio and tar
    assemble   from the recipe to boot files and a saved, running dom0
    processor  the time that processes take
    qmp        talks to QEMU
    machine    one QEMU: started, restored, saved, ended
    pieces     what of a file has to be sent
    agent      talks to dom0
    extents    files with holes
    devices    a domain's disks and network
    forward    ports of the host's that lead to a domain's
    domain     runs one domain and says what became of it
    instance   the class Rig, which joins all of these
    exact      exactly repeatable runs, counted in instructions
    cli        the command line
"""

from .errors import RigError
from .instance import Rig

__all__ = ['Rig', 'RigError']
