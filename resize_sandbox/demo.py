# SPDX-License-Identifier: Apache-2.0

"""A tour of the product: real commands on a sandbox of its own."""

import dataclasses
import os
from pathlib import Path
import shlex
import subprocess
import sys
import tempfile
import time

from resize_client.sdk import connection
from resize_sandbox import clouds
from resize_sandbox import exceptions
from resize_sandbox import requirements
from resize_sandbox import state
from resize_sandbox import variables
from resize_sandbox.deployment import Options
from resize_sandbox.sandbox import Sandbox
from resize_sandbox.seeds import identity

_CONTROL_PLANE = 'default-master'
_COMMAND_TIMEOUT_SECONDS = 300
_POLL_SECONDS = 0.2

_NEXT = """
All done. The sandbox is stopped. To continue by yourself, in this directory:

  . {activate}
  eval "$({up})"
  openstack loadbalancer list
  {resize}

The commands in messages work there. "resize-sandbox down" stops it."""
_UP = 'resize-sandbox up'
_RESIZE = 'openstack loadbalancer resize --flavor large --wait web'

_WITH_TRAFFIC = """\
What clients see of a resize, as root: resize-sandbox demo --traffic"""


def run(state_dir: str | None, *, traffic: bool = False) -> int:
    """Start a sandbox, resize things in it, and stop it.

    :param state_dir: where; None for a temporary directory under the
        current one, which is deleted when all went well.
    :param traffic: whether amphorae carry traffic, and what clients see is
        shown; only root can.
    :returns: 0.
    :raises SandboxError: when a command has another exit status or effect
        than it should have.
    """
    requirements.check()
    directory = state_dir or tempfile.mkdtemp(prefix='.sandbox-demo-', dir='.')
    options = Options(traffic=True) if traffic else None
    sandbox = Sandbox(directory, options=options, report=_say)
    try:
        try:
            sandbox.up()
            _Tour(sandbox).run()
        finally:
            sandbox.down()
    except exceptions.SandboxError as error:
        raise exceptions.SandboxError(
            f'{error}\nThe logs are kept in {sandbox.state.logs}.'
        ) from error
    if state_dir is None:
        sandbox.state.remove()
    _say(
        _NEXT.format(
            activate=Path(sys.executable).parent / 'activate',
            up=f'{_UP} --traffic' if traffic else _UP,
            resize=(
                f'resize-sandbox traffic web -- {_RESIZE}'
                if traffic
                else _RESIZE
            ),
        )
    )
    if not traffic:
        _say(_WITH_TRAFFIC)
    return 0


@dataclasses.dataclass(frozen=True)
class _LoadBalancer:
    flavor: str
    #: The IDs of its amphorae.
    amphorae: list[str]


