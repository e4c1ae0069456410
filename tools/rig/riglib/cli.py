"""The command line.

Exit statuses: those of the command or of the guest where there is one. Of `rig run`: the guest's
verdict, or 124 for a timeout, 125 for no verdict, 126 if the domain could not be created. The
rig's own failures: 126 of `rig run`, 255 of `rig exec` and `rig xl`, else 1.
"""

import argparse
import contextlib
import os
import signal
import sys

from . import assemble, devices, direct, domain, exact, forward, recipe, terminal
from .errors import RigError
from .instance import Rig, running

USAGE = """\
The rig runs Xen domains on any machine: Debian's Xen and a Linux dom0 in QEMU.

  rig build                          fetch, assemble, boot once, save
  rig run tools/xl/pv64.cfg          one domain on a private instance; exit status: its verdict
  rig start; rig create CFG; rig console NAME; rig xl list; rig stop
  rig exec -- CMD..., rig push SRC DST, rig pull SRC DST: into a running instance
  rig boot-direct KERNEL             a PV kernel as Xen's first domain, without dom0

An instance is named by --name or $RIG_NAME; `start` and those after it mean "default" without. $RIG_KIND says
what kind of machine is started (docs/rig.md); a plain one without."""


def say(text):
    print(f'rig: {text}', file=sys.stderr, flush=True)


# --- the machine itself --------------------------------------------------------------------

def do_build(options):
    say(f'ready: {assemble.build()}')
    return 0


def do_start(options):
    rig = named(options)
    say(f'instance "{rig.name}" ' + ('started' if rig.start() else 'is running already'))
    return 0


def do_stop(options):
    names = running() if options.all else [named(options).name]
    for name in names:
        was_running = Rig(name).is_running()
        Rig(name).stop()
        say(f'instance "{name}" ' + ('stopped' if was_running else 'was not running'))
    return 0


def do_status(options):
    saved = recipe.dom0_folder()
    print(f'built: {saved if saved.exists() else "no; run: rig build"}')
    for name in running():
        pid = Rig(name).machine.pid()
        print(f'instance {name}: {f"running, QEMU is process {pid}" if pid else "dead; run: rig stop"}')
    return 0


def named(options):
    return Rig(options.name or 'default', options.kind)


# --- dom0 ------------------------------------------------------------------------------------

def do_exec(options):
    return exec_in_dom0(options, options.command)


def do_xl(options):
    return exec_in_dom0(options, ['xl', *options.command])


def exec_in_dom0(options, argv):
    rig = named(options).require()
    if argv[:1] == ['--']:
        argv = argv[1:]
    with rig.agent.start(argv) as command:
        def take(timeout):
            frame = command.receive(timeout)
            if frame is None:
                return None
            kind, data = frame
            terminal.write(data if kind in 'OR' else b'', 2 if kind == 'R' else 1)
            return True

        terminal.join(command, lambda: command.status is not None, take,
                      command.send_input, command.end_input)
        return command.status


def do_push(options):
    named(options).require().push(options.source, options.destination)
    return 0


def do_pull(options):
    named(options).require().pull(options.source, options.destination)
    return 0


# --- domains -----------------------------------------------------------------------------------

def domain_options(options):
    return {'kernel': options.kernel, 'ramdisk': options.ramdisk, 'extra': options.extra,
            'memory': options.memory, 'vcpus': options.vcpus, 'name': options.domain, 'settings': list(options.set)}


def do_create(options):
    rig = named(options).require()
    name = domain.create(rig.agent, options.cfg, **domain_options(options))
    say(f'domain "{name}" created; look at it with: rig console {name}')
    return 0


def do_console(options):
    rig = named(options).require()
    domid = rig.agent.check(['xl', 'domid', options.domain]).strip()
    with rig.agent.start(['/rig/console', domid]) as command:
        def take(timeout):
            frame = command.receive(timeout)
            if frame is None:
                return None
            if frame[0] in 'OR':
                terminal.write(frame[1], 1)
            return True

        def join():
            return terminal.join(command, lambda: command.status is not None, take, command.send_input)

        if terminal.is_interactive():
            say('Ctrl-] leaves the console')
            with terminal.raw_mode():
                join()
        else:
            join()
    return 0


