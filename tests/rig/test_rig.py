#!/usr/bin/python3
"""Tests of the rig itself, with a guest of a few hundred bytes (guest.c).

    tests/rig/test_rig.py [-k PART-OF-A-NAME] [--exact]

One line per test, "ok NAME" or "FAIL NAME: why", then the count. A test is a function whose name
begins with test_. --exact adds the repeatable runs, which boot cold twice.
"""

import argparse
import contextlib
import hashlib
import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
sys.path.insert(0, str(TOP / 'tools' / 'rig'))

from riglib import Rig, RigError, agent, archive, assemble, devices, domain, emulator, recipe  # noqa: E402 (the path comes first)
from riglib.machine import start_time  # noqa: E402
from riglib.pieces import pieces  # noqa: E402

RIG = str(TOP / 'tools' / 'rig' / 'rig')
CFG = str(HERE / 'guest.cfg')
KERNEL = TOP / 'build' / 'tests' / 'rig' / 'guest'

# The machine may be busy with other things.
PATIENCE = 120

EXACT = 'exact'

# Of the machines that commands start here, which end sooner than plain ones.
KIND = os.environ['RIG_KIND'] = recipe.QUICK.name


def check(condition, *said):
    if not condition:
        raise AssertionError(' '.join(str(word) for word in said) or 'not so')


def check_equal(found, expected):
    check(found == expected, f'found {found!r}, expected {expected!r}')


def rig(*args, input=b'', timeout=PATIENCE, kind=KIND, instance=None):
    """Runs the command line, on an instance if there is one; returns (status, stdout, stderr)."""
    chosen = {'RIG_NAME': instance.name} if instance else {}
    done = subprocess.run([RIG, *map(str, args)], input=input, capture_output=True, timeout=timeout,
                          env={**os.environ, 'RIG_KIND': kind, **chosen})
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def guest_args(extra):
    return ['run', CFG, '--kernel', KERNEL, '--extra', extra]


def run_guest(rig, extra, **options):
    options.setdefault('timeout', PATIENCE)
    return rig.run_domain(CFG, kernel=KERNEL, extra=extra, **options)


_shared = None


@contextlib.contextmanager
def shared_rig():
    """One instance, a quick one, for the tests that leave it as they found it."""
    global _shared
    if _shared is None:
        _shared = Rig(kind=recipe.QUICK)
        _shared.__enter__()
    yield _shared
    check_equal(_shared.domains(), ['0'])


def instances():
    return sorted(path.name for path in recipe.RUN_DIR.glob('*') if path.is_dir())


def wait_until(condition, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < deadline, 'nothing happened in', seconds, 's')
        time.sleep(0.05)


# --- instances -------------------------------------------------------------------------------

def test_start_and_stop_leave_nothing():
    name = f'test-{os.getpid()}'
    status, _, err = rig('start', '--name', name)
    check_equal(status, 0)
    try:
        pid = Rig(name).machine.pid()
        check(pid, 'no QEMU runs after start:', err)
        check(f'instance {name}: running' in rig('status')[1], 'status does not show it')
        check('running already' in rig('start', '--name', name)[2], 'a second start went through')
        with Rig(name) as same:
            check_equal(same.machine.pid(), pid)
        check(start_time(pid), 'a with block ended an instance which it had not started')
    finally:
        status = rig('stop', '--name', name)[0]
    check_equal(status, 0)
    check(start_time(pid) is None, 'QEMU still runs')
    check(name not in instances(), 'its folder is still there')


def test_instances_run_side_by_side():
    with Rig(kind=recipe.QUICK) as one, Rig(kind=recipe.QUICK) as other:
        check(one.machine.pid() != other.machine.pid())
        one.exec('echo one >/tmp/mark')
        check_equal(other.exec('cat /tmp/mark')[0], 1)
        for each in (one, other):
            check_equal(run_guest(each, 'verdict=0').status, 0)


def test_an_unknown_kind_is_said():
    status, _, err = rig('start', kind='none')
    check_equal(status, 2)
    check('there are dom0, quick' in err and 'Traceback' not in err, err)


