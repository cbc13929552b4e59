# SPDX-License-Identifier: Apache-2.0
"""A sandbox with traffic, and what is left of it."""

import os
from pathlib import Path
import signal
import subprocess

import fixtures
from octavia.common import exceptions
import testtools

from resize_sandbox.dataplane import compute
from resize_sandbox.dataplane import fabrics
from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.amphora import power
from resize_sandbox.dataplane.fabric import directory_of
from resize_sandbox.deployment import BRIDGES
from resize_sandbox.sandbox import Sandbox
from tests.functional import base as functional
from tests.functional import shared_sandbox
from tests.traffic import base


def _settings() -> str:
    """Return the host's settings, which a sandbox must not change."""
    return ''.join(
        _run(*command.split())
        for command in (
            'sysctl net.ipv4.ip_nonlocal_bind net.ipv4.ip_forward',
            'sysctl net.ipv6.conf.all.forwarding fs.nr_open kernel.hostname',
            'ip rule',
            'ip route show default',
            'find /etc -newer /proc/1/stat -type f',
        )
    )


def _traces(names: networks.Names) -> list[str]:
    """Return what shows that a sandbox is, or was, there."""
    subnet = names.management.subnets[0]
    seen = (
        *_run('ip', 'netns').splitlines(),
        *_run('ip', '-o', 'link').splitlines(),
        *_run('ip', 'route', 'show', 'table', 'all').splitlines(),
        *Path('/proc/self/mounts').read_text().splitlines(),
    )
    return [
        line
        for line in seen
        if f'rs{names.number}-' in line
        or str(subnet.network.network_address)[:-1] in line
    ]


def _run(*command: str) -> str:
    return subprocess.run(
        command, capture_output=True, text=True, check=True
    ).stdout


class TestManagementNetwork(base.TestCase):
    def test_address_stays(self) -> None:
        """Heartbeats find the controller whichever amphorae come and go."""
        bridge = self.fabric.names.management.bridge
        port = f't-{self.fabric.names.number}-low'
        before = _run('ip', '-br', 'link', 'show', bridge)
        _run(
            *('ip', 'link', 'add', port, 'address', '02:00:00:00:00:00'),
            *('master', bridge, 'type', 'veth'),
        )
        self.addCleanup(_run, 'ip', 'link', 'del', port)
        self.assertEqual(before, _run('ip', '-br', 'link', 'show', bridge))


class TestSideBySide(base.TestCase):
    def test_killed(self) -> None:
        """The next "down" clears what a killed sandbox has left."""
        before = _settings()
        other: Sandbox = shared_sandbox.own('killed')
        self.addCleanup(shared_sandbox.discard, other)
        shared_sandbox.command(
            'up', other, '--traffic', '--network', self.network
        )
        amphorae = list((directory_of(other.state) / 'amphorae').iterdir())
        self.assertEqual(3, len(amphorae))
        names = fabrics.find(directory_of(other.state)).names
        self.assertNotEqual([], _traces(names))
        self.assertEqual(before, _settings())
        for process in functional.processes_of(other.state.root):
            number = int(process.split()[0])
            if 'amphora' not in process:
                os.kill(number, signal.SIGKILL)
        shared_sandbox.command('down', other)
        self.assertEqual([], functional.processes_of(other.state.root))
        self.assertEqual([], _traces(names))
        self.assertEqual(before, _settings())


class TestUnfinishedAmphora(testtools.TestCase):
    """An amphora that has started and has not noted its process ID."""

    def setUp(self) -> None:
        super().setUp()
        self.directory = Path(self.useFixture(fixtures.TempDir()).path, 'own')
        fabrics.build(self.directory, BRIDGES)
        self.addCleanup(fabrics.remove, self.directory)
        self.amphora = self.directory / 'amphorae' / 'one'
        (self.amphora / 'log').mkdir(parents=True)
        # PID 1 waits for its configuration as long as nobody writes.
        os.mkfifo(self.amphora / 'config.json')

    def test_down(self) -> None:
        """Nothing is left when Octavia was killed in this moment."""
        power.start(self.amphora)
        self.assertNotEqual([], functional.processes_of(self.amphora))
        fabrics.remove(self.directory)
        self.assertEqual([], functional.processes_of(self.amphora))

    def test_patience(self) -> None:
        """Nothing is left when Octavia has waited long enough."""
        self.useFixture(
            fixtures.MockPatchObject(compute, '_SPAWN_SECONDS', 1.0)
        )
        self.assertRaises(
            exceptions.ComputeBuildException, compute._switch_on, self.amphora
        )
        self.assertEqual([], functional.processes_of(self.amphora))