def do_run(options):
    try:
        return run_exactly(options) if options.icount else run_on_instance(options)
    except RigError as error:
        say(error)
        return domain.STATUS_NOT_CREATED


def run_on_instance(options):
    with Rig(options.name, options.kind) as rig:
        for pair in options.file:
            source, _, destination = pair.partition(':')
            rig.push(source, destination or f'/{os.path.basename(source)}')
        for command in options.before:
            rig.agent.check(['sh', '-c', command])
        with contextlib.ExitStack() as stack:
            given = domain_options(options)
            given['settings'] += stack.enter_context(devices.attached(rig.agent, options.disk, bool(options.net)))
            if options.forward:
                stack.enter_context(forward.forwarded(rig.agent, options.net, options.forward))
            if options.trace:
                stack.enter_context(rig.tracing(options.trace))
            result = see_through(rig.start_domain(options.cfg, **given), options.timeout)
            while options.reboots and result.is_reboot:
                say('the guest reboots')
                result = see_through(rig.start_domain(options.cfg, **given), options.timeout)
        is_sound = report(result, options)
        if not is_sound and result.reason != 'create-failed':
            print(result.registers + rig.collect(result.name), file=sys.stderr)
        if options.show_list or rig.domains() != ['0']:
            print(rig.exec('xl list')[1], end='', file=sys.stderr)
    say(f'domain ended: {result.reason}')
    return result.status


def run_exactly(options):
    if options.file or options.before or options.show_list or options.disk or options.net:
        raise RigError('--icount boots cold: it does not go with --file, --before, --show-list, --disk or --net')
    result, xen_log = exact.run(Rig().machine.folder, options.cfg, options.timeout, options.trace,
                                **domain_options(options))
    terminal.write(result.console.encode())
    if not report(result, options):
        print(result.registers + xen_log, file=sys.stderr)
    say(f'domain ended: {result.reason}')
    return result.status


def see_through(running_domain, timeout):
    if not terminal.is_interactive():
        return domain.run(running_domain, timeout, on_output=terminal.write)
    say('Ctrl-] ends the domain')
    how = 'stopped'

    def take(seconds):
        data = running_domain.receive(seconds)
        terminal.write(data or b'')
        return data

    try:
        with terminal.raw_mode():
            how = terminal.join(running_domain, lambda: running_domain.reason is not None, take,
                                running_domain.send, timeout=timeout)
    finally:
        running_domain.stop(how)
    return running_domain.result()


def report(result, options):
    """Says what became of the domain; returns False if more should be said to explain it."""
    if result.reason == 'create-failed':
        say(f'could not create the domain; xl says:\n{result.xl_error}')
    elif result.reason == 'timeout':
        say(f'no end within {options.timeout:g} s')
    elif result.verdict is None and result.reason != 'left':
        say('the guest gave no verdict')
    else:
        return True
    return False


def do_boot_direct(options):
    return direct.boot(options.kernel, options.extra or '', options.timeout)


# --- parsing -------------------------------------------------------------------------------------

