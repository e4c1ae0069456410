"""What a report has to say about where its figures come from."""

import datetime
import platform
import re
import subprocess
from pathlib import Path

from riglib import emulator, recipe

TOP = Path(__file__).resolve().parent.parent.parent


def facts(repetitions, xen_version):
    return {
        'machine': f'{emulator.version()}, TCG, emulating {recipe.CPU} with {recipe.CPU_COUNT} processors',
        'host': host(),
        'Xen': xen_version,
        'kernel': f'{commit()}, built by {first_line(["gcc", "--version"])}; one virtual CPU',
        'instructions': 'counted by QEMU (-icount, two nanoseconds of the machine each), of the guest, of Xen, and of dom0 if it '
                        'runs, in one cold boot of everything that is the same every time; the least of a row\'s samples, '
                        'since what else runs meanwhile can only add',
        'times': f'nanoseconds by the time stamp counter, of an emulated processor: of use to compare, not to cite; '
                 f'{repetitions} boots, the least of all samples, since whatever else the host does can only add',
        'calls': "by the kernel's own counters, and by xentrace in a boot of its own",
        'date': datetime.date.today().isoformat(),
    }


def first_line(argv):
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def commit():
    done = subprocess.run(['git', 'describe', '--always', '--dirty'], cwd=TOP, capture_output=True, text=True,
                          check=False)
    return f'Paravane {done.stdout.strip()}' if not done.returncode else 'Paravane'


def host():
    model = re.search(r'^model name\s*: (.*)$', Path('/proc/cpuinfo').read_text(), re.MULTILINE)
    return f'{model[1] if model else platform.machine()}, {platform.system()} {platform.release()}'


def xen_version(rig):
    said = dict(re.findall(r'^(\w+)\s*: (.*)$', rig.exec(['xl', 'info'])[1], re.MULTILINE))
    return f'{said["xen_version"]}, dom0 Linux {said["release"]}'
