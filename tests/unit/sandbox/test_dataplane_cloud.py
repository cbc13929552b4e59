# SPDX-License-Identifier: Apache-2.0
import dataclasses
import ipaddress
from pathlib import Path

import fixtures
import testtools

from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.cloud import Cloud
from resize_sandbox.dataplane.cloud import Server
from resize_sandbox.octavia import subnets

_V6 = networks.VIP.subnets[1]


class TestNetworks(testtools.TestCase):
    def test_sandboxes_side_by_side(self) -> None:
        """Numbers share no name, no address, and stay in RFC 6598's range."""
        first, last = networks.NUMBERS[0], networks.NUMBERS[-1]
        seen: set[str] = set()
        for number in (first, 255, 256, last):
            names = networks.Names(number)
            subnet = names.management.subnets[0]
            self.assertTrue(
                ipaddress.ip_network('100.64.0.0/10').supernet_of(
                    ipaddress.IPv4Network(subnet.cidr)
                )
            )
            # The most that an interface's name can have.
            self.assertLessEqual(len(names.management.bridge), 15)
            seen |= {
                *names.namespaces,
                names.management.bridge,
                subnet.cidr,
            }
        self.assertEqual(4 * 6, len(seen))

    def test_free_address(self) -> None:
        subnet = networks.MEMBER.subnets[0]
        used = {f'192.0.2.{host}' for host in range(100, 254)}
        self.assertEqual('192.0.2.254', subnet.free_address(used))
        self.assertRaises(
            LookupError, subnet.free_address, used | {'192.0.2.254'}
        )


class TestCloud(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        path = Path(self.useFixture(fixtures.TempDir()).path, 'cloud.db')
        self.cloud = Cloud(path, networks.Names(1))

    def test_ports(self) -> None:
        port = self.cloud.create_port(
            networks.VIP.id,
            'vip',
            [
                {
                    'subnet_id': subnets.VIP_SUBNET,
                    'ip_address': '203.0.113.10',
                },
                {'subnet_id': _V6.id},
            ],
            is_up=False,
        )
        self.assertEqual(port, self.cloud.port(port.id))
        self.assertEqual('203.0.113.10', port.fixed_ips[0]['ip_address'])
        self.assertIn(
            ipaddress.ip_address(port.fixed_ips[1]['ip_address']), _V6.network
        )
        self.cloud.plug_port(port.id, 'server')
        self.cloud.set_port_up(port.id, True)
        (plugged,) = self.cloud.ports_of('server')
        self.assertTrue(plugged.is_up)
        self.cloud.delete_port(port.id)
        self.assertIsNone(self.cloud.port(port.id))

    def test_fixed_ips(self) -> None:
        """What a port has may stay, and others are added."""
        port = self.cloud.create_port(networks.MEMBER.id, 'member')
        both = [*port.fixed_ips, {'subnet_id': networks.MEMBER.subnets[1].id}]
        self.cloud.set_fixed_ips(port, both)
        changed = self.cloud.port(port.id)
        assert changed is not None
        self.assertEqual(2, len(changed.fixed_ips))
        self.assertEqual(port.fixed_ips[0], changed.fixed_ips[0])
        self.cloud.set_fixed_ips(changed, changed.fixed_ips[1:])
        last = self.cloud.port(port.id)
        assert last is not None
        self.assertEqual(changed.fixed_ips[1:], last.fixed_ips)

    def test_address_is_taken(self) -> None:
        wanted = [
            {'subnet_id': subnets.VIP_SUBNET, 'ip_address': '203.0.113.10'}
        ]
        self.cloud.create_port(networks.VIP.id, 'first', wanted)
        self.assertRaises(
            LookupError,
            self.cloud.create_port,
            networks.VIP.id,
            'second',
            wanted,
        )

    def test_unknown_network(self) -> None:
        self.assertRaises(LookupError, self.cloud.create_port, 'none', 'port')
        self.assertRaises(
            LookupError,
            self.cloud.create_port,
            networks.VIP.id,
            'port',
            [{'subnet_id': 'none'}],
        )

    def test_servers(self) -> None:
        server = Server('id', 'amphora', 'sandbox.small', 17, 1.5, 2.5)
        added = self.cloud.add_server(server)
        self.assertEqual(dataclasses.replace(server, number=1), added)
        self.assertEqual(added, self.cloud.server('id'))
        self.cloud.delete_server('id')
        self.assertEqual([], self.cloud.servers())