def parser():
    instance = argparse.ArgumentParser(add_help=False)
    instance.add_argument('--name', default=argparse.SUPPRESS, help='the instance ($RIG_NAME)')

    of_domain = argparse.ArgumentParser(add_help=False)
    of_domain.add_argument('cfg', help='an xl configuration file, e.g. tools/xl/pv64.cfg')
    of_domain.add_argument('--kernel', metavar='FILE', help='instead of the one the file names')
    of_domain.add_argument('--ramdisk', metavar='FILE', help='the image of its programs')
    of_domain.add_argument('--extra', metavar='CMDLINE', help="the guest's command line")
    of_domain.add_argument('--memory', type=int, metavar='MB')
    of_domain.add_argument('--vcpus', type=int, metavar='N')
    of_domain.add_argument('--domain', metavar='NAME', help="the domain's name")
    of_domain.add_argument('--set', action='append', default=[], metavar='KEY=VALUE',
                           help="any setting in xl's syntax, e.g. 'vif=[\"\"]'; may be repeated")

    main_parser = argparse.ArgumentParser(
        prog='rig', description=USAGE, formatter_class=argparse.RawDescriptionHelpFormatter)
    main_parser.add_argument('--name', default=os.environ.get('RIG_NAME'), help='the instance ($RIG_NAME)')
    kind = os.environ.get('RIG_KIND', recipe.PLAIN.name)
    if kind not in recipe.KINDS:
        main_parser.error(f'RIG_KIND={kind}: there are {", ".join(recipe.KINDS)}')
    main_parser.set_defaults(kind=recipe.KINDS[kind])
    commands = main_parser.add_subparsers(dest='subcommand', required=True, metavar='COMMAND')

    def add(name, function, about, parents=(instance,)):
        sub = commands.add_parser(name, help=about, description=about, parents=parents)
        sub.set_defaults(function=function)
        return sub

    add('build', do_build, 'make the rig, if it is not made yet', ())
    add('start', do_start, 'start an instance that lasts')
    add('stop', do_stop, 'end an instance').add_argument('--all', action='store_true', help='all of them')
    add('status', do_status, 'what is built and what runs', ())
    add('exec', do_exec, 'run a command in dom0').add_argument('command', nargs=argparse.REMAINDER)
    add('xl', do_xl, 'run xl in dom0').add_argument('command', nargs=argparse.REMAINDER)
    for name, function, about in (('push', do_push, 'copy a file to dom0'),
                                  ('pull', do_pull, 'copy a file from dom0')):
        sub = add(name, function, about)
        sub.add_argument('source')
        sub.add_argument('destination')
    add('create', do_create, 'create a domain and leave it running', (instance, of_domain))
    add('console', do_console, "a domain's console").add_argument('domain')

    run = add('run', do_run, 'run a domain to its end', (instance, of_domain))
    run.add_argument('--timeout', type=float, metavar='S', help='end it after so many seconds')
    run.add_argument('--file', action='append', default=[], metavar='HOST:DOM0',
                     help='copy a file to dom0 first; may be repeated')
    run.add_argument('--disk', metavar='IMAGE', action='append', default=[],
                     help='a file of the host as xvda, xvdb ...; may be repeated')
    run.add_argument('--net', metavar='ADDRESS', help='an interface on dom0\'s bridge; the guest\'s address there')
    run.add_argument('--forward', metavar='HOSTPORT:PORT', action='append', default=[],
                     help='a port of this machine\'s that leads to the guest\'s; may be repeated')
    run.add_argument('--reboots', action='store_true', help='start it again when it asks for a reboot')
    run.add_argument('--before', action='append', default=[], metavar='COMMAND',
                     help="run this in dom0's shell first; may be repeated")
    run.add_argument('--icount', action='store_true',
                     help='exactly repeatable: from a cold boot, time being counted instructions')
    run.add_argument('--trace', metavar='OUT', help="record Xen's trace of the run")
    run.add_argument('--show-list', action='store_true', help='print `xl list` at the end')

    direct_parser = add('boot-direct', do_boot_direct, "boot a PV kernel as Xen's first domain", ())
    direct_parser.add_argument('kernel')
    direct_parser.add_argument('--extra', metavar='CMDLINE', help="the guest's command line")
    direct_parser.add_argument('--timeout', type=float, default=60, metavar='S')
    return main_parser


def _end_in_order(number, frame):
    """Signals that would end us at once have to pass through all `finally`s instead."""
    raise SystemExit(128 + number)


def main(argv):
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _end_in_order)
    options = parser().parse_args(argv)
    try:
        return options.function(options)
    except RigError as error:
        say(error)
        return 255 if options.subcommand in ('exec', 'xl') else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output is gone: nothing is left to say, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 128 + signal.SIGPIPE
