# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.
"""The data plane as a service of the sandbox: its network, its members."""

from __future__ import annotations

from collections.abc import Sequence
import socket
import sys
from typing import TYPE_CHECKING

from resize_sandbox import exceptions
from resize_sandbox import profile
from resize_sandbox.dataplane import config
from resize_sandbox.dataplane.fabric import Fabric

if TYPE_CHECKING:
    from resize_sandbox.state import StateDirectory

NAME = 'members'


def _build(deployment: profile.Deployment) -> None:
    try:
        Fabric.build(config.directory(deployment.state))
    except RuntimeError as error:
        Fabric.remove(config.directory(deployment.state))
        raise exceptions.SandboxError(
            f'The network of the sandbox can not be made: {error}'
        ) from error


def _command(
    deployment: profile.Deployment, listener: socket.socket | None
) -> Sequence[str]:
    names = Fabric(config.directory(deployment.state)).names
    return (
        *('ip', 'netns', 'exec', names.members),
        *(sys.executable, '-m', 'resize_sandbox.dataplane.members'),
    )


def remove(state: StateDirectory) -> None:
    """Remove the data plane of a sandbox, if it has one.

    Amphorae are off then, and what Octavia knows of them is void: the next
    start begins anew.
    """
    if Fabric.remove(config.directory(state)):
        state.write_json('seeded', {})


SERVICE = profile.Service(
    name=NAME,
    configure=_build,
    command=_command,
    listens=False,
    infrastructure=True,
)
