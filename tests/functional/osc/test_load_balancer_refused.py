# SPDX-License-Identifier: Apache-2.0

from tests.functional import base
from tests.functional import load_balancer


class TestRefusal(load_balancer.TestCase):
    """A resize that is refused changes nothing and says why."""

    def test_while_one_runs(self):
        """The one that runs is not disturbed."""
        lb = self.create_load_balancer('small', children=False)
        with self.resize_held(lb, 'slow'):
            finished = self.openstack(
                *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
                *('-f', 'json', lb.name),
                status=1,
                stderr=['is being resized to slow', '^To cancel that '],
            )
        self.assertEqual('refused', finished.data[0]['result'])
        self.assertEqual(
            self.flavors['slow'], self.wait_for(lb.id, 'ACTIVE').flavor_id
        )

    def _not_found(self, argument: str, cloud: str = base.MEMBER) -> None:
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            *('-f', 'json', argument),
            cloud=cloud,
            status=1,
            stderr=[f"No load balancer with the name or ID '{argument}'"],
        )
        self.assertEqual('not found', finished.data[0]['result'])

    def test_deleted(self):
        lb = self.create_load_balancer('small', children=False)
        self.openstack('loadbalancer', 'delete', '--wait', lb.name)
        self._not_found(lb.id)
        self._not_found(lb.name)

    def test_of_another_tenant_by_name(self):
        lb = self.create_load_balancer('small', children=False)
        self._not_found(lb.name, cloud=base.OTHER)

    def test_of_another_tenant_by_id(self):
        lb = self.create_load_balancer('small', children=False)
        before = self.everything(lb.id)
        self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', lb.id),
            cloud=base.OTHER,
            status=1,
            stderr=[f'roles do not allow to see load balancer {lb.id}'],
        )
        self.assertEqual(before, self.everything(lb.id))

    def test_one_of_several(self):
        """The service's dry run refuses it, also for a tenant."""
        lb = self.create_load_balancer('small', children=False)
        ha = self.create_load_balancer('ha-small', children=False)
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'ha-large', '--wait'),
            *('-f', 'json', ha.name, lb.name),
            status=1,
            stderr=[
                f'{lb.name} .* cannot be resized to ha-large: .*topology',
                'None of the load balancers was',
            ],
        )
        self.assertEqual(
            ['not started', 'refused'],
            [row['result'] for row in finished.data],
        )
        self.assertEqual(self.flavors['ha-small'], self.get(ha.id).flavor_id)