class _Tour:
    def __init__(self, sandbox: Sandbox) -> None:
        # Not resolved: in a virtual environment it is a link.
        programs = Path(sys.executable).parent
        if not (programs / 'openstack').exists():
            raise exceptions.SandboxError(
                f'There is no {programs / "openstack"}. Install it with: '
                f'pip install python-openstackclient'
            )
        self._state = sandbox.state
        self._traffic = sandbox.options.traffic
        environment = variables.isolated(sandbox.state) | sandbox.environment
        self._environment = environment | {
            'PATH': f'{programs}{os.pathsep}{environment["PATH"]}',
            state.ENVIRONMENT_VARIABLE: str(sandbox.state.root),
        }

    def run(self) -> None:
        _heading('The flavors of the load balancers in this cloud')
        self._run(
            'openstack loadbalancer flavor list -c name -c enabled '
            '--sort-column name'
        )
        self._resize_load_balancer('web', 'small', 'large')
        self._refuse('web', 'ha-large')
        self._cancel('shop', 'ha-slow')
        self._resize_load_balancer('shop', 'ha-small', 'ha-large')
        self._resize_control_plane('dev', 1, 3)

    def _resize_load_balancer(
        self, name: str, flavor: str, other_flavor: str
    ) -> None:
        before = self._get_load_balancer(name)
        if before.flavor == other_flavor:
            # In a sandbox that has seen this before.
            flavor, other_flavor = other_flavor, flavor
        _heading(
            f'Resize the load balancer {name}: {flavor} to {other_flavor}'
        )
        resize = f'openstack loadbalancer resize --flavor {other_flavor}'
        columns = '-c subject -c from -c to -c result'
        self._run(f'{resize} --dry-run {columns} {name}')
        amphorae = (
            f'openstack --os-cloud {clouds.ADMIN_CLOUD} loadbalancer amphora '
            f'list --loadbalancer {name} -c id -c role -c status'
        )
        self._run(amphorae)
        traffic = f'resize-sandbox traffic {name} -- ' if self._traffic else ''
        self._run(f'{traffic}{resize} --wait {name}')
        self._run(amphorae)
        after = self._get_load_balancer(name)
        if (
            after.flavor != other_flavor
            or len(after.amphorae) != len(before.amphorae)
            or set(after.amphorae) & set(before.amphorae)
        ):
            raise exceptions.SandboxError(
                f'{name} was not resized: it was {before}, it is {after}.'
            )

    def _refuse(self, name: str, flavor: str) -> None:
        _heading(f'A resize that cannot be: {name} to {flavor}')
        before = self._get_load_balancer(name)
        self._run(
            f'openstack loadbalancer resize --flavor {flavor} {name}', status=1
        )
        self._check_unchanged(name, before)

    def _cancel(self, name: str, slow_flavor: str) -> None:
        _heading(f'Cancel a resize of {name} while its amphorae are built')
        before = self._get_load_balancer(name)
        # On a machine that is busy, the cancel would come too late.
        with self._state.hold_builds():
            self._run(
                f'openstack loadbalancer resize --flavor {slow_flavor} {name}'
            )
            cancel = f'openstack loadbalancer resize cancel --wait {name}'
            process = self._start(cancel)
            self._await_cancelling(name, process)
        self._finish(cancel, process)
        self._run(f'openstack loadbalancer resize show {name}')
        self._check_unchanged(name, before)

    def _await_cancelling(
        self, name: str, process: 'subprocess.Popen[bytes]'
    ) -> None:
        """Wait until a resize is CANCELLING, or the command has ended."""
        with identity.connect(self._state, clouds.MEMBER_CLOUD) as tenant:
            service = connection.extend(tenant).load_balancer
            load_balancer = service.find_load_balancer(
                name, ignore_missing=False
            )
            while process.poll() is None:
                resize = service.get_load_balancer_resize(load_balancer)
                if resize is not None and resize.state == 'CANCELLING':
                    return
                time.sleep(_POLL_SECONDS)

    def _check_unchanged(self, name: str, before: _LoadBalancer) -> None:
        after = self._get_load_balancer(name)
        if after != before:
            raise exceptions.SandboxError(
                f'{name} was changed: it was {before}, it is {after}.'
            )

    def _get_load_balancer(self, name: str) -> _LoadBalancer:
        with identity.connect(self._state, clouds.ADMIN_CLOUD) as admin:
            service = admin.load_balancer
            load_balancer = service.find_load_balancer(
                name, ignore_missing=False
            )
            return _LoadBalancer(
                service.get_flavor(load_balancer.flavor_id).name,
                sorted(
                    amphora.id
                    for amphora in service.amphorae(
                        loadbalancer_id=load_balancer.id
                    )
                    if amphora.status == 'ALLOCATED'
                ),
            )

    def _resize_control_plane(
        self, name: str, node_count: int, other_node_count: int
    ) -> None:
        before = self._get_node_count(name)
        if before == other_node_count:
            node_count, other_node_count = other_node_count, node_count
        _heading(
            f'Resize the control plane of the cluster {name}: '
            f'{node_count} to {other_node_count} nodes'
        )
        show = (
            f'openstack coe nodegroup list -c name -c role -c node_count '
            f'-c status {name}'
        )
        resize = f'openstack coe cluster resize --nodegroup {_CONTROL_PLANE}'
        self._run(show)
        self._run(f'{resize} {name} 2', status=1)
        self._run(f'{resize} --wait {name} {other_node_count}')
        self._run(show)
        after = self._get_node_count(name)
        if after != other_node_count:
            raise exceptions.SandboxError(
                f'The control plane of {name} was not resized: '
                f'it has {after} nodes.'
            )

    def _get_node_count(self, name: str) -> int:
        with identity.connect(self._state, clouds.MEMBER_CLOUD) as tenant:
            magnum = connection.extend(
                tenant
            ).container_infrastructure_management
            node_count: int = magnum.get_nodegroup(
                name, _CONTROL_PLANE
            ).node_count
            return node_count

    def _run(self, line: str, *, status: int = 0) -> None:
        """Run a command as a person would, showing it and its output.

        :param status: the exit status that it must have.
        """
        self._finish(line, self._start(line), status=status)

    def _start(self, line: str) -> 'subprocess.Popen[bytes]':
        print(f'\n$ {line}', flush=True)
        program, *arguments = shlex.split(line)
        return subprocess.Popen(
            [Path(sys.executable).parent / program, *arguments],
            env=self._environment,
        )

    def _finish(
        self,
        line: str,
        process: 'subprocess.Popen[bytes]',
        *,
        status: int = 0,
    ) -> None:
        try:
            process.wait(_COMMAND_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise exceptions.SandboxError(
                f'{line}: did not end within {_COMMAND_TIMEOUT_SECONDS} '
                'seconds.'
            ) from error
        finally:
            process.kill()
        if process.returncode != status:
            raise exceptions.SandboxError(
                f'{line}: ended with exit status {process.returncode}.'
            )


def _heading(text: str) -> None:
    print(f'\n{text}\n{"=" * len(text)}', flush=True)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
