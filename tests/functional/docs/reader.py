# SPDX-License-Identifier: Apache-2.0

"""A reader who types what a document shows into a shell."""

from collections.abc import Sequence
import contextlib
import difflib
from pathlib import Path
import re
import shutil
import tempfile
import threading
import time
from typing import ClassVar

import testtools

from resize_client.sdk import connection
from resize_client.sdk.container_infra import _proxy as container_infra
from resize_client.sdk.load_balancer import _proxy as sdk_lb
from resize_sandbox import variables
from resize_sandbox.sandbox import Sandbox
from resize_sandbox.seeds import identity
from tests.functional import base
from tests.functional import openstack_program
from tests.functional import shared_sandbox
from tests.functional.docs import comparison
from tests.functional.docs import console
from tests.functional.docs import not_run
from tests.functional.docs import shell

_COMMAND_TIMEOUT_SECONDS = 180
_POLL_SECONDS = 0.2

# A reader meets a resize that is going on.
_OPTIONS = ('--cluster-resize-seconds', '8', '--octavia', 'resize')

#: Where the reader is, in the documents
_DIRECTORY = '/home/me/try'

_STARTS = re.compile('openstack loadbalancer resize (?!.*--wait)--flavor ')

#: The flavors of the seeded load balancers
_FLAVORS = {'web': 'small', 'shop': 'ha-small'}
#: The node counts of the seeded cluster
_NODE_COUNTS = {'default-master': 1, 'default-worker': 2}


class TestCase(testtools.TestCase):
    """Documents and a sandbox that nobody else changes."""

    sandbox: ClassVar[Sandbox]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.sandbox = shared_sandbox.own('docs')
        cls.addClassCleanup(shared_sandbox.discard, cls.sandbox)

    def follow(
        self,
        name: str,
        same: dict[str, str] | None = None,
        **environment: str,
    ) -> None:
        """Do what a document says.

        :param name: its path below the project's directory.
        :param same: what it calls otherwise than it is here, and what it is
            here.
        :param environment: variables that its reader has, besides those of a
            sandbox.
        """
        path = console.ROOT / name
        commands = list(console.commands(path))
        self.assertNotEqual([], commands, f'{name} shows no command')
        self.type(commands, self.directory(path), environment, same)

    def type(
        self,
        commands: Sequence[console.Command],
        directory: Path,
        environment: dict[str, str],
        same: dict[str, str] | None = None,
    ) -> None:
        """Type commands into a shell, and compare what they print."""
        compared = comparison.Comparison(
            {
                f'{_DIRECTORY}/.sandbox': str(self.sandbox.state.root),
                **(same or {}),
            }
        )
        held = contextlib.ExitStack()
        with shell.Shell(directory, self.environment() | environment) as bash:
            for number, command in enumerate(commands):
                if not not_run.is_run(command):
                    continue
                # On a busy machine, a cancel could come too late.
                cancels = map(_cancelled_by, commands[number + 1 : number + 2])
                if _STARTS.match(command.text) and (name := next(cancels, '')):
                    held.enter_context(self.sandbox.state.hold_builds())
                    self._release(held, name)
                status, printed = bash.run(
                    compared.localize(command.text), _COMMAND_TIMEOUT_SECONDS
                )
                shown = '\n'.join(command.output)
                if not compared.matches(shown, printed):
                    self.fail(_difference(command, printed))
                if not _prints_status(commands[number + 1 : number + 2]):
                    self.assertEqual(0, status, f'{command}\n{printed}')

    def _release(self, held: contextlib.ExitStack, name: str) -> None:
        """Let servers be built once the next resize is cancelled."""
        member = held.enter_context(
            identity.connect(self.sandbox.state, base.MEMBER)
        )
        octavia = connection.extend(member).load_balancer
        found = octavia.find_load_balancer(name, ignore_missing=False)
        former = octavia.get_load_balancer_resize(found)

        def is_cancelled() -> bool:
            resize = octavia.get_load_balancer_resize(found)
            # A queued resize is CANCELLED at once.
            return (
                resize is not None
                and (former is None or resize.id != former.id)
                and resize.state in ('CANCELLING', 'CANCELLED')
            )

        def release() -> None:
            with held:
                deadline = time.monotonic() + _COMMAND_TIMEOUT_SECONDS
                while time.monotonic() < deadline and not is_cancelled():
                    time.sleep(_POLL_SECONDS)

        thread = threading.Thread(target=release)
        thread.start()
        self.addCleanup(thread.join)

    def environment(self) -> dict[str, str]:
        """Return that of a reader who has a sandbox."""
        environment = variables.isolated(self.sandbox.state)
        return (
            environment
            | self.sandbox.environment
            | {
                'PATH': ':'.join(
                    [
                        str(openstack_program.directory()),
                        str(shared_sandbox.BIN),
                        environment['PATH'],
                    ]
                ),
                'RESIZE_SANDBOX_DIR': str(self.sandbox.state.root),
                'COLUMNS': '80',
                'LC_ALL': 'C.UTF-8',
            }
        )

    def directory(self, document: Path) -> Path:
        """Return a new directory with the scripts that a document shows."""
        self.sandbox.state.create()
        directory = Path(tempfile.mkdtemp(dir=self.sandbox.state.home))
        if document.parent != console.ROOT:
            for suffix in ('py', 'sh', 'yml'):
                for script in document.parent.glob(f'*.{suffix}'):
                    shutil.copy(script, directory)
        return directory

    def seeded(self) -> None:
        """Start the sandbox, with what was seeded as it was at first."""
        shared_sandbox.command('up', self.sandbox, *_OPTIONS)
        with identity.connect(self.sandbox.state, base.MEMBER) as member:
            conn = connection.extend(member)
            self._restore_load_balancers(conn.load_balancer)
            self._restore_cluster(conn.container_infrastructure_management)

    def _restore_load_balancers(self, octavia: sdk_lb.Proxy) -> None:
        for name, flavor_name in _FLAVORS.items():
            found = octavia.find_load_balancer(name, ignore_missing=False)
            flavor = octavia.find_flavor(flavor_name, ignore_missing=False)
            if found.flavor_id != flavor.id:
                octavia.resize_load_balancer(found, flavor)
                octavia.wait_for_load_balancer_resize(found, flavor)

    def _restore_cluster(self, magnum: container_infra.Proxy) -> None:
        for name, node_count in _NODE_COUNTS.items():
            cluster = magnum.get_cluster('dev')
            nodegroup = magnum.get_nodegroup(cluster, name)
            if nodegroup.node_count != node_count:
                magnum.resize_cluster(cluster, node_count, nodegroup=nodegroup)
                magnum.wait_for_cluster_resize(cluster, nodegroup, node_count)


def _cancelled_by(command: console.Command) -> str | None:
    """Return the load balancer whose resize a command cancels."""
    found = re.match(r'openstack loadbalancer resize cancel .*', command.text)
    return found and found[0].split()[-1]


def _prints_status(following: Sequence[console.Command]) -> bool:
    return any(command.text == 'echo $?' for command in following)


def _difference(command: console.Command, printed: str) -> str:
    lines = difflib.unified_diff(
        command.output,
        printed.splitlines(),
        'shown',
        'printed',
        lineterm='',
    )
    return '\n'.join([f'{command} prints something else', *lines])
