# SPDX-License-Identifier: Apache-2.0

from tests.functional import base
from tests.functional import load_balancer


class TestResize(load_balancer.TestCase):
    """A resize that is done: what changes, what doesn't, what is shown."""

    def _resize(
        self, lb_id: str, argument: str, flavor: str, previous: str
    ) -> None:
        before = self.everything(lb_id)
        amphorae = self.amphorae(lb_id)

        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', flavor, '--wait'),
            *('-f', 'json', argument),
            stderr=[
                f'^To undo: openstack loadbalancer resize --wait '
                f'--flavor {previous} {argument}$'
            ],
        )

        self.assertEqual(
            [
                {
                    'id': lb_id,
                    'name': self.get(lb_id).name,
                    'previous_flavor': previous,
                    'new_flavor': flavor,
                    'provisioning_status': 'ACTIVE',
                    'result': 'resized',
                }
            ],
            finished.data,
        )
        self.assert_unchanged(before, flavor)
        replaced = self.amphorae(lb_id)
        self.assertEqual(len(amphorae), len(replaced))
        self.assertEqual(set(), set(amphorae) & set(replaced))
        self.assertEqual({'sandbox.small'}, set(amphorae.values()))
        self.assertEqual({'sandbox.large'}, set(replaced.values()))

    def test_by_name(self):
        lb = self.create_load_balancer('small')
        self._resize(lb.id, lb.name, 'large', 'small')
        self.assertEqual(1, len(self.amphorae(lb.id)))

    def test_by_id_active_standby(self):
        lb = self.create_load_balancer('ha-small')
        self._resize(lb.id, lb.id, 'ha-large', 'ha-small')
        self.assertEqual(2, len(self.amphorae(lb.id)))

    def test_flavor_by_id(self):
        lb = self.create_load_balancer('small', children=False)
        finished = self.openstack(
            *('loadbalancer', 'resize', '--wait', '-f', 'json'),
            *('--flavor', self.flavors['large'], lb.name),
            stderr=['^To undo: '],
        )
        self.assertEqual('large', finished.data[0]['new_flavor'])
        self.assertEqual(self.flavors['large'], self.get(lb.id).flavor_id)

    def test_and_back(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        for flavor in ('large', 'small'):
            self.openstack(
                *('loadbalancer', 'resize', '--wait', '-f', 'json'),
                *('--flavor', flavor, lb.name),
                stderr=['^To undo: '],
            )
        self.assert_unchanged(before, 'small')
        self.assertEqual(
            ['sandbox.small'], list(self.amphorae(lb.id).values())
        )

    def test_of_a_tenant_by_an_administrator(self):
        lb = self.create_load_balancer('small', children=False)
        self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            lb.name,
            cloud=base.ADMIN,
            stderr=['^To undo: '],
        )
        self.assertEqual(self.flavors['large'], self.get(lb.id).flavor_id)

    def test_without_wait(self):
        lb = self.create_load_balancer('small', children=False)
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '-f', 'json'),
            lb.name,
            stderr=[
                f'^To cancel: openstack loadbalancer resize cancel {lb.name}$'
            ],
        )
        (row,) = finished.data
        self.assertEqual('PENDING_UPDATE', row['provisioning_status'])
        self.assertEqual('accepted', row['result'])
        self.assertEqual(
            self.flavors['large'], self.wait_for(lb.id, 'ACTIVE').flavor_id
        )

    def test_quietly(self):
        lb = self.create_load_balancer('small', children=False)
        finished = self.openstack(
            *('-q', 'loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            *('-f', 'value', '-c', 'result', lb.name),
        )
        self.assertEqual('resized\n', finished.stdout)
        self.assertEqual('', finished.stderr)

    def test_several(self):
        lbs = [
            self.create_load_balancer('small', children=False)
            for _ in range(3)
        ]
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            *('-f', 'json', lbs[0].name, lbs[1].id, lbs[2].name),
            stderr=['^To undo: '],
        )
        self.assertEqual(
            [(lb.id, 'resized') for lb in lbs],
            [(row['id'], row['result']) for row in finished.data],
        )
        for lb in lbs:
            self.assertEqual(self.flavors['large'], self.get(lb.id).flavor_id)

    def test_already(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        amphorae = self.amphorae(lb.id)
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'small', '--wait'),
            *('-f', 'json', lb.name),
            stderr=[f'{lb.name} .*already has flavor small$'],
        )
        self.assertEqual('unchanged', finished.data[0]['result'])
        self.assertEqual(before, self.everything(lb.id))
        self.assertEqual(amphorae, self.amphorae(lb.id))

    def test_dry_run(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        finished = self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'large', '--dry-run'),
            *('-f', 'json', lb.name),
            cloud=base.ADMIN,
            stderr=['^Traffic meanwhile: '],
        )
        self.assertIn(
            {
                'load_balancer': lb.name,
                'subject': 'compute_flavor',
                'from': 'sandbox.small',
                'to': 'sandbox.large',
                'result': 'changes',
            },
            finished.data,
        )
        self.assertEqual(before, self.everything(lb.id))
