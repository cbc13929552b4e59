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

The bounds are far above what doc/source/admin/traffic.rst tells of
measurements: they find what is broken, on a machine that does other things,
too.
"""

import subprocess
import threading

from openstack.load_balancer.v2.amphora import Amphora

from resize_sandbox import clouds
from tests.traffic import base

_SHOP = 'http://203.0.113.20:8080/'
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
#: Prints the MAC address of each who says that an address is there.
_LISTEN = """
import socket, sys
address = socket.inet_aton(sys.argv[1])
port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
print('listening', flush=True)
while True:
    packet = port.recv(64)
    if packet[28:32] == address:
        print(packet[22:28].hex(':'), flush=True)
"""


class PairTestCase(base.TestCase):
    """A test of shop, which is ACTIVE_STANDBY."""

    def find_pair(self) -> tuple[str, list[Amphora]]:
        """Return its VIP address and its amphorae."""
        with self.admin as admin:
            found = admin.load_balancer.find_load_balancer('shop')
            assert found is not None
            return found.vip_address, list(
                admin.load_balancer.amphorae(loadbalancer_id=found.id)
            )

    def holders(self) -> list[str]:
        """Return the roles of the amphorae that have the VIP."""
        address, amphorae = self.find_pair()
        return [
            amphora.role
            for amphora in amphorae
            if f' {address}/' in self.at_vip(amphora, 'ip', 'address')
        ]

    def at_vip(self, amphora: Amphora, *command: str) -> str:
        """Run a command in the namespace in which an amphora has the VIP."""
        return self.in_amphora(
            amphora.compute_id,
            *('ip', 'netns', 'exec', 'amphora-haproxy', *command),
        )


class TestResize(PairTestCase):
    def test_active_standby(self) -> None:
        """A resize, and a failover of what it has built."""
        self.check_unnoticed(self.resize('shop', self.other_flavor('shop')))
        self.assertEqual(['MASTER'], self.holders())
        self.run_on_it(
            *('openstack', '--os-cloud', clouds.ADMIN_CLOUD),
            *('loadbalancer', 'failover', '--wait', 'shop'),
        )
        # Whichever: Octavia's failover leaves the VIP to the new standby.
        self.assertEqual(1, len(self.holders()))
        self.assertNotEqual('', self.fetch(_SHOP))


class TestRace(PairTestCase):
    """The old master announces the VIP at the worst moment."""

    def test_active_standby(self) -> None:
        address, old = self.find_pair()
        of_old = {
            port.mac
            for amphora in old
            for port in self.fabric.cloud.ports_of(amphora.compute_id)
        }
        stopped = threading.Event()
        announcer = threading.Thread(
            target=self._announce, args=(old, address, stopped), daemon=True
        )
        listener = self._listen(address)
        announcer.start()
        self.addCleanup(announcer.join)
        self.addCleanup(stopped.set)
        report = self.resize('shop', self.other_flavor('shop'))
        self.assertLess(report['longest_gap_ms'], 500, report)
        self.assertLess(report['silence_max_ms'], 5100, report)
        listener.terminate()
        heard, _ = listener.communicate()
        macs = heard.split()
        self.assertGreater(sum(mac in of_old for mac in macs), 10)
        self.assertNotIn(macs[-1], of_old)

    def _listen(self, address: str) -> 'subprocess.Popen[str]':
        """Begin to note who says to clients that the VIP is there."""
        listener = subprocess.Popen(
            [
                *('ip', 'netns', 'exec', self.fabric.names.client),
                *('python3', '-c', _LISTEN, address),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(listener.wait)
        self.addCleanup(listener.kill)
        assert listener.stdout is not None
        self.assertEqual('listening\n', listener.stdout.readline())
        return listener

    def _announce(
        self, old: list[Amphora], address: str, stopped: threading.Event
    ) -> None:
        """Announce the VIP wherever an old amphora has it.

        Four times a second: so also just before that gives the VIP up.
        """
        while not stopped.wait(0.25):
            for amphora in old:
                if self.fabric.cloud.server(amphora.compute_id) is not None:
                    self.at_vip(amphora, 'python3', '-c', _ANNOUNCE, address)


class TestDeadAmphorae(PairTestCase):
    """A resize works, as a failover does, whoever is dead."""

    def _resize_with_dead(self, roles: set[str]) -> None:
        _, amphorae = self.find_pair()
        for amphora in amphorae:
            if amphora.role in roles:
                server = self.fabric.cloud.server(amphora.compute_id)
                assert server is not None
                self.fabric.switch_off(server)
        self.run_on_it(
            *('openstack', 'loadbalancer', 'resize', '--wait'),
            *('--flavor', self.other_flavor('shop'), 'shop'),
        )
        self.assertNotEqual('', self.fetch(_SHOP))
        self.assertEqual(['MASTER'], self.holders())

    def test_standby(self) -> None:
        self._resize_with_dead({'BACKUP'})

    def test_master(self) -> None:
        self._resize_with_dead({'MASTER'})

    def test_both(self) -> None:
        self._resize_with_dead({'MASTER', 'BACKUP'})