def test_not_running_is_said():
    status, out, err = rig('exec', '--name', 'nobody', '--', 'true')
    check_equal(status, 255)
    check('rig --name nobody start' in err and 'Traceback' not in err, err)


def test_clock_is_the_hosts():
    with Rig() as rig:
        clock = float(rig.exec('date +%s.%N')[1])
        check(abs(clock - time.time()) < 5, 'the clocks differ by', clock - time.time())


def test_dead_private_instance_is_swept():
    folder = recipe.RUN_DIR / 'private-999999999-1'
    folder.mkdir(parents=True)
    with Rig():
        check(not folder.exists())


# --- commands and files ----------------------------------------------------------------------

def flushes(machine):
    """How often QEMU emptied a TLB, of each of its modes."""
    said = machine.qmp.command('human-monitor-command', **{'command-line': 'info jit'})
    return int(re.search(r'^TLB partial flushes +(\d+)', said, re.MULTILINE)[1])


def test_a_system_call_of_dom0_empties_no_tlb():
    """One byte at a time: two calls for each. Unless there is nothing but the installed QEMU."""
    calls = 20000
    with shared_rig() as rig:
        before = flushes(rig.machine)
        check_equal(rig.exec(f'dd if=/dev/zero of=/dev/null bs=1 count={calls // 2} 2>/dev/null')[0], 0)
        spent = flushes(rig.machine) - before
        is_tagged = emulator.tagged() != [emulator.INSTALLED]
        check((spent < calls / 2) == is_tagged, spent, 'times for', calls, 'calls')


def test_exec_gives_status_output_and_errors():
    with shared_rig() as rig:
        check_equal(rig.exec('echo out; echo err >&2; exit 3'), (3, 'out\n', 'err\n'))
        check_equal(rig.exec(['cat'], input=b'x' * 300000), (0, 'x' * 300000, ''))
        check_equal(rig.exec(['no-such-program'])[0], 127)
        check_equal(rig.exec('kill -9 $$')[0], 137)
        check_equal(rig.exec('sleep 1000 & echo left behind')[:2], (0, 'left behind\n'))


def test_exec_times_out_and_its_port_recovers():
    with shared_rig() as rig:
        try:
            rig.exec('trap : TERM; while :; do sleep 1; done', timeout=0.5)
            check(False, 'no timeout')
        except RigError as error:
            check('not done after 0.5 s' in str(error), error)
        for _ in range(5):
            check_equal(rig.exec('echo fine'), (0, 'fine\n', ''))


def test_patience_is_for_commands_of_which_nothing_is_said():
    with shared_rig() as rig:
        rig.agent.patience = 0.5
        try:
            check_equal(rig.exec('sleep 1; echo fine', timeout=PATIENCE), (0, 'fine\n', ''))
            rig.exec('sleep 1000')
            check(False, 'no timeout')
        except RigError as error:
            check('not done after 0.5 s' in str(error), error)
        finally:
            rig.agent.patience = None


def test_exec_many_times():
    with shared_rig() as rig:
        for number in range(100):
            check_equal(rig.exec(f'echo {number}'), (0, f'{number}\n', ''))


def test_exec_by_command_line():
    name = f'test-{os.getpid()}'
    rig('start', '--name', name)
    try:
        check_equal(rig('exec', '--name', name, '--', 'sh', '-c', 'cat; echo err >&2; exit 5', input=b'in\n'),
                    (5, 'in\n', 'err\n'))
        check('Domain-0' in rig('xl', '--name', name, 'list')[1])
    finally:
        rig('stop', '--name', name)


