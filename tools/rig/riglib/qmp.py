"""QEMU's control socket: JSON objects, one per line.

Commands are answered in order; events may come in between and are passed over. The connection
has to stay open until QEMU is gone when it was told to quit, so the machine keeps this object.
"""

import json
import time

from .errors import RigError


class QmpError(RigError):
    pass


class Qmp:
    def __init__(self, sock):
        self.sock = sock
        self.file = sock.makefile('rwb')
        self._receive()
        self.command('qmp_capabilities')

    def command(self, name, **arguments):
        self.file.write(json.dumps({'execute': name, 'arguments': arguments}).encode() + b'\n')
        self.file.flush()
        while True:
            answer = self._receive()
            if 'return' in answer:
                return answer['return']
            if 'error' in answer:
                raise QmpError(f'QEMU refuses {name}: {answer["error"]["desc"]}')

    def migrate(self, command, uri):
        """Saves to or loads from `uri`, all of it."""
        self.command(command, uri=uri)
        while True:
            answer = self.command('query-migrate')
            status = answer.get('status')
            if status == 'completed':
                return
            if status in ('failed', 'cancelled'):
                raise QmpError(f'QEMU: {command} {status}: {answer.get("error-desc", "no reason given")}')
            time.sleep(0.02)

    def close(self):
        self.file.close()
        self.sock.close()

    def _receive(self):
        try:
            line = self.file.readline()
        except OSError:
            line = b''
        if not line:
            raise QmpError('QEMU ended unexpectedly')
        return json.loads(line)
