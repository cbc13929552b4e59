# SPDX-License-Identifier: Apache-2.0
"""The data plane as a service of the sandbox: its network, its members."""

from collections.abc import Sequence
from pathlib import Path
import socket
import sys

from resize_sandbox import exceptions
from resize_sandbox.dataplane import fabrics
from resize_sandbox.dataplane.fabric import directory_of
from resize_sandbox.deployment import DISTRIBUTED
from resize_sandbox.deployment import Deployment
from resize_sandbox.deployment import Service
from resize_sandbox.octavia import config as octavia_config
from resize_sandbox.state import StateDirectory

MEMBERS = 'members'
HEALTH_MANAGER = 'octavia-health-manager'


def _build(deployment: Deployment) -> None:
    try:
        fabrics.build(
            directory_of(deployment.state), deployment.options.network
        )
    except RuntimeError as error:
        fabrics.remove(directory_of(deployment.state))
        raise exceptions.SandboxError(
            f'The network of the sandbox can not be made: {error}'
        ) from error


def _members_command(
    deployment: Deployment, listener: socket.socket | None
) -> Sequence[str]:
    names = fabrics.find(directory_of(deployment.state)).names
    return (
        *('ip', 'netns', 'exec', names.members),
        *(sys.executable, '-m', 'resize_sandbox.dataplane.members'),
    )


def _health_manager_command(
    deployment: Deployment, listener: socket.socket | None
) -> Sequence[str]:
    program: Sequence[str] = (
        sys.executable,
        '-m',
        'resize_sandbox.dataplane.health_manager',
    )
    if deployment.options.profile == DISTRIBUTED:
        # As released
        program = (str(Path(sys.executable).parent / HEALTH_MANAGER),)
    return (
        *program,
        '--config-file',
        str(deployment.state.config_file(octavia_config.NAME)),
    )


def _nothing(deployment: Deployment) -> None:
    """Octavia's own configuration is all that is needed."""


def remove(state: StateDirectory) -> None:
    """Remove the data plane of a sandbox, if it has one.

    Amphorae are off then, and what Octavia knows of them is void: the next
    start begins anew.
    """
    if fabrics.remove(directory_of(state)):
        state.write_json('seeded', {})


def seed(deployment: Deployment) -> None:
    """Connect what is to be connected before there are load balancers."""
    fabrics.find(directory_of(deployment.state)).seed(deployment)


def add(services: Sequence[Service], network: str) -> Sequence[Service]:
    """Return the services of a profile with those of the data plane.

    :param network: ``bridges`` or ``ovn``.
    """
    return [
        Service(
            name=MEMBERS,
            configure=_build,
            command=_members_command,
            listens=False,
            infrastructure=True,
        ),
        *services,
        *fabrics.CLASSES[network].services(),
        Service(
            name=HEALTH_MANAGER,
            configure=_nothing,
            command=_health_manager_command,
            listens=False,
            # Its tables are made with the API's.
            needs=(octavia_config.NAME,),
            patience=30.0,
        ),
    ]
