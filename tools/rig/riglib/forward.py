"""Ports of this machine's that lead to a domain's: each connection is an `nc` in dom0.

As many as the agent has ports to spare at a time; more are turned away.
"""

import contextlib
import select
import socket
import threading

from .errors import RigError

CHUNK = 65536


@contextlib.contextmanager
def forwarded(agent, address, pairs):
    """While the block runs, "HOSTPORT:GUESTPORT" of each pair leads to `address`."""
    with contextlib.ExitStack() as stack:
        for pair in pairs:
            here, _, there = pair.partition(':')
            try:
                listener = stack.enter_context(socket.create_server(('127.0.0.1', int(here))))
                argv = ['nc', '-N', address, str(int(there))]
            except (OSError, ValueError) as error:
                raise RigError(f'port {pair}: {error}')
            threading.Thread(target=serve, args=(agent, listener, argv), daemon=True).start()
        yield


def serve(agent, listener, argv):
    """Until the listener is closed."""
    while True:
        try:
            connection = listener.accept()[0]
        except OSError:
            return
        threading.Thread(target=join, args=(agent, connection, argv), daemon=True).start()


def join(agent, connection, argv):
    with contextlib.suppress(OSError, RigError), connection, agent.start(argv) as command:
        inputs = [connection, command]
        while command.status is None:
            frame = command.receive(0)
            if frame and frame[0] == 'O':
                connection.sendall(frame[1])
            if command.status is None and connection in select.select(inputs, [], [], 0 if frame else None)[0]:
                data = connection.recv(CHUNK)
                if data:
                    command.send_input(data)
                else:
                    command.end_input()
                    inputs.remove(connection)
