# SPDX-License-Identifier: Apache-2.0

"""Load balancers for tests, and everything that a resize must keep."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
import contextlib
import time
from typing import Any

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb

from tests.functional import base

_TIMEOUT_SECONDS = 180

# The sandbox's network driver believes that they exist.
_VIP_SUBNET = '1a3b6f52-7d07-4b3e-8f3a-0d1c7d3f5a41'
_MEMBER_SUBNET = 'b7c9e0d4-3c8b-4f7f-a2c4-5f5b6a7d8e90'

# Children by the field that lists them, with their paths below /lbaas.
_CHILDREN = {
    'listeners': 'listeners/{id}',
    'pools': 'pools/{id}',
    'members': 'pools/{parent}/members/{id}',
    'l7policies': 'l7policies/{id}',
    'rules': 'l7policies/{parent}/rules/{id}',
}


class TestCase(base.TestCase):
    """A test with load balancers of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.flavors = {
            flavor.name: flavor.id
            for flavor in self.admin.load_balancer.flavors()
        }

    def create_load_balancer(
        self,
        flavor: str | None,
        *,
        children: bool = True,
        cloud: str = base.MEMBER,
        tags: Sequence[str] = (),
        **attributes: str,
    ) -> _lb.LoadBalancer:
        """Create a load balancer as a tenant, and wait until it is ACTIVE.

        :param flavor: the name of its flavor, None for none.
        :param children: whether it has any.
        :param cloud: as whom.
        :param tags: its tags.
        :param attributes: others that it has.
        """
        name = self.unique('lb')
        tenant = self.connect(cloud).load_balancer
        created = tenant.create_load_balancer(
            name=name,
            vip_subnet_id=_VIP_SUBNET,
            tags=list(tags),
            **attributes,
            **({'flavor_id': self.flavors[flavor]} if flavor else {}),
            **(_children(name) if children else {}),
        )
        self.addCleanup(self._delete, created.id)
        return self.wait_for(created.id, 'ACTIVE')

    def start_resize(
        self,
        load_balancer: _lb.LoadBalancer,
        flavor: str,
        cloud: str = base.MEMBER,
    ) -> None:
        """Request a resize as a tenant, and don't wait."""
        response = self.connect(cloud).load_balancer.put(
            f'/lbaas/loadbalancers/{load_balancer.id}/resize',
            json={'new_flavor_id': self.flavors[flavor]},
        )
        exceptions.raise_from_response(response)

    @contextlib.contextmanager
    def builds_held(
        self, *lbs: _lb.LoadBalancer
    ) -> Iterator[Callable[[str], bool]]:
        """Keep Octavia from building servers while the context is open.

        :param lbs: the load balancers whose servers.
        :returns: returns whether an amphora of a load balancer, given by its
            ID, waits for its server.
        """
        ids = [lb.id for lb in lbs]
        with self.find_sandbox().state.hold_builds(*ids) as waiting:
            yield lambda load_balancer_id: any(
                f'amphora-{amphora.id}' in waiting()
                for amphora in self.admin.load_balancer.amphorae(
                    loadbalancer_id=load_balancer_id
                )
            )

    @contextlib.contextmanager
    def resize_held(self, lb: _lb.LoadBalancer, flavor: str) -> Iterator[None]:
        """Start a resize as a tenant, which waits for its servers."""
        with self.builds_held(lb) as waits:
            self.start_resize(lb, flavor)
            self.wait_until(lambda: waits(lb.id))
            yield

    def start_and_cancel(self, lb: _lb.LoadBalancer) -> base.Finished:
        """Start a resize, and cancel the resize before it can be done.

        :returns: the command that waits for the end of the cancel.
        """
        path = f'/lbaas/loadbalancers/{lb.id}/resize'

        def is_cancelling() -> bool:
            shown = self.member.load_balancer.get(path).json()['resize']
            return shown['state'] == 'CANCELLING'

        with self.resize_held(lb, 'slow'):
            command = self.start_openstack(
                *('loadbalancer', 'resize', 'cancel', '--wait'),
                *('-f', 'json', lb.name),
            )
            self.wait_until(lambda: not command.runs or is_cancelling())
        return command.wait(_TIMEOUT_SECONDS)

    def wait_for(self, load_balancer_id: str, status: str) -> _lb.LoadBalancer:
        """Wait for a provisioning status.

        :raises AssertionError: when it ends in another one, or never does.
        """
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            found = self.get(load_balancer_id)
            if found.provisioning_status == status:
                return found
            if not found.provisioning_status.startswith('PENDING_'):
                break
            time.sleep(0.3)
        raise AssertionError(f'{found.name} is {found.provisioning_status}')

    def wait_until_deleted(self, load_balancer_id: str) -> None:
        """Wait for the end of a load balancer's deletion."""
        self.admin.load_balancer.wait_for_delete(
            _lb.LoadBalancer(id=load_balancer_id),
            interval=1,
            wait=_TIMEOUT_SECONDS,
        )

    def get(self, load_balancer_id: str) -> _lb.LoadBalancer:
        """Return a load balancer as it is now."""
        return self.admin.load_balancer.get_load_balancer(load_balancer_id)

    def amphorae(self, load_balancer_id: str) -> dict[str, str]:
        """Return the compute flavor of each amphora, by the amphora's ID."""
        return {
            amphora.id: amphora.compute_flavor
            for amphora in self.admin.load_balancer.amphorae(
                loadbalancer_id=load_balancer_id
            )
            if amphora.status == 'ALLOCATED'
        }

    def everything(self, load_balancer_id: str) -> dict[str, Any]:
        """Return all fields of a load balancer and of all below it.

        All but the times of their last change.
        """
        found = self._fetch(f'loadbalancers/{load_balancer_id}')
        return {f'loadbalancers/{load_balancer_id}': found} | self._below(
            found
        )

    def assert_unchanged(self, before: dict[str, Any], flavor: str) -> None:
        """Check that nothing has changed but the flavor.

        :param before: what :meth:`everything` has returned.
        :param flavor: the name or ID of the flavor that it has now.
        """
        path = next(iter(before))
        expected = before | {
            path: before[path]
            | {
                'flavor_id': self.flavors.get(flavor, flavor),
                'provisioning_status': 'ACTIVE',
            }
        }
        self.assertEqual(expected, self.everything(path.split('/')[1]))

    def _below(self, parent: dict[str, Any]) -> dict[str, Any]:
        found = {}
        for field, template in _CHILDREN.items():
            for reference in parent.get(field, ()):
                path = template.format(id=reference['id'], parent=parent['id'])
                found[path] = self._fetch(path)
                found |= self._below(found[path])
        if parent.get('healthmonitor_id'):
            path = f'healthmonitors/{parent["healthmonitor_id"]}'
            found[path] = self._fetch(path)
        return found

    def _fetch(self, path: str) -> dict[str, Any]:
        response = self.admin.load_balancer.get(f'/lbaas/{path}')
        exceptions.raise_from_response(response)
        (found,) = response.json().values()
        del found['updated_at']
        return dict(found)

    def _delete(self, load_balancer_id: str) -> None:
        try:
            self.admin.load_balancer.delete_load_balancer(
                load_balancer_id, cascade=True
            )
        except exceptions.ConflictException:
            # A test that has failed may leave it in the middle of something.
            pass


