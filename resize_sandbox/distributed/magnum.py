# SPDX-License-Identifier: Apache-2.0

"""Magnum with its API and its conductor in their own processes."""

from collections.abc import Sequence
from pathlib import Path
import socket
import sys

from resize_sandbox.deployment import Deployment
from resize_sandbox.magnum import config as magnum_config

API = magnum_config.NAME
CONDUCTOR = 'magnum-conductor'

#: The queue of the one conductor.
QUEUE = f'{CONDUCTOR}.{magnum_config.HOST}'


def prepare(deployment: Deployment) -> Sequence[Sequence[str]]:
    """Return the commands that bring the tables up to date."""
    return [
        [
            str(Path(sys.executable).parent / 'magnum-db-manage'),
            *_options(deployment),
            'upgrade',
        ]
    ]


def api_command(
    deployment: Deployment, listener: socket.socket | None
) -> Sequence[str]:
    """Return the API's program and its arguments."""
    assert listener is not None
    return [
        *(sys.executable, '-m', 'resize_sandbox.magnum.api'),
        *_options(deployment),
        *('--socket', str(listener.fileno())),
    ]


def conductor_command(
    deployment: Deployment, listener: socket.socket | None
) -> Sequence[str]:
    """Return the conductor's program and its arguments."""
    return [
        *(sys.executable, '-m', 'resize_sandbox.magnum.conductor'),
        *_options(deployment),
    ]


def _options(deployment: Deployment) -> Sequence[str]:
    return ['--config-file', str(deployment.state.config_file(API))]
