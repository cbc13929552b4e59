# SPDX-License-Identifier: Apache-2.0

"""The HTTP server of a service's process."""

import argparse
from collections.abc import Callable
from collections.abc import Iterable
import gc
import os
import signal
import socket
import threading
import time
from typing import Any

import waitress

THREADS = 50
_WATCH_SECONDS = 5.0

Application = Callable[..., Iterable[bytes]]


def parse_arguments(*, with_socket: bool = True) -> argparse.Namespace:
    """Parse the arguments that every service of the sandbox takes.

    :param with_socket: whether it listens.
    :returns: ``config_file``: the path of its configuration file.
        ``socket``: the listening socket that it inherited.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument('--config-file', required=True)
    if with_socket:
        parser.add_argument('--socket', type=_inherited_socket, required=True)
    return parser.parse_args()


def _inherited_socket(descriptor: str) -> socket.socket:
    return socket.socket(fileno=int(descriptor))


def serve(application: Application, arguments: argparse.Namespace) -> None:
    """Answer requests until SIGTERM, or until the sandbox is deleted.

    :param application: the WSGI application.
    :param arguments: what :func:`parse_arguments` returned.
    """

    def end(*_: Any) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, end)
    end_without(arguments.config_file)
    server = waitress.create_server(
        application,
        sockets=[arguments.socket],
        threads=THREADS,
        connection_limit=1000,
        ident=None,
        # No proxy is before it: Host has the address that the client uses.
        clear_untrusted_proxy_headers=True,
    )
    # All modules are loaded: exclude them from garbage collection.
    gc.freeze()
    # Returns on SystemExit, after the requests that are being answered.
    server.run()


def end_without(path: str) -> None:
    """Send this process a SIGTERM when a file is deleted.

    Nobody could stop a service whose state directory was deleted.
    """

    def watch() -> None:
        while os.path.exists(path):
            time.sleep(_WATCH_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
