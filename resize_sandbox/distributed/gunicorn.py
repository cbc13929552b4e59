# SPDX-License-Identifier: Apache-2.0

"""Services whose API runs in several gunicorn processes."""

from collections.abc import Sequence
from pathlib import Path
import socket
import sys

from resize_sandbox.deployment import Deployment

PROCESSES = 2
_THREADS = 8

_SETTINGS = """\
import sys

# Nova would take them for its own.
del sys.argv[1:]

wsgi_app = {application!r}
workers = {processes}
worker_class = 'gthread'
threads = {threads}
graceful_timeout = 10
# An API that starts on a busy machine is no dead one.
timeout = 120
# After 2 seconds, the default, it may close one as the next request comes.
keepalive = 75
accesslog = '-'
control_socket_disable = True
"""


def write(deployment: Deployment, name: str, application: str) -> None:
    """Write gunicorn's configuration file.

    :param name: the service.
    :param application: the WSGI application, as ``module:attribute``.
    """
    deployment.state.write(
        _file(deployment, name),
        _SETTINGS.format(
            application=application, processes=PROCESSES, threads=_THREADS
        ),
    )


def command(
    deployment: Deployment, name: str, listener: socket.socket
) -> Sequence[str]:
    """Return the program and its arguments."""
    return [
        sys.executable,
        '-m',
        'gunicorn',
        '--config',
        str(_file(deployment, name)),
        '--bind',
        f'fd://{listener.fileno()}',
    ]


def _file(deployment: Deployment, name: str) -> Path:
    return deployment.state.etc / f'{name}-gunicorn.py'