def test_files_go_there_and_back():
    content = os.urandom(5_000_001)
    with tempfile.TemporaryDirectory() as folder, shared_rig() as rig:
        there, back = Path(folder, 'there'), Path(folder, 'back')
        there.write_bytes(content)
        rig.push(there, '/a/new/folder/file')
        digest = rig.exec('sha256sum /a/new/folder/file')[1].split()[0]
        check_equal(digest, hashlib.sha256(content).hexdigest())
        rig.pull('/a/new/folder/file', back)
        check(back.read_bytes() == content, 'what came back differs')
        for copy in (lambda: rig.push(Path(folder, 'none'), '/x'), lambda: rig.pull('/none', back)):
            try:
                copy()
                check(False, 'no error')
            except RigError as error:
                check('o such file' in str(error), error)


def test_what_dom0_has_is_not_sent_again():
    with Rig(kind=recipe.QUICK) as rig:
        first, second = os.urandom(200_000), os.urandom(200_000)

        def push(number, content):
            rig.agent.push_lasting_files({f'/a/{number}/large': content, f'/a/{number}/small': b'%d' % number})
            said = rig.exec(f'cat /a/{number}/small; stat -c " %h" /a/{number}/large; sha256sum /a/{number}/large; ls /rig/kept | wc -l')[1].split()
            check_equal(said[2], hashlib.sha256(content).hexdigest())
            return said[0], said[1], said[4]       # what is in the small one, names of the large one, large ones kept

        check_equal(push(1, first), ('1', '2', '1'))
        check_equal(push(2, first), ('2', '3', '1'))
        check_equal(push(3, second), ('3', '2', '2'))
        packed = io.BytesIO()
        archived = archive.CpioWriter(packed)
        for path, data in (('a', b'small'), ('b', first), ('c', b'1' * 65535), ('d', second), ('e', b'')):
            archived.add_bytes(path, data)
        archived.finish()
        large = [data for data, is_large in pieces(packed.getvalue(), 65536) if is_large]
        check(large == [first, second], 'other pieces')
        for size in (0, 100, 200):
            whole = packed.getvalue() + packed.getvalue()[:size]
            rig.agent.push_lasting_files({'/a/archive': whole})
            check_equal(rig.exec('sha256sum /a/archive; ls /rig/kept | wc -l')[1].split()[::2], [hashlib.sha256(whole).hexdigest(), '2'])
        most, agent.KEPT_MOST = agent.KEPT_MOST, 300_000
        try:
            check_equal(push(4, second), ('4', '2', '1'))      # begun anew
        finally:
            agent.KEPT_MOST = most


# --- domains -----------------------------------------------------------------------------------

def test_verdict_is_the_status():
    """On both machines that a guest of this kind may be given."""
    for verdict, kind in ((0, recipe.PLAIN.name), (3, KIND)):
        status, out, err = rig(*guest_args(f'verdict={verdict}'), kind=kind)
        check_equal(status, verdict)
        check_equal(out, f'the guest is up\nverdict: {verdict}\n')
        check_equal(err, 'rig: domain ended: poweroff\n')


def test_no_console_output_is_lost():
    with shared_rig() as rig:
        result = run_guest(rig, 'lines=5000 verdict=0')
        expected = 'the guest is up\n' + ''.join(f'line {n}\n' for n in range(1, 5001)) + 'verdict: 0\n'
        check(result.console == expected, 'ends with', result.console[-100:])


def test_ends_are_told_apart():
    with shared_rig() as rig:
        for extra, reason, verdict, status in (
                ('verdict=1', 'poweroff', 1, 1),
                ('', 'poweroff', None, domain.STATUS_NO_VERDICT),
                ('verdict=0 reboot', 'reboot', 0, 0),
                ('verdict=0 crash', 'crash', None, domain.STATUS_NO_VERDICT)):
            result = run_guest(rig, extra)
            check_equal((result.reason, result.verdict, result.status), (reason, verdict, status))
        check('rip' in result.registers, 'no registers of the crash')
        check('crashed on cpu' in rig.collect('guest'), "the crash is not in Xen's log")
        check_equal(len(rig.exec('xl list')[1].splitlines()), 2)


