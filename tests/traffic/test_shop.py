# SPDX-License-Identifier: Apache-2.0
"""What clients see of a resize of a pair, the seeded ``shop``.

The bounds are far above what doc/source/admin/traffic.rst shows
measurements: they find what is broken, on a machine that does other things,
too.
"""

from collections.abc import Iterable
from collections.abc import Iterator
import contextlib
import fcntl
import subprocess
import threading

from openstack import resource
from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2.amphora import Amphora

from resize_sandbox import clouds
from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.ip import ip
from tests.traffic import base

#: More of them than go to one and the same of two members by chance.
_CLIENTS = [f'203.0.113.{number}' for number in range(50, 66)]
# After an amphora's failover nobody has the VIP for 5 s.
_TAKE_SECONDS = 20
_SHOP = 'http://203.0.113.20:8080/'
#: The service of an amphora that has the VIP, and what ends its stop.
_KEEPALIVED = '/usr/lib/systemd/system/octavia-keepalived.service'
_HOLD = 'ExecStopPost=/usr/bin/flock /var/log/held true'
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

    def switch_off(self, roles: set[str]) -> None:
        """Switch off the amphorae that have these roles."""
        _, amphorae = self.find_pair()
        for amphora in amphorae:
            if amphora.role in roles:
                self.switch_off_amphora(amphora)

    def switch_off_amphora(self, amphora: Amphora) -> None:
        server = self.fabric.cloud.server(amphora.compute_id)
        assert server is not None
        self.fabric.switch_off(server)

    def at_vip(self, amphora: Amphora, *command: str) -> str:
        """Run a command in the namespace in which an amphora has the VIP."""
        return self.in_amphora(
            amphora.compute_id,
            *('ip', 'netns', 'exec', 'amphora-haproxy', *command),
        )


class TestResize(PairTestCase):
    def test_active_standby(self) -> None:
        """A resize with a member down, and a failover of the new master.

        Each client stays with its member.
        """
        self._add_clients()
        self._add_dead_member()
        self._persist({'type': 'SOURCE_IP'})
        before = self._get_members()
        self.check_unnoticed(self.resize('shop', self.other_flavor('shop')))
        self.assertEqual(['MASTER'], self.holders())
        self.assertEqual(before, self._get_members())
        self._persist(None)
        self._fail_over_master()
        self.wait_for_answer(_SHOP, _TAKE_SECONDS)
        # Whichever: Octavia's failover leaves the VIP to the standby.
        self.assertEqual(1, len(self.holders()))

    def _add_clients(self) -> None:
        for address in _CLIENTS:
            ip(
                *('address', 'add', f'{address}/24', 'dev', 'eth0'),
                namespace=self.fabric.names.client,
            )
            self.addCleanup(
                ip,
                *('address', 'del', f'{address}/24', 'dev', 'eth0'),
                namespace=self.fabric.names.client,
            )

    def _fail_over_master(self) -> None:
        """Have Octavia replace one of the amphorae that a resize has built."""
        _, amphorae = self.find_pair()
        (master,) = (
            amphora.id for amphora in amphorae if amphora.role == 'MASTER'
        )
        self.run_on_it(
            *('openstack', '--os-cloud', clouds.ADMIN_CLOUD),
            *('loadbalancer', 'amphora', 'failover', '--wait', master),
        )

    def _persist(self, persistence: dict[str, str] | None) -> None:
        """Set the session persistence of the pool."""
        with self.admin as admin:
            service = admin.load_balancer
            pool = service.find_pool('shop-servers')
            service.update_pool(pool, session_persistence=persistence)
            self._wait_for_shop(service)

    def _add_dead_member(self) -> None:
        """Add a member, and return when Octavia knows that it is down."""
        with self.admin as admin:
            service = admin.load_balancer
            pool = service.find_pool('shop-servers')
            assert pool is not None
            monitor = service.create_health_monitor(
                pool_id=pool.id,
                type='TCP',
                delay=3,
                timeout=2,
                max_retries=2,
                max_retries_down=2,
            )
            self.addCleanup(self._remove, 'health_monitor', monitor.id)
            self._wait_for_shop(service)
            dead = service.create_member(
                pool,
                address='192.0.2.99',
                protocol_port=8000,
                subnet_id=networks.MEMBER.subnets[0].id,
            )
            self.addCleanup(self._remove, 'member', dead.id, pool.id)
            resource.wait_for_status(
                service,
                dead,
                'ERROR',
                attribute='operating_status',
                interval=0.5,
                wait=60,
            )

    def _remove(self, kind: str, *ids: str) -> None:
        with self.admin as admin:
            service = admin.load_balancer
            getattr(service, f'delete_{kind}')(*ids)
            self._wait_for_shop(service)

    def _wait_for_shop(self, service: _proxy.Proxy) -> None:
        resource.wait_for_status(
            service,
            service.find_load_balancer('shop'),
            'ACTIVE',
            interval=0.3,
            wait=60,
            attribute='provisioning_status',
        )

    def _get_members(self) -> dict[str, str]:
        """Return the member to which each client goes."""
        return {
            address: self.fetch(_SHOP, address).split()[1]
            for address in _CLIENTS
        }


