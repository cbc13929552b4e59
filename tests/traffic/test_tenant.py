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
"""Load balancers that a tenant creates."""

from typing import Any

from openstack import resource
from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2 import load_balancer

from resize_sandbox.dataplane import config
from resize_sandbox.dataplane import networks
from resize_sandbox.octavia import subnets
from tests.traffic import base

#: Addresses and subnets of the members of a load balancer.
_NEAR = (
    ('203.0.113.11', networks.VIP.subnets[0]),
    ('2001:db8:113::c', networks.VIP.subnets[1]),
)


class TestListeners(base.TestCase):
    def test_tls_and_an_additional_vip_of_ipv6(self) -> None:
        """A resize of all of it, and a delete of what was resized."""
        with self.admin as admin:
            service = admin.load_balancer
            created = self._create(service)
            amphorae = list(service.amphorae(loadbalancer_id=created.id))
            self._check_urls()
            report = self.resize('both', 'large')
            # The IPv6 address is never on two amphorae.
            self.assertLess(report['longest_gap_ms'], 2_000, report)
            self.assertEqual(1, report['breaks_max'], report)
            self.assertLess(report['silence_max_ms'], 1500, report)
            self._check_urls()
            amphorae += service.amphorae(loadbalancer_id=created.id)
            service.delete_load_balancer(created.id, cascade=True)
            resource.wait_for_delete(service, created, interval=0.5, wait=120)
        # Nothing of the first amphora, of the second, or of the VIPs is left.
        cloud = self.fabric.cloud
        self.assertEqual(2, len({amphora.compute_id for amphora in amphorae}))
        for amphora in amphorae:
            self.assertIsNone(cloud.server(amphora.compute_id))
            self.assertEqual([], cloud.ports_of(amphora.compute_id))
            self.assertIsNone(cloud.port(amphora.vrrp_port_id))
        self.assertIsNone(cloud.port(created.vip_port_id))

    def test_members_on_the_vip_s_network(self) -> None:
        """On the VIP's subnet and on another one, and they are checked."""
        with self.admin as admin:
            service = admin.load_balancer
            created = self._create_active(
                service,
                name='near',
                vip_subnet_id=subnets.VIP_SUBNET,
                vip_address='203.0.113.31',
                pools=[
                    {
                        'name': 'near',
                        'protocol': 'HTTP',
                        'lb_algorithm': 'ROUND_ROBIN',
                        'healthmonitor': {
                            'type': 'TCP',
                            'delay': 5,
                            'timeout': 3,
                            'max_retries': 3,
                        },
                        'members': [
                            {
                                'address': address,
                                'protocol_port': 8000,
                                'subnet_id': subnet.id,
                            }
                            for address, subnet in _NEAR
                        ],
                    }
                ],
                listeners=[
                    {
                        'protocol': 'HTTP',
                        'protocol_port': 80,
                        'default_pool': {'name': 'near'},
                    }
                ],
            )
            self.check_unnoticed(self.resize('near', 'large'))
            members = {
                self.fetch('http://203.0.113.31/').split()[1] for _ in range(4)
            }
            self.assertEqual({'203.0.113.11', '2001:db8:113::c'}, members)
            service.delete_load_balancer(created.id, cascade=True)
            resource.wait_for_delete(service, created, interval=0.5, wait=120)

    def _create(self, service: _proxy.Proxy) -> load_balancer.LoadBalancer:
        return self._create_active(
            service,
            name='both',
            vip_subnet_id=subnets.VIP_SUBNET,
            vip_address='203.0.113.30',
            additional_vips=[
                {
                    'subnet_id': networks.VIP.subnets[1].id,
                    'ip_address': '2001:db8:113::30',
                }
            ],
            pools=[
                {
                    'name': 'servers',
                    'protocol': 'HTTP',
                    'lb_algorithm': 'ROUND_ROBIN',
                    'members': [
                        {
                            'address': '2001:db8:2::b',
                            'protocol_port': 8000,
                            'subnet_id': networks.MEMBER.subnets[1].id,
                        }
                    ],
                }
            ],
            listeners=[
                {
                    'protocol': 'HTTP',
                    'protocol_port': 80,
                    'default_pool': {'name': 'servers'},
                },
                {
                    'protocol': 'TERMINATED_HTTPS',
                    'protocol_port': 443,
                    'default_tls_container_ref': config.CERTIFICATE,
                    'default_pool': {'name': 'servers'},
                },
            ],
        )

    def _create_active(
        self, service: _proxy.Proxy, **attributes: Any
    ) -> load_balancer.LoadBalancer:
        """Create a SINGLE load balancer of the tenant's."""
        web = service.find_load_balancer('web')
        assert web is not None
        created = service.create_load_balancer(
            project_id=web.project_id,
            flavor_id=service.find_flavor('small').id,
            **attributes,
        )
        return resource.wait_for_status(
            service,
            created,
            'ACTIVE',
            failures=['ERROR'],
            interval=0.5,
            wait=120,
            attribute='provisioning_status',
        )

    def _check_urls(self) -> None:
        for url in (
            'http://[2001:db8:113::30]/',
            'http://203.0.113.30/',
            'https://[2001:db8:113::30]/',
            'https://203.0.113.30/',
        ):
            self.assertIn('2001:db8:2::b', self.fetch(url), url)