def test_what_ended_leaves_nothing():
    """Neither one that xl destroys, having a disk, nor one that the agent does."""
    with shared_rig() as rig:
        def left():
            return rig.exec("xenstore-ls -f | grep -E '^/(vm/|libxl/|local/domain/[^0]|local/domain/0/backend/.*/.*/)'; ls /var/lib/xen/userdata* /rig/run")[1]

        before = left()
        check_equal(rig.exec('truncate -s 16M /tmp/disk && losetup /dev/loop0 /tmp/disk')[0], 0)
        for more in ({}, {'settings': devices.settings(['/dev/loop0'])}):
            for extra in ('verdict=0', 'crash'):
                run_guest(rig, extra, **more)
                check_equal(left(), before)
        rig.exec('losetup -d /dev/loop0; rm /tmp/disk')


def test_registers_are_left_out_on_request():
    with shared_rig() as rig:
        check_equal(run_guest(rig, 'crash', is_quiet=True).registers, '')


def test_crash_is_explained():
    with shared_rig() as shared:
        status, _, err = rig(*guest_args('crash'), instance=shared)
    check_equal(status, domain.STATUS_NO_VERDICT)
    check('Unhandled: vec 6, #UD' in err, err)
    check_equal(err.splitlines()[-1], 'rig: domain ended: crash')


def test_timeout_ends_the_domain():
    with shared_rig() as rig:
        result = run_guest(rig, 'hang', timeout=5)
        check_equal((result.reason, result.status), ('timeout', domain.STATUS_TIMEOUT))
        check('rip' in result.registers, 'no registers of the hanging domain')
        check_equal(len(rig.exec('xl list')[1].splitlines()), 2)


def test_failed_creation_is_explained():
    with shared_rig() as shared, tempfile.NamedTemporaryFile('w', suffix='.cfg') as bad:
        bad.write('type = "pv"\nname = \n')
        bad.flush()
        for words, why in (([bad.name], 'syntax error'), ([CFG, '--kernel', CFG], 'no loader found'),
                           ([CFG, '--kernel', '/no/such/kernel'], 'cannot read /no/such/kernel')):
            status, _, err = rig('run', *words, instance=shared)
            check_equal(status, domain.STATUS_NOT_CREATED)
            check(why in err and 'Traceback' not in err, err)


def test_a_kernel_goes_without_its_symbols():
    def sent(path):
        return next(data for place, data in domain.Request(CFG, kernel=path).files.items() if place.endswith('/kernel'))

    whole = KERNEL.read_bytes()
    check(b'.symtab' in whole and b'.symtab' not in sent(KERNEL), 'the symbols are sent')
    linux = recipe.debian_folder() / 'vmlinuz'
    check_equal(sent(linux), linux.read_bytes())
    with tempfile.NamedTemporaryFile() as file:
        for data in (b'no ELF file', whole, b'no ELF file either'):
            file.seek(0)
            file.truncate()
            file.write(data)
            file.flush()
            check_equal(sent(file.name), sent(KERNEL) if data == whole else data)


def test_typing():
    def answer(text):
        nonlocal has_typed
        if 'say: ' in text and not has_typed:
            has_typed = True
            return b'hello\r'

    has_typed = False
    with shared_rig() as rig:
        result = run_guest(rig, 'echo verdict=0', input=answer)
        check('say: hello\n' in result.console, result.console)
        check_equal(run_guest(rig, 'echo verdict=0', input=b'early\r').verdict, 0)


