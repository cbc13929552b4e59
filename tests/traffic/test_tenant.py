# SPDX-License-Identifier: Apache-2.0
"""Load balancers that a tenant creates."""

from collections.abc import Sequence
from typing import Any

from openstack import exceptions
from openstack import resource
from openstack.load_balancer.v2 import _proxy
from openstack.load_balancer.v2 import load_balancer

from resize_sandbox.dataplane import config
from resize_sandbox.dataplane import networks
from resize_sandbox.octavia import subnets
from resize_sandbox.state import Step
from tests.traffic import base

#: Addresses and subnets of the members of a load balancer.
_NEAR = (
    ('203.0.113.11', networks.VIP.subnets[0]),
    ('2001:db8:113::c', networks.VIP.subnets[1]),
)

_FAR = (('2001:db8:2::b', networks.MEMBER.subnets[1]),)
_HTTP = {
    'protocol': 'HTTP',
    'protocol_port': 80,
    'default_pool': {'name': 'servers'},
}


class ListenersTestCase(base.TestCase):
    """A test that creates load balancers of its own."""

    def create(self, service: _proxy.Proxy) -> load_balancer.LoadBalancer:
        return self.create_active(
            service,
            'both',
            '203.0.113.30',
            additional_vips=[
                {
                    'subnet_id': networks.VIP.subnets[1].id,
                    'ip_address': '2001:db8:113::30',
                }
            ],
            listeners=[
                # More than haproxy may open files for
                {**_HTTP, 'connection_limit': 1000000},
                {
                    'protocol': 'TERMINATED_HTTPS',
                    'protocol_port': 443,
                    'default_tls_container_ref': config.CERTIFICATE,
                    'default_pool': {'name': 'servers'},
                },
            ],
        )

    def create_active(
        self,
        service: _proxy.Proxy,
        name: str,
        address: str,
        *,
        flavor: str = 'small',
        members: Sequence[tuple[str, networks.Subnet]] = _FAR,
        monitor: dict[str, Any] | None = None,
        **attributes: Any,
    ) -> load_balancer.LoadBalancer:
        """Create a load balancer of the tenant's."""
        web = service.find_load_balancer('web')
        assert web is not None
        pool = {
            'name': 'servers',
            'protocol': 'HTTP',
            'lb_algorithm': 'ROUND_ROBIN',
            'members': [
                {
                    'address': member,
                    'protocol_port': 8000,
                    'subnet_id': subnet.id,
                }
                for member, subnet in members
            ],
        }
        if monitor is not None:
            pool['healthmonitor'] = monitor
        created = service.create_load_balancer(
            name=name,
            project_id=web.project_id,
            flavor_id=service.find_flavor(flavor).id,
            vip_address=address,
            pools=[pool],
            **{
                'vip_subnet_id': subnets.VIP_SUBNET,
                'listeners': [_HTTP],
                **attributes,
            },
        )
        return self.wait_until_active(service, created)

    def wait_until_active(
        self, service: _proxy.Proxy, found: load_balancer.LoadBalancer
    ) -> load_balancer.LoadBalancer:
        return resource.wait_for_status(
            service,
            service.get_load_balancer(found.id),
            'ACTIVE',
            failures=['ERROR'],
            interval=0.5,
            wait=120,
            attribute='provisioning_status',
        )

    def delete(
        self, service: _proxy.Proxy, created: load_balancer.LoadBalancer
    ) -> None:
        """Delete a load balancer, and return when it is deleted."""
        service.delete_load_balancer(created.id, cascade=True)
        resource.wait_for_delete(service, created, interval=0.5, wait=120)

    def check_urls(self) -> None:
        for url in (
            'http://[2001:db8:113::30]/',
            'http://203.0.113.30/',
            'https://[2001:db8:113::30]/',
            'https://203.0.113.30/',
        ):
            self.assertIn('2001:db8:2::b', self.fetch(url), url)


