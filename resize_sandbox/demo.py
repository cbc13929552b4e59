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

"""A tour of the product: real commands on a sandbox of its own."""

import dataclasses
from pathlib import Path
import subprocess
import sys
import tempfile

from resize_client.sdk import connection
from resize_sandbox import clouds
from resize_sandbox import exceptions
from resize_sandbox import extra
from resize_sandbox import variables
from resize_sandbox.sandbox import Sandbox
from resize_sandbox.seeds import identity

_CONTROL_PLANE = 'default-master'
_COMMAND_TIMEOUT_SECONDS = 300


def run(state_dir: str | None) -> int:
    """Start a sandbox, resize things in it, and stop it.

    :param state_dir: where; None for a temporary directory under the
        current one, which is deleted when all went well.
    :returns: 0.
    :raises SandboxError: when a command fails, or has not the effect that
        it should have.
    """
    extra.check()
    directory = state_dir or tempfile.mkdtemp(prefix='.sandbox-demo-', dir='.')
    sandbox = Sandbox(directory, report=_say)
    try:
        try:
            sandbox.up()
            _Tour(sandbox).run()
        finally:
            sandbox.down()
        _say('\nAll done. The sandbox is stopped.')
    except exceptions.SandboxError as error:
        raise exceptions.SandboxError(
            f'{error}\nThe logs are kept in {sandbox.state.logs}.'
        ) from error
    if state_dir is None:
        sandbox.state.remove()
    return 0


@dataclasses.dataclass(frozen=True)
class _LoadBalancer:
    flavor: str
    #: The IDs of its amphorae.
    amphorae: list[str]


class _Tour:
    def __init__(self, sandbox: Sandbox) -> None:
        # Not resolved: in a virtual environment it is a link.
        self._program = Path(sys.executable).parent / 'openstack'
        if not self._program.exists():
            raise exceptions.SandboxError(
                f'There is no {self._program}. Install it with: '
                f'pip install python-openstackclient'
            )
        self._state = sandbox.state
        self._environment = (
            variables.isolated(sandbox.state) | sandbox.environment
        )

    def run(self) -> None:
        self._resize_load_balancer('web', 'small', 'large')
        self._resize_load_balancer('shop', 'ha-small', 'ha-large')
        self._resize_control_plane('dev', 1, 3)

    def _resize_load_balancer(
        self, name: str, flavor: str, other_flavor: str
    ) -> None:
        before = self._look_at_load_balancer(name)
        if before.flavor == other_flavor:
            # In a sandbox that has seen this before.
            flavor, other_flavor = other_flavor, flavor
        _heading(
            f'Resize the load balancer {name}: {flavor} to {other_flavor}'
        )
        self._show_load_balancer(name, before)
        self._openstack(
            f'loadbalancer resize --flavor {other_flavor} --wait {name}'
        )
        after = self._look_at_load_balancer(name)
        self._show_load_balancer(name, after)
        if (
            after.flavor != other_flavor
            or len(after.amphorae) != len(before.amphorae)
            or set(after.amphorae) & set(before.amphorae)
        ):
            raise exceptions.SandboxError(
                f'{name} was not resized: it was {before}, it is {after}.'
            )

    def _look_at_load_balancer(self, name: str) -> _LoadBalancer:
        with identity.connect(self._state, clouds.ADMIN_CLOUD) as admin:
            service = admin.load_balancer
            load_balancer = service.find_load_balancer(
                name, ignore_missing=False
            )
            return _LoadBalancer(
                service.get_flavor(load_balancer.flavor_id).name,
                [
                    amphora.id
                    for amphora in service.amphorae(
                        loadbalancer_id=load_balancer.id
                    )
                    if amphora.status == 'ALLOCATED'
                ],
            )

    def _show_load_balancer(self, name: str, seen: _LoadBalancer) -> None:
        self._openstack(
            'loadbalancer show -c flavor_id -c vip_address '
            f'-c provisioning_status {name}'
        )
        self._openstack(
            f'--os-cloud {clouds.ADMIN_CLOUD} loadbalancer amphora list '
            f'--loadbalancer {name} -c id -c role -c status'
        )
        for amphora in seen.amphorae:
            self._openstack(
                f'--os-cloud {clouds.ADMIN_CLOUD} loadbalancer amphora show '
                f'-f value -c compute_flavor {amphora}'
            )

    def _resize_control_plane(
        self, name: str, node_count: int, other_node_count: int
    ) -> None:
        before = self._look_at_control_plane(name)
        if before == other_node_count:
            node_count, other_node_count = other_node_count, node_count
        _heading(
            f'Resize the control plane of the cluster {name}: '
            f'{node_count} to {other_node_count} nodes'
        )
        show = (
            f'coe nodegroup list -c name -c role -c node_count -c status '
            f'{name}'
        )
        self._openstack(show)
        self._openstack(
            f'coe cluster resize --nodegroup {_CONTROL_PLANE} --wait '
            f'{name} {other_node_count}'
        )
        self._openstack(show)
        after = self._look_at_control_plane(name)
        if after != other_node_count:
            raise exceptions.SandboxError(
                f'The control plane of {name} was not resized: '
                f'it has {after} nodes.'
            )

    def _look_at_control_plane(self, name: str) -> int:
        with identity.connect(self._state, clouds.MEMBER_CLOUD) as tenant:
            magnum = connection.extend(
                tenant
            ).container_infrastructure_management
            node_count: int = magnum.get_nodegroup(
                name, _CONTROL_PLANE
            ).node_count
            return node_count

    def _openstack(self, arguments: str) -> None:
        """Run a command as a person would, showing it and its output."""
        print(f'\n$ openstack {arguments}', flush=True)
        try:
            subprocess.run(
                [self._program, *arguments.split()],
                env=self._environment,
                check=True,
                timeout=_COMMAND_TIMEOUT_SECONDS,
            )
        except subprocess.CalledProcessError as error:
            raise exceptions.SandboxError(
                f'openstack {arguments}: failed with exit status '
                f'{error.returncode}.'
            ) from error
        except subprocess.TimeoutExpired as error:
            raise exceptions.SandboxError(
                f'openstack {arguments}: did not end within '
                f'{_COMMAND_TIMEOUT_SECONDS} seconds.'
            ) from error


def _heading(text: str) -> None:
    print(f'\n{text}\n{"=" * len(text)}', flush=True)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