def test_domains_run_side_by_side():
    results = {}

    def run(rig, number):
        results[number] = run_guest(rig, f'lines=100 verdict={number}', name=f'guest{number}')

    with shared_rig() as rig:
        threads = [threading.Thread(target=run, args=(rig, number)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check_equal({number: result.verdict for number, result in results.items()}, {n: n for n in range(4)})
        check_equal(len(rig.exec('xl list')[1].splitlines()), 2)


def test_devices_are_plugged():
    with shared_rig() as rig:
        check_equal(rig.exec('truncate -s 16M /tmp/disk && losetup /dev/loop0 /tmp/disk')[0], 0)
        running = rig.start_domain(CFG, kernel=KERNEL, extra='echo verdict=0', settings=[
            'vif=["bridge=xenbr0"]', 'disk=["phy:/dev/loop0,xvda,w"]'])
        while b'say: ' not in running.console:
            check(running.receive(PATIENCE) is not None, 'the guest says nothing')
        domid = rig.domid('guest')
        check(f'vif{domid}.0' in rig.exec('brctl show xenbr0')[1], 'no vif on the bridge')
        for backend in (f'vif/{domid}/0', f'vbd/{domid}/51712'):
            path = f'/local/domain/0/backend/{backend}/hotplug-status'
            check_equal(rig.exec(f'xenstore-read {path}')[1], 'connected\n')
        running.send(b'\r')
        check_equal(domain.run(running, PATIENCE).verdict, 0)
        check_equal(rig.exec('ls -d /sys/class/net/vif*')[0], 2)
        rig.exec('losetup -d /dev/loop0; rm /tmp/disk')


def is_woken(seconds, settings):
    """Whether a domain that stands still gets a request within so many seconds."""
    with shared_rig() as rig:
        running = rig.start_domain(CFG, kernel=KERNEL, extra='echo verdict=0', settings=settings)
        while b'say: ' not in running.console:
            check(running.receive(PATIENCE) is not None, 'the guest says nothing')
        request = f'/local/domain/{rig.domid("guest")}/control/sysrq'
        rig.exec(f'xl pause guest; xenstore-write {request} mark')
        until = time.monotonic() + seconds
        while rig.exec(['xenstore-read', request])[1] == 'mark\n' and time.monotonic() < until:
            time.sleep(0.5)
        request_is = rig.exec(['xenstore-read', request])[1]
        rig.exec('xl unpause guest')
        running.send(b'\r')
        check_equal(domain.run(running, PATIENCE).verdict, 0)
        return request_is == '\n'


def test_a_domain_that_stands_still_in_the_shim_is_woken():
    """That this one would be in the shim is only said: xl ignores it for PV domains."""
    check(is_woken(PATIENCE, ['pvshim=1']), 'it is not')
    check(not is_woken(10, []), 'and one that is not in the shim is woken too')


def test_the_agent_tells_a_domains_number():
    with shared_rig() as rig:
        check_equal((rig.domid('Domain-0'), rig.domid('nobody')), ('0', ''))


def test_create_and_console():
    name = f'test-{os.getpid()}'
    rig('start', '--name', name)
    try:
        status, _, err = rig('create', '--name', name, CFG, '--kernel', KERNEL, '--extra', 'echo', '--domain', 'other')
        check_equal(status, 0)
        check('other' in rig('xl', '--name', name, 'list')[1])
        status, out, _ = rig('console', '--name', name, 'other', input=b'typed\r')
        check('say: typed' in out, out)
        check_equal(status, 0)
    finally:
        rig('stop', '--name', name)


def test_trace():
    with shared_rig() as shared, tempfile.TemporaryDirectory() as folder:
        trace = Path(folder, 'trace')
        check_equal(rig(*guest_args('lines=1000 verdict=0'), '--trace', trace, instance=shared)[0], 0)
        check(trace.stat().st_size > 10000, 'the trace has only', trace.stat().st_size, 'bytes')


def test_boot_direct():
    status, out, err = rig('boot-direct', KERNEL, '--extra', 'lines=2 verdict=4')
    check('line 2\nverdict: 4\n' in out.replace('\r', ''), out[-300:])
    check_equal(status, 4)
    check('first domain ended: halted' in err, err)


# --- the end of it all ---------------------------------------------------------------------------

def start_hanging_guest():
    """A run that lasts; returns its process and its QEMU's id when the guest is up."""
    before = set(instances())
    process = subprocess.Popen([RIG, *map(str, guest_args('hang'))], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    check_equal(process.stdout.readline(), b'the guest is up\n')
    mine = [name for name in set(instances()) - before if f'-{process.pid}-' in name]
    check_equal(len(mine), 1)
    return process, Rig(mine[0]).machine.pid(), mine[0]


def test_signals_end_everything():
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        process, qemu, name = start_hanging_guest()
        process.send_signal(number)
        _, err = process.communicate(timeout=PATIENCE)
        check_equal(process.returncode, status)
        check(b'Traceback' not in err, err.decode())
        check(start_time(qemu) is None, 'QEMU outlived', number)
        check(name not in instances(), 'the folder outlived', number)


def test_qemu_dies_with_a_killed_parent():
    process, qemu, _ = start_hanging_guest()
    process.kill()
    process.communicate()
    wait_until(lambda: start_time(qemu) is None, 10)


def test_qemu_survives_the_thread_that_started_it():
    rig = Rig()
    thread = threading.Thread(target=rig.__enter__)
    thread.start()
    thread.join()
    try:
        check_equal(rig.exec('true')[0], 0)
    finally:
        rig.stop()


def test_killed_run_leaves_no_domain_in_a_lasting_instance():
    name = f'test-{os.getpid()}'
    rig('start', '--name', name)
    try:
        process = subprocess.Popen([RIG, '--name', name, *map(str, guest_args('hang'))],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check_equal(process.stdout.readline(), b'the guest is up\n')
        process.kill()
        process.communicate()
        wait_until(lambda: 'guest' not in rig('xl', '--name', name, 'list')[1])
    finally:
        rig('stop', '--name', name)


def test_terminal():
    """With a terminal: keys go to the guest as they are typed, Ctrl-] ends everything."""
    for keys, expected, status in ((b'key\r', b'say: key', 6), (b'\x1d', b'domain ended: left', 125)):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(RIG, [RIG, *map(str, guest_args('echo verdict=6'))])
        seen = b''
        deadline = time.monotonic() + PATIENCE
        while select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            try:
                data = os.read(terminal, 4096)
            except OSError:
                break
            if b'say: ' in seen + data and b'say: ' not in seen:
                os.write(terminal, keys)
            seen += data
        os.close(terminal)
        check_equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), status)
        check(expected in seen, seen)


def test_exact_runs_are_equal():
    def run():
        with tempfile.TemporaryDirectory() as folder:
            trace = Path(folder, 'trace')
            status, out, err = rig(*guest_args('lines=1000 verdict=2'), '--icount', '--trace', trace, timeout=900, kind=recipe.PLAIN.name)
            check_equal(status, 2)
            return out, trace.read_bytes()

    first, second = run(), run()
    check(first[0] == second[0], 'the consoles differ')
    check(first[1] == second[1], 'the traces differ')


# --- the runner ----------------------------------------------------------------------------------

def build_guest():
    KERNEL.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([
        'gcc', '-O1', '-Wall', '-Wextra', '-Werror', '-ffreestanding', '-fno-pic', '-mno-sse', '-mno-red-zone',
        '-fno-stack-protector', '-nostdlib', '-static', '-Wl,-no-pie,-Ttext=0x100000,-N',
        '-Wl,--build-id=none,--no-warn-rwx-segments', HERE / 'guest.c', '-o', KERNEL], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('-k', default='', metavar='PART', help='only tests with this in their names')
    parser.add_argument('--exact', action='store_true', help='also the exactly repeatable runs')
    parser.add_argument('--times', action='store_true', help='print how long each test took')
    options = parser.parse_args()

    assemble.build()
    build_guest()
    passed = failed = 0
    for name, function in list(globals().items()):
        is_wanted = name.startswith('test_') and options.k in name and (options.exact or EXACT not in name)
        if not is_wanted:
            continue
        began = time.monotonic()
        try:
            function()
        except Exception as error:
            failed += 1
            line = traceback.extract_tb(error.__traceback__)[-1].lineno
            print(f'FAIL {name[5:]}: {type(error).__name__}: {error} (line {line})', flush=True)
        else:
            passed += 1
            print(f'ok {name[5:]}' + (f' {time.monotonic() - began:.1f} s' if options.times else ''), flush=True)
    if _shared:
        _shared.stop()
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
