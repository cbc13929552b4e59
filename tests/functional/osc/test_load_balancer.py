# SPDX-License-Identifier: Apache-2.0

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