class TestListeners(ListenersTestCase):
    def test_tls_and_an_additional_vip_of_ipv6(self) -> None:
        """A resize of all of it, and a delete of what was resized."""
        with self.admin as admin:
            service = admin.load_balancer
            created = self.create(service)
            amphorae = list(service.amphorae(loadbalancer_id=created.id))
            self.check_urls()
            # The new amphora sees no other owner of the IPv6 address.
            report = self.resize('both', 'large')
            self.check_unnoticed(report, breaks=[1])
            self.assertGreater(report['http2_requests'], 100)
            self.check_urls()
            amphorae += service.amphorae(loadbalancer_id=created.id)
            self.delete(service, created)
        # Nothing of the first amphora, of the second, or of the VIPs is left.
        cloud = self.fabric.cloud
        self.assertEqual(2, len({one.compute_id for one in amphorae}))
        for one in amphorae:
            self.assertIsNone(cloud.server(one.compute_id))
            self.assertEqual([], cloud.ports_of(one.compute_id))
            self.assertIsNone(cloud.port(one.vrrp_port_id))
        self.assertIsNone(cloud.port(created.vip_port_id))

    def test_members_on_the_vip_s_network(self) -> None:
        """On the VIP's subnet and on another one, and they are checked."""
        with self.admin as admin:
            service = admin.load_balancer
            created = self.create_active(
                service,
                'near',
                '203.0.113.31',
                members=_NEAR,
                monitor={
                    'type': 'TCP',
                    'delay': 5,
                    'timeout': 3,
                    'max_retries': 3,
                },
            )
            self.check_unnoticed(self.resize('near', 'large'))
            members = {
                self.fetch('http://203.0.113.31/').split()[1] for _ in range(4)
            }
            self.assertEqual({'203.0.113.11', '2001:db8:113::c'}, members)
            self.delete(service, created)

    def test_pair_with_an_ipv6_vip(self) -> None:
        """Linux still sends from an IPv6 address that is removed.

        So the old master closes its connections after it has released the
        VIP. A client of one that it did not close would wait for 5 s.
        """
        with self.admin as admin:
            service = admin.load_balancer
            created = self.create_active(
                service,
                'six',
                '2001:db8:113::33',
                flavor='ha-small',
                vip_subnet_id=networks.VIP.subnets[1].id,
            )
            self.check_unnoticed(
                self.resize('six', 'ha-large'), breaks=[1], cold_failed=30
            )
            self.delete(service, created)

    def test_nothing_that_haproxy_could_bind(self) -> None:
        """Serves again as soon as a listener is enabled."""
        for flavors in (('small', 'large'), ('ha-small', 'ha-large')):
            with self.subTest(flavors=flavors), self.admin as admin:
                self._check_disabled(admin.load_balancer, *flavors)

    def _check_disabled(
        self, service: _proxy.Proxy, flavor: str, other_flavor: str
    ) -> None:
        created = self.create_active(
            service,
            'off',
            '203.0.113.32',
            flavor=flavor,
            listeners=[{**_HTTP, 'admin_state_up': False}],
        )
        (listener,) = service.listeners(load_balancer_id=created.id)
        service.update_listener(listener, admin_state_up=True)
        self.wait_until_active(service, created)
        self.wait_for_answer('http://203.0.113.32/', 30)
        service.update_listener(listener, admin_state_up=False)
        self.wait_until_active(service, created)
        self.run_on_it(
            *('openstack', 'loadbalancer', 'resize', '--wait'),
            *('--flavor', other_flavor, 'off'),
        )
        service.update_listener(listener, admin_state_up=True)
        self.wait_until_active(service, created)
        self.wait_for_answer('http://203.0.113.32/', 30)
        self.delete(service, created)


class TestListenersThatNoAmphoraRuns(base.TestCase):
    def test_refused(self) -> None:
        with self.admin as admin:
            service = admin.load_balancer
            web = service.find_load_balancer('web')
            assert web is not None
            for protocol in ('UDP', 'SCTP', 'PROMETHEUS'):
                listener = {'protocol': protocol, 'protocol_port': 9999}
                for create, attributes in (
                    (
                        service.create_listener,
                        {'load_balancer_id': web.id, **listener},
                    ),
                    (
                        service.create_load_balancer,
                        {
                            'name': 'refused',
                            'project_id': web.project_id,
                            'vip_subnet_id': subnets.VIP_SUBNET,
                            'listeners': [listener],
                        },
                    ),
                ):
                    exc = self.assertRaises(
                        exceptions.HttpException, create, **attributes
                    )
                    self.assertIn(f'{protocol} listeners', str(exc.details))
            self.assertIsNone(service.find_load_balancer('refused'))


class TestFailedSwitch(ListenersTestCase):
    kills = True

    def test_switch_fails(self) -> None:
        """The VIPs answer again, before a cancel says so."""
        with self.admin as admin:
            service = admin.load_balancer
            created = self.create(service)
            (old,) = service.amphorae(loadbalancer_id=created.id)
            self.check_urls()
            path = f'/lbaas/loadbalancers/{created.id}/resize'
            large = service.find_flavor('large')
            with self.sandbox.state.hold(Step.VIP) as waiting:
                service.put(
                    path,
                    json={'new_flavor_id': large.id, 'drain_seconds': 0},
                )
                self.wait_until(waiting)
                self._lose_server_of(*waiting())
            resource.wait_for_status(
                service,
                created,
                'ERROR',
                failures=['ACTIVE'],
                interval=0.5,
                wait=150,
                attribute='provisioning_status',
            )
            self.check_urls()
            (again,) = service.amphorae(loadbalancer_id=created.id)
            self.assertEqual((old.id, 'ALLOCATED'), (again.id, again.status))
            service.delete(path, params={'cancel': 'true'})
            self.assertEqual(
                'ACTIVE',
                service.get_load_balancer(created.id).provisioning_status,
            )
            self.check_urls()
            self.delete(service, created)

    def _lose_server_of(self, port_id: str) -> None:
        """Switch a new amphora off, whose VIP port was enabled."""
        cloud = self.fabric.cloud
        port = cloud.port(port_id)
        assert port is not None and port.server_id is not None
        self.assertEqual(
            (networks.VIP.id, True), (port.network_id, port.is_up)
        )
        server = cloud.server(port.server_id)
        assert server is not None
        self.fabric.switch_off(server)