def _children(name: str) -> dict[str, Any]:
    return {
        'pools': [
            {
                'name': f'{name}-web',
                'protocol': 'HTTP',
                'lb_algorithm': 'ROUND_ROBIN',
                'session_persistence': {'type': 'HTTP_COOKIE'},
                'healthmonitor': {
                    'name': f'{name}-health',
                    'type': 'HTTP',
                    'delay': 5,
                    'timeout': 3,
                    'max_retries': 2,
                    'url_path': '/health',
                },
                'members': [
                    {
                        'name': f'{name}-web-{number}',
                        'address': f'192.0.2.{number}',
                        'protocol_port': 8000,
                        'weight': number,
                        'subnet_id': _MEMBER_SUBNET,
                    }
                    for number in (1, 2)
                ],
            },
            {
                'name': f'{name}-static',
                'protocol': 'HTTP',
                'lb_algorithm': 'SOURCE_IP',
                'members': [
                    {
                        'name': f'{name}-static-1',
                        'address': '192.0.2.3',
                        'protocol_port': 8001,
                        'backup': True,
                    }
                ],
            },
        ],
        'listeners': [
            {
                'name': f'{name}-http',
                'protocol': 'HTTP',
                'protocol_port': 80,
                'connection_limit': 500,
                'insert_headers': {'X-Forwarded-For': 'true'},
                'allowed_cidrs': ['198.51.100.0/24'],
                'default_pool': {'name': f'{name}-web'},
                'l7policies': [
                    {
                        'name': f'{name}-images',
                        'action': 'REDIRECT_TO_POOL',
                        'redirect_pool': {'name': f'{name}-static'},
                        'position': 1,
                        'rules': [
                            {
                                'type': 'PATH',
                                'compare_type': 'STARTS_WITH',
                                'value': '/images',
                            },
                            {
                                'type': 'HOST_NAME',
                                'compare_type': 'EQUAL_TO',
                                'value': 'static.example.org',
                                'invert': True,
                            },
                        ],
                    },
                    {
                        'name': f'{name}-no-admin',
                        'action': 'REJECT',
                        'position': 2,
                        'rules': [
                            {
                                'type': 'PATH',
                                'compare_type': 'STARTS_WITH',
                                'value': '/admin',
                            }
                        ],
                    },
                ],
            },
            {
                'name': f'{name}-tcp',
                'protocol': 'TCP',
                'protocol_port': 5000,
            },
        ],
    }
