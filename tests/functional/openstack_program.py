# SPDX-License-Identifier: Apache-2.0

"""An ``openstack`` for shells and scripts that starts quickly.

The program hands all that it has from its caller to a server, which has loaded
the real one and forks.
"""

import atexit
import functools
import json
import os
from pathlib import Path
import signal
import socket
import sys
import tempfile
import traceback

from tests.functional import openstack_command

_PROGRAM = """\
#!{python} -IS
import json, os, signal, socket, sys

server = socket.socket(socket.AF_UNIX)
server.connect({address!r})
request = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
socket.send_fds(server, [b'>'], [0, 1, 2])
server.sendall(request)
server.shutdown(socket.SHUT_WR)
answers = server.makefile()
process = int(answers.readline())
for number in signal.SIGINT, signal.SIGTERM:
    signal.signal(number, lambda number, _: os.kill(process, number))
sys.exit(int(answers.readline() or 1))
"""


@functools.cache
def directory() -> Path:
    """Return the directory that holds the program, for PATH."""
    temporary = tempfile.TemporaryDirectory()
    atexit.register(temporary.cleanup)
    made = Path(temporary.name)
    listener = socket.socket(socket.AF_UNIX)
    address = str(made / 'server')
    listener.bind(address)
    listener.listen()
    program = made / 'openstack'
    program.write_text(_PROGRAM.format(python=sys.executable, address=address))
    program.chmod(0o700)
    openstack_command.FORKS.Process(
        target=_serve, args=(listener,), daemon=True
    ).start()
    return made


def _serve(listener: socket.socket) -> None:
    # What has ended needs nobody who waits for it.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        caller, _ = listener.accept()
        if not os.fork():
            listener.close()
            _answer(caller)
        caller.close()


def _answer(caller: socket.socket) -> None:
    """Be the command for a caller."""
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _, descriptors, _, _ = socket.recv_fds(caller, 1, 3)
        for number, descriptor in enumerate(descriptors):
            os.dup2(descriptor, number)
            os.close(descriptor)
        with caller.makefile('rb') as file:
            arguments, environment, current = json.load(file)
        os.chdir(current)
        caller.sendall(f'{os.getpid()}\n'.encode())
        try:
            status = openstack_command.become(arguments, environment)
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 0
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        caller.sendall(f'{status}\n'.encode())
        os._exit(status)
