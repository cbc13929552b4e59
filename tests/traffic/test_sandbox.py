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
"""A sandbox with traffic, and what is left of it."""

import os
from pathlib import Path
import signal
import subprocess

from resize_sandbox.dataplane import config
from resize_sandbox.sandbox import Sandbox
from tests.functional import base as functional
from tests.functional import shared_sandbox
from tests.traffic import base


def _host() -> dict[str, str]:
    """Return what a sandbox must not change."""
    return {
        command: subprocess.run(
            command.split(), capture_output=True, text=True, check=True
        ).stdout
        for command in (
            'ip rule',
            'ip route show table all',
            'ip -o link show type bridge',
            'ip netns',
            'sysctl net.ipv4.ip_nonlocal_bind net.ipv6.conf.all.forwarding '
            'net.ipv4.ip_forward fs.nr_open kernel.hostname',
            'find /etc -newer /proc/self/stat -type f',
        )
    } | {'mounts': Path('/proc/self/mounts').read_text()}


class TestAmphora(base.TestCase):
    def test_sees_nothing_of_the_host(self) -> None:
        """Neither homes, nor keys, nor the sandbox itself."""
        server = self.fabric.cloud.servers()[0]
        for path in (
            str(self.sandbox.state.etc / 'octavia' / 'ca.key'),
            '/etc/shadow',
            '/etc/ssl/private',
            '/etc/ssh',
        ):
            self.assertEqual('', self.in_amphora(server.id, 'ls', path), path)
        seen = self.in_amphora(server.id, 'ls', '-A', '/root', '/home')
        self.assertNotIn('.ssh', seen)
        self.assertNotIn('.config', seen)
        # Its own files are there.
        self.assertIn(
            'agent', self.in_amphora(server.id, 'ls', '/etc/octavia')
        )


class TestSideBySide(base.TestCase):
    def test_killed(self) -> None:
        """The next "down" clears what a killed sandbox has left."""
        before = _host()
        other: Sandbox = shared_sandbox.own('killed')
        self.addCleanup(shared_sandbox.discard, other)
        shared_sandbox.command('up', other, '--traffic')
        amphorae = list((config.directory(other.state) / 'amphorae').iterdir())
        self.assertEqual(3, len(amphorae))
        self.assertNotEqual(before, _host())
        for process in functional.processes_of(other.state.root):
            number = int(process.split()[0])
            if 'amphora' not in process:
                os.kill(number, signal.SIGKILL)
        shared_sandbox.command('down', other)
        self.assertEqual([], functional.processes_of(other.state.root))
        self.assertEqual(before, _host())