class TestRace(PairTestCase):
    """The old master announces the VIP at the worst moment."""

    def test_standby_is_dead(self) -> None:
        """The new master gets the VIP, and announces it last."""
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
        self.switch_off({'BACKUP'})
        announcer.start()
        self.addCleanup(announcer.join)
        self.addCleanup(stopped.set)
        report = self.resize('shop', self.other_flavor('shop'))
        self.assertLess(
            report['longest_gap_ms'], 500 + base.get_stall_ms(report), report
        )
        self.assertLess(report['silence_max_ms'], 5100, report)
        self.assertEqual(['MASTER'], self.holders())
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
        self.switch_off(roles)
        self.run_on_it(
            *('openstack', 'loadbalancer', 'resize', '--wait'),
            *('--drain', '0', '--flavor', self.other_flavor('shop'), 'shop'),
        )
        self.assertNotEqual('', self.fetch(_SHOP))
        self.assertEqual(['MASTER'], self.holders())

    def test_master(self) -> None:
        self._resize_with_dead({'MASTER'})

    def test_both(self) -> None:
        self._resize_with_dead({'MASTER', 'BACKUP'})


class TestFailedSwitch(PairTestCase):
    def test_new_pair_dies(self) -> None:
        """The old pair has the VIP, and a standby, before a cancel says so."""
        self.wait_for_answer(_SHOP, _TAKE_SECONDS)
        self._check_switch(*self._find_standby_and_master()[:1])

    def test_new_pair_dies_once_the_old_master_has_stopped(self) -> None:
        """keepalived of both is started again, and one takes the VIP."""
        self.wait_for_answer(_SHOP, _TAKE_SECONDS)
        self._check_switch(*self._find_standby_and_master())

    def _find_standby_and_master(self) -> list[Amphora]:
        address, pair = self.find_pair()
        return sorted(
            pair,
            key=lambda one: (
                f' {address}/' in self.at_vip(one, 'ip', 'address')
            ),
        )

    def _check_switch(self, *stopped: Amphora) -> None:
        """Have the new pair die once keepalived has stopped on old amphorae.

        :param stopped: the standby, and the master.
        """
        with self.admin as admin:
            service = admin.load_balancer
            shop = service.find_load_balancer('shop')
            assert shop is not None
            new = service.find_flavor(self.other_flavor('shop'))
            path = f'/lbaas/loadbalancers/{shop.id}/resize'
            before = {one.id for one in self.find_pair()[1]}
            with self._held_once_stopped(stopped[-1]):
                service.put(
                    path, json={'new_flavor_id': new.id, 'drain_seconds': 0}
                )
                self.wait_until(lambda: not any(self._find_running(stopped)))
                for amphora in self.find_pair()[1]:
                    if amphora.id not in before:
                        self.switch_off_amphora(amphora)
            resource.wait_for_status(
                service,
                shop,
                'ERROR',
                failures=['ACTIVE'],
                interval=0.5,
                wait=150,
                attribute='provisioning_status',
            )
            self.assertNotEqual('', self.fetch(_SHOP))
            self.assertEqual(1, len(self.holders()))
            self.assertTrue(all(self._find_running(stopped)))
            service.delete(path, params={'cancel': 'true'})
            self.assertEqual(
                'ACTIVE',
                service.get_load_balancer(shop.id).provisioning_status,
            )
        self.assertNotEqual('', self.fetch(_SHOP))

    def _find_running(self, amphorae: Iterable[Amphora]) -> list[str]:
        """Return the process IDs of keepalived on each amphora."""
        return [
            self.in_amphora(amphora.compute_id, 'pidof', 'keepalived')
            for amphora in amphorae
        ]

    @contextlib.contextmanager
    def _held_once_stopped(self, amphora: Amphora) -> Iterator[None]:
        """Have the agent wait when it has stopped keepalived."""
        self.in_amphora(
            amphora.compute_id,
            *('sh', '-c', f'printf "\\n{_HOLD}\\n" >> {_KEEPALIVED}'),
        )
        directory = self.fabric.directory / 'amphorae' / amphora.compute_id
        with (directory / 'log' / 'held').open('w') as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
