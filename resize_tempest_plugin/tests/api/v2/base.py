# SPDX-License-Identifier: Apache-2.0

"""Load balancers and flavors for the tests, and what a resize must keep."""

import time
from typing import Any

from tempest import config
from tempest import test
from tempest.lib import exceptions
from tempest.lib.common.utils import data_utils
from tempest.lib.common.utils import test_utils

CONF = config.CONF

SINGLE = 'SINGLE'
ACTIVE_STANDBY = 'ACTIVE_STANDBY'

#: Options that name compute flavors.
FLAVOR = 'compute_flavor'
NEW_FLAVOR = 'new_compute_flavor'
SLOW_FLAVOR = 'slow_compute_flavor'
FAILING_FLAVOR = 'failing_compute_flavor'


class BaseResizeTest(test.BaseTestCase):
    """A test of load balancers of its own, in flavors of its own."""

    credentials = [
        ['project_admin', 'admin'],
        'project_member',
        'project_alt_member',
        'project_reader',
    ]

    @classmethod
    def skip_checks(cls) -> None:
        super().skip_checks()
        if not CONF.service_available.load_balancer_resize:
            raise cls.skipException('This cloud cannot resize load balancers.')

    @classmethod
    def setup_credentials(cls) -> None:
        cls.set_network_resources(network=True, subnet=True)
        super().setup_credentials()

    @classmethod
    def setup_clients(cls) -> None:
        super().setup_clients()
        admin = cls.os_project_admin.load_balancer_resize_v2
        member = cls.os_project_member.load_balancer_resize_v2
        cls.flavors = admin.FlavorClient()
        cls.flavor_profiles = admin.FlavorProfileClient()
        cls.amphorae = admin.AmphoraClient()
        cls.load_balancers = member.LoadBalancerClient()
        cls.listeners = member.ListenerClient()
        cls.pools = member.PoolClient()
        cls.members = member.MemberClient()
        cls.l7policies = member.L7PolicyClient()
        cls.resizes = member.ResizeClient()
        alt_member = cls.os_project_alt_member.load_balancer_resize_v2
        cls.alt_resizes = alt_member.ResizeClient()
        reader = cls.os_project_reader.load_balancer_resize_v2
        cls.reader_resizes = reader.ResizeClient()

    @classmethod
    def resource_setup(cls) -> None:
        super().resource_setup()
        cls.flavor = cls.create_flavor(SINGLE, FLAVOR)
        cls.new_flavor = cls.create_flavor(SINGLE, NEW_FLAVOR)

    @classmethod
    def create_flavor(cls, topology: str, compute_flavor: str) -> str:
        """Create a flavor and its profile, for this class.

        :param compute_flavor: Name of the option that names the compute
            flavor; if it is not set, the profile has none.
        :returns: The flavor's ID.
        """
        name = data_utils.rand_name('resize')
        flavor_data = {'loadbalancer_topology': topology}
        if CONF.load_balancer_resize[compute_flavor]:
            flavor_data['compute_flavor'] = CONF.load_balancer_resize[
                compute_flavor
            ]
        profile_id = cls.flavor_profiles.create_flavor_profile(
            name, CONF.load_balancer_resize.provider, flavor_data
        )['id']
        cls.addClassResourceCleanup(
            test_utils.call_and_ignore_notfound_exc,
            cls.flavor_profiles.delete_flavor_profile,
            profile_id,
        )
        flavor_id: str = cls.flavors.create_flavor(name, profile_id)['id']
        cls.addClassResourceCleanup(
            test_utils.call_and_ignore_notfound_exc,
            cls.flavors.delete_flavor,
            flavor_id,
        )
        return flavor_id

    def create_load_balancer(self, flavor_id: str) -> str:
        """Create a load balancer with all kinds of children.

        :returns: Its ID, once it is ACTIVE.
        """
        name = data_utils.rand_name('resize')
        load_balancer_id: str = self.load_balancers.create_load_balancer(
            name=name,
            provider=CONF.load_balancer_resize.provider,
            flavor_id=flavor_id,
            **self._vip(),
            **_children(),
        )['id']
        self.addCleanup(self._delete, load_balancer_id)
        self.wait_for_load_balancer(load_balancer_id)
        return load_balancer_id

    def _vip(self) -> dict[str, str]:
        subnet_id = CONF.load_balancer_resize.vip_subnet_id
        if subnet_id:
            return {'vip_subnet_id': subnet_id}
        network = self.get_tenant_network('project_member')
        return {'vip_network_id': network['id']}

    def wait_for_load_balancer(
        self, load_balancer_id: str, status: str = 'ACTIVE'
    ) -> dict[str, Any]:
        """Wait until a load balancer is no longer busy.

        :param status: The provisioning status that it then must have.
        :returns: The load balancer.
        :raises AssertionError: It has another one.
        :raises TimeoutException: It is busy for too long.
        """
        deadline = time.monotonic() + CONF.load_balancer_resize.build_timeout
        while True:
            found: dict[str, Any] = self.load_balancers.show_load_balancer(
                load_balancer_id
            )
            if not found['provisioning_status'].startswith('PENDING_'):
                self.assertEqual(status, found['provisioning_status'])
                return found
            if time.monotonic() > deadline:
                raise exceptions.TimeoutException(
                    f'Load balancer {load_balancer_id} is still in '
                    f'{found["provisioning_status"]}'
                )
            time.sleep(CONF.load_balancer_resize.build_interval)

    def get_amphorae(self, load_balancer_id: str) -> dict[str, str]:
        """Return the compute flavor of each amphora, by the amphora's ID."""
        return {
            amphora['id']: amphora['compute_flavor']
            for amphora in self.amphorae.list_amphorae(load_balancer_id)
            if amphora['status'] == 'ALLOCATED'
        }

    def get_fields(self, load_balancer_id: str) -> list[dict[str, Any]]:
        """Return all fields of a load balancer and its children.

        All but its flavor and the times of their last change.
        """
        load_balancer = self.load_balancers.show_load_balancer(
            load_balancer_id
        )
        del load_balancer['flavor_id']
        found = [load_balancer]
        for listener in load_balancer['listeners']:
            found.append(self.listeners.show_listener(listener['id']))
            for policy in found[-1]['l7policies']:
                found.append(self.l7policies.show_l7policy(policy['id']))
                found += self.l7policies.list_l7rules(policy['id'])
        for pool in load_balancer['pools']:
            found.append(self.pools.show_pool(pool['id']))
            found += self.members.list_members(pool['id'])
        for fields in found:
            del fields['updated_at']
        return found

    def assert_flavor(self, load_balancer_id: str, flavor_id: str) -> None:
        """Check the flavor of a load balancer."""
        found = self.load_balancers.show_load_balancer(load_balancer_id)
        self.assertEqual(flavor_id, found['flavor_id'])

    def assert_resize(self, load_balancer_id: str, state: str) -> None:
        """Check the state of the latest resize."""
        found = self.resizes.show_resize(load_balancer_id)
        self.assertEqual(state, found['state'])

    def _delete(self, load_balancer_id: str) -> None:
        deadline = time.monotonic() + CONF.load_balancer_resize.build_timeout
        while time.monotonic() < deadline:
            try:
                self.load_balancers.delete_load_balancer(load_balancer_id)
            except exceptions.Conflict:
                # The load balancer is being deleted, or a test has left
                # it busy.
                pass
            except exceptions.NotFound:
                return
            time.sleep(CONF.load_balancer_resize.build_interval)
        raise exceptions.TimeoutException(
            f'Load balancer {load_balancer_id} was not deleted'
        )


def _children() -> dict[str, Any]:
    pool = data_utils.rand_name('resize')
    return {
        'pools': [
            {
                'name': pool,
                'protocol': 'HTTP',
                'lb_algorithm': 'ROUND_ROBIN',
                'members': [
                    {'address': f'192.0.2.{number}', 'protocol_port': 8000}
                    for number in (1, 2)
                ],
            }
        ],
        'listeners': [
            {
                'name': data_utils.rand_name('resize'),
                'protocol': 'HTTP',
                'protocol_port': 80,
                'default_pool': {'name': pool},
                'l7policies': [
                    {
                        'action': 'REJECT',
                        'rules': [
                            {
                                'type': 'PATH',
                                'compare_type': 'STARTS_WITH',
                                'value': '/admin',
                            }
                        ],
                    }
                ],
            }
        ],
    }
