# SPDX-License-Identifier: Apache-2.0
import ipaddress
from pathlib import Path

import fixtures
import testtools

from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.cloud import Cloud
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
