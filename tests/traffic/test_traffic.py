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
"""What clients see of a resize.

The bounds are far above what doc/source/contributor tells of measurements:
they find what is broken, on a machine that does other things, too.
"""

from pathlib import Path
import re
import threading
from typing import Any

import fixtures

from tests.traffic import base

#: Says on eth1 that an address is there, if it is.
_ANNOUNCE = """
import socket, subprocess, sys
addresses = subprocess.run(
    ['ip', 'address', 'show', 'eth1'], capture_output=True, text=True
).stdout
if f' {sys.argv[1]}/' in addresses:
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    port.bind(('eth1', 0x0806))
    mac, address = port.getsockname()[4], socket.inet_aton(sys.argv[1])
    port.send(
        b'\\xff' * 6 + mac + bytes.fromhex('0806 0001 0800 06 04 0001')
        + mac + address + b'\\xff' * 6 + address
    )
"""


class TestResize(base.TestCase):
    def _resize(self, load_balancer: str, flavor: str) -> dict[str, Any]:
        plot = Path(self.useFixture(fixtures.TempDir()).path, 'plot.svg')
        report = self.traffic(
            load_balancer,
            *('openstack', 'loadbalancer', 'resize', '--wait'),
            *('--flavor', flavor, load_balancer),
            plot=plot,
        )
        self.assertEqual(0, report['command_exit_status'])
        self.assertGreater(report['requests'], 1000)
        self.assertGreater(report['cold_requests'], 50)
        self.assertEqual(8, report['open_connections'])
        # Who answers at last is not who answered at first.
        first, *_, last = (
            set(second['amphorae'])
            for second in report['timeline']
            if second['amphorae']
        )
        self.assertEqual(set(), first & last, report)
        drawn = plot.read_text()
        for amphora in (*first, *last):
            self.assertIn(f'amphora {amphora}: ', drawn)
        # The command, and at least one phase of the resize
        self.assertGreaterEqual(len(re.findall('"work".* s<', drawn)), 2)
        return report

    def _check_unnoticed(self, report: dict[str, Any]) -> None:
        """Check that traffic has hardly noticed."""
        self.assertLess(report['longest_gap_ms'], 500, report)
        self.assertLess(report['failed'], report['requests'] / 500, report)
        self.assertEqual(0, report['cold_failed'], report)
        self.assertIn(report['breaks_max'], (1, 2), report)
        self.assertLess(report['silence_max_ms'], 1500, report)

    def test_single(self) -> None:
        self._check_unnoticed(self._resize('web', self.other_flavor('web')))

    def test_active_standby(self) -> None:
        self._check_unnoticed(self._resize('shop', self.other_flavor('shop')))
        self._check_roles('shop')

    def _check_roles(self, load_balancer: str) -> None:
        """Check that the master has the VIP, and nobody else."""
        with self.admin as admin:
            found = admin.load_balancer.find_load_balancer(load_balancer)
            assert found is not None
            holders = [
                amphora.role
                for amphora in admin.load_balancer.amphorae(
                    loadbalancer_id=found.id
                )
                if f' {found.vip_address}/'
                in self.in_amphora(
                    amphora.compute_id,
                    *('ip', 'netns', 'exec', 'amphora-haproxy'),
                    *('ip', 'address'),
                )
            ]
        self.assertEqual(['MASTER'], holders)


class TestRace(base.TestCase):
    """The old master announces the VIP at the worst moment."""

    def test_active_standby(self) -> None:
        with self.admin as admin:
            found = admin.load_balancer.find_load_balancer('shop')
            assert found is not None
            old = [
                amphora.compute_id
                for amphora in admin.load_balancer.amphorae(
                    loadbalancer_id=found.id
                )
            ]
        stopped = threading.Event()
        announcer = threading.Thread(
            target=self._announce,
            args=(old, found.vip_address, stopped),
            daemon=True,
        )
        announcer.start()
        self.addCleanup(announcer.join)
        self.addCleanup(stopped.set)
        report = self.traffic(
            'shop',
            *('openstack', 'loadbalancer', 'resize', '--wait'),
            *('--flavor', self.other_flavor('shop'), 'shop'),
        )
        self.assertLess(report['longest_gap_ms'], 500, report)
        self.assertLess(report['silence_max_ms'], 5100, report)

    def _announce(
        self, servers: list[str], address: str, stopped: threading.Event
    ) -> None:
        """Announce the VIP wherever an old amphora has it.

        Four times a second: so also just before that gives the VIP up.
        """
        while not stopped.wait(0.25):
            for server_id in servers:
                if self.fabric.cloud.server(server_id) is None:
                    continue
                self.in_amphora(
                    server_id,
                    *('ip', 'netns', 'exec', 'amphora-haproxy'),
                    *('python3', '-c', _ANNOUNCE, address),
                )


class TestDeadAmphorae(base.TestCase):
    """A resize works, as a failover does, whoever is dead."""

    def _resize_with_dead(self, load_balancer: str, roles: set[str]) -> None:
        with self.admin as admin:
            service = admin.load_balancer
            found = service.find_load_balancer(load_balancer)
            assert found is not None
            amphorae = list(service.amphorae(loadbalancer_id=found.id))
        for amphora in amphorae:
            if amphora.role in roles:
                server = self.fabric.cloud.server(amphora.compute_id)
                assert server is not None
                self.fabric.switch_off(server)
        self.run_on_it(
            *('openstack', 'loadbalancer', 'resize', '--wait'),
            *('--flavor', self.other_flavor(load_balancer), load_balancer),
        )
        report = self.traffic(load_balancer, 'python', '-c', 'exit(0)')
        self.assertEqual(0, report['failed'], report)

    def test_standby(self) -> None:
        self._resize_with_dead('shop', {'BACKUP'})

    def test_master(self) -> None:
        self._resize_with_dead('shop', {'MASTER'})

    def test_both(self) -> None:
        self._resize_with_dead('shop', {'MASTER', 'BACKUP'})


class TestRefusals(base.TestCase):
    def test_exit_status_is_the_command_s(self) -> None:
        report = self.traffic('web', 'python', '-c', 'exit(0)')
        self.assertEqual(0, report['failed'], report)
        self.assertEqual(0, report['breaks_max'], report)
        self.assertLess(report['longest_gap_ms'], 1000, report)
