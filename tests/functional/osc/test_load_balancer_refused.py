# SPDX-License-Identifier: Apache-2.0

from tests.functional import base
from tests.functional import load_balancer

# How often to try what must happen while a "slow" resize runs.
_ATTEMPTS = 5


class TestRefusal(load_balancer.TestCase):
    """A resize that is refused changes nothing and says why."""

    def _refused(
        self,
        flavor: str,
        *reasons: str,
        of: str = 'small',
        cloud: str = base.MEMBER,
    ) -> None:
        lb = self.create_load_balancer(of)
        before = self.everything(lb.id)
        amphorae = self.amphorae(lb.id)
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', flavor, '--wait'),
            *('-f', 'json', lb.name),
            cloud=cloud,
            status=1,
            stderr=[''.join(f'(?=.*{reason})' for reason in reasons)],
        )
        (row,) = finished.data
        self.assertEqual(lb.id, row['id'])
        self.assertEqual(of, row['previous_flavor'])
        self.assertEqual(flavor, row['new_flavor'])
        self.assertEqual('refused', row['result'])
        self.assertEqual(before, self.everything(lb.id))
        self.assertEqual(amphorae, self.amphorae(lb.id))

    def test_other_topology(self):
        self._refused(
            'ha-large',
            'topology ACTIVE_STANDBY',
            'SINGLE',
            'Choose one of: broken, large, slow[.]',
        )

    def test_other_topology_of_active_standby(self):
        self._refused(
            'large', 'topology SINGLE', 'ACTIVE_STANDBY', of='ha-small'
        )

    def test_disabled_flavor(self):
        self._refused('retired', 'retired', 'disabled')

    def test_other_provider(self):
        self._refused('other', 'noop_driver', 'amphora')

    def test_reader(self):
        self._refused('large', 'roles do not allow it', cloud=base.READER)

    def test_unknown_flavor(self):
        lb = self.create_load_balancer('small', children=False)
        flavor = self.unique('flavor')
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', flavor, '-f', 'json'),
            lb.name,
            status=1,
            stderr=[f"'{flavor}' found; '.*flavor list' shows "],
        )
        self.assertEqual('', finished.stdout)

    def _not_found(self, argument: str, cloud: str = base.MEMBER) -> None:
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            *('-f', 'json', argument),
            cloud=cloud,
            status=1,
            stderr=[f"No load balancer with the name or ID '{argument}'"],
        )
        self.assertEqual('not found', finished.data[0]['result'])

    def test_unknown_name(self):
        self._not_found(self.unique('nobody'))

    def test_unknown_id(self):
        self._not_found('00000000-1111-4222-8333-444444444444')

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

    def test_while_one_runs(self):
        lb = self.create_load_balancer('small', children=False)
        for _ in range(_ATTEMPTS):
            self.start_resize(lb, 'slow')
            finished = self.run_openstack(
                *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
                *('-f', 'json', lb.name),
            )
            if finished.status:
                break
            # On a busy machine it came when that one was done.
        self.assertEqual(1, finished.status, finished)
        self.assertEqual('refused', finished.data[0]['result'])
        self.assertIn('is being resized to slow', finished.stderr)
        # The one that runs is not disturbed.
        self.assertEqual(
            self.flavors['slow'], self.wait_for(lb.id, 'ACTIVE').flavor_id
        )
