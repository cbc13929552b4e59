# SPDX-License-Identifier: Apache-2.0
"""PID 1 of an amphora: runs the agent, and what the agent wants run.

Its argument is the amphora's directory on the host, with config.json. It must
be the first process of new network, mount, PID, UTS and IPC namespaces.
"""

import json
import os
from pathlib import Path
import select
import socket
import sys
import threading
import time

from resize_sandbox.dataplane.amphora import processes
from resize_sandbox.dataplane.amphora import root
from resize_sandbox.dataplane.amphora.services import Services

_UNITS = Path('/usr/lib/systemd/system')
_LOG_SOCKETS = ('/run/rsyslog/octavia/log', '/dev/log')


def main() -> None:
    """Boot, and run until the amphora is switched off."""
    directory = Path(sys.argv[1])
    # /proc is still the host's, which knows this process by another number.
    pid = os.readlink('/proc/self')
    config = json.loads((directory / 'config.json').read_text())
    root.enter(directory, config['name'], config['files'])
    socket.sethostname(config['name'])
    os.environ.clear()
    os.environ.update(
        PATH=f'/usr/local/sbin:{Path(sys.executable).parent}:/usr/local/bin'
        ':/usr/sbin:/usr/bin:/sbin:/bin',
        HOME='/root',
        LANG='C.UTF-8',
        # An amphora here has no DNS: a fifth of the time that each program
        # of Octavia takes to start is eventlet loading its own resolver.
        EVENTLET_NO_GREENDNS='yes',
    )
    log = os.open('/var/log/services.log', os.O_WRONLY | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    Path('/var/log/pid').write_text(pid)
    threading.Thread(target=processes.reap, daemon=True).start()
    threading.Thread(target=_keep_log, daemon=True).start()
    requests = socket.socket(socket.AF_UNIX)
    requests.bind('/run/systemctl.sock')
    requests.listen(16)
    time.sleep(config['boot_seconds'])
    processes.spawn(
        ['amphora-agent', '--config-file', '/etc/octavia/amphora-agent.conf'],
        os.open('/var/log/agent.log', os.O_WRONLY | os.O_CREAT, 0o600),
    )
    services = Services(_UNITS, log)
    while True:
        connection, _ = requests.accept()
        threading.Thread(
            target=_answer, args=(services, connection), daemon=True
        ).start()


def _answer(services: Services, connection: socket.socket) -> None:
    with connection:
        arguments = connection.recv(4096).decode().split()
        try:
            status, output = services.answer(*arguments[:2])
        except Exception as error:
            status, output = 1, repr(error)
        connection.sendall(f'{status}\n{output}'.encode())


def _keep_log() -> None:
    """Write what programs send to the system's log into a file."""
    sockets = []
    for path in _LOG_SOCKETS:
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.bind(path)
        # haproxy logs as the user nobody.
        os.chmod(path, 0o666)  # noqa: S103
        sockets.append(receiver)
    with open('/var/log/syslog', 'ab', buffering=0) as log:
        while True:
            for receiver in select.select(sockets, [], [])[0]:
                log.write(receiver.recv(65536).strip() + b'\n')


if __name__ == '__main__':
    main()
