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
"""Load balancers that a user of a sandbox with traffic creates or loses."""

import subprocess
import time

from openstack import resource

from resize_sandbox.dataplane import config
from resize_sandbox.dataplane import networks
from resize_sandbox.octavia import subnets
from tests.traffic import base

# Heartbeats are missed for 20 s before a failover begins.
_FAILOVER_SECONDS = 150


class TestCase(base.TestCase):
    def fetch(self, url: str) -> str:
        """Return what a client gets, nothing if nobody answers."""
        return subprocess.run(
            [
                *('ip', 'netns', 'exec', self.fabric.names.client),
                *('curl', '--silent', '--insecure', '--max-time', '3', url),
            ],
            capture_output=True,
            text=True,
            check=False,
        ).stdout


class TestListeners(TestCase):
    def test_ipv6_tls_and_an_additional_vip(self) -> None:
        with self.admin as admin:
            service = admin.load_balancer
            created = service.create_load_balancer(
                name='both',
                vip_subnet_id=networks.VIP.subnets[1].id,
                vip_address='2001:db8:113::30',
                additional_vips=[
                    {
                        'subnet_id': subnets.VIP_SUBNET,
                        'ip_address': '203.0.113.30',
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
            self.addCleanup(self._delete, created.id)
            resource.wait_for_status(
                service,
                created,
                'ACTIVE',
                failures=['ERROR'],
                interval=0.5,
                wait=120,
                attribute='provisioning_status',
            )
        for url in (
            'http://[2001:db8:113::30]/',
            'http://203.0.113.30/',
            'https://[2001:db8:113::30]/',
            'https://203.0.113.30/',
        ):
            self.assertIn('2001:db8:2::b', self.fetch(url), url)

    def _delete(self, load_balancer_id: str) -> None:
        with self.admin as admin:
            admin.load_balancer.delete_load_balancer(
                load_balancer_id, cascade=True
            )


class TestHealth(TestCase):
    def test_amphora_dies(self) -> None:
        """Octavia itself sees it, and fails the amphora over."""
        with self.admin as admin:
            service = admin.load_balancer
            found = service.find_load_balancer('web')
            assert found is not None
            resource.wait_for_status(
                service,
                found,
                'ONLINE',
                interval=1,
                wait=60,
                attribute='operating_status',
            )
            (dead,) = service.amphorae(loadbalancer_id=found.id)
            server = self.fabric.cloud.server(dead.compute_id)
            assert server is not None
            self.assertNotEqual('', self.fetch('http://203.0.113.10/'))
            self.fabric.switch_off(server)
            self.assertEqual('', self.fetch('http://203.0.113.10/'))
            deadline = time.monotonic() + _FAILOVER_SECONDS
            while not self.fetch('http://203.0.113.10/'):
                self.assertLess(time.monotonic(), deadline, 'no failover')
                time.sleep(1)
            resource.wait_for_status(
                service,
                found,
                'ACTIVE',
                interval=1,
                wait=60,
                attribute='provisioning_status',
            )
            (new,) = service.amphorae(
                loadbalancer_id=found.id, status='ALLOCATED'
            )
        self.assertNotEqual(dead.id, new.id)
