# SPDX-License-Identifier: Apache-2.0

from openstack.load_balancer.v2 import load_balancer as _lb

from tests.functional import base
from tests.functional import load_balancer
from tests.functional.openstack_command import Finished


class TestFailure(load_balancer.TestCase):
    """A resize that fails on the way can be tried again."""

    def _fail_and_recover(self, flavor: str, *, of: str, to: str) -> None:
        lb = self.create_load_balancer(of)
        before = self.everything(lb.id)
        failed = self.openstack(
            *('loadbalancer', 'resize', '--flavor', flavor, '--wait'),
            *('-f', 'json', lb.name),
            status=1,
            stderr=[
                f'{lb.name} .* is ERROR with flavor {of}: '
                'The compute service could not provide an amphora',
                f'^To cancel: openstack loadbalancer resize cancel {lb.name}$',
                '^To try again: ',
            ],
        )
        (row,) = failed.data
        self.assertEqual(of, row['previous_flavor'])
        self.assertEqual('ERROR', row['provisioning_status'])
        self.assertEqual('failed', row['result'])
        broken = self.get(lb.id)
        self.assertEqual('ERROR', broken.provisioning_status)
        self.assertEqual(self.flavors[of], broken.flavor_id)

        self.openstack(
            *('loadbalancer', 'resize', '--flavor', to, '--wait'),
            *('-f', 'json', lb.name),
            stderr=['^To undo: '],
        )
        self.assert_unchanged(before, to)
        self.assertEqual({'sandbox.large'}, set(self.amphorae(lb.id).values()))

    def test_single(self):
        self._fail_and_recover('broken', of='small', to='large')

    def _fail(self, lb: _lb.LoadBalancer) -> Finished:
        return self.openstack(
            *('loadbalancer', 'resize', '--flavor', 'broken', '--wait'),
            *('-f', 'json', lb.name),
            status=1,
            stderr=['is ERROR with ', '^To cancel: ', '^To try again: '],
        )

    def test_shown(self):
        lb = self.create_load_balancer('small', children=False)
        self._fail(lb)
        for cloud, detail in ((base.MEMBER, None), (base.ADMIN, 'No valid')):
            shown = self.openstack(
                *('loadbalancer', 'resize', 'show', '-f', 'json', lb.name),
                cloud=cloud,
            ).data
            self.assertEqual(
                (lb.id, lb.name, 'FAILED', None, 'small', 'broken'),
                (
                    *(shown['loadbalancer_id'], shown['name']),
                    *(shown['state'], shown['phase']),
                    *(shown['previous_flavor'], shown['new_flavor']),
                ),
            )
            self.assertIn('could not provide an amphora', shown['reason'])
            self.assertTrue(shown['request_id'].startswith('req-'))
            self.assertLess(shown['created_at'], shown['updated_at'])
            if detail is None:
                self.assertIsNone(shown['detail'])
            else:
                self.assertIn(detail, shown['detail'])

    def test_cancel_as_it_is_printed(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        amphorae = self.amphorae(lb.id)
        failed = self._fail(lb)
        self.type_hint(failed, 'To cancel')
        self.assert_unchanged(before, 'small')
        self.assertEqual(amphorae, self.amphorae(lb.id))

    def _cancel_in_error(
        self, flavor: str | None
    ) -> tuple[_lb.LoadBalancer, Finished]:
        """Cancel a resize of a load balancer that was in ERROR before."""
        lb = self.create_load_balancer(flavor)
        self._fail(lb)
        finished = self.start_and_cancel(lb)
        self.assertEqual(0, finished.status, finished)
        self.assertIn(
            f'is cancelled; the load balancer is ERROR with '
            f'{f"flavor {flavor}" if flavor else "no flavor"}, as before\n',
            finished.stderr,
        )
        return lb, finished

    def test_rebuilding_as_it_is_printed(self):
        lb, cancelled = self._cancel_in_error('small')
        before = self.everything(lb.id)
        amphorae = self.amphorae(lb.id)
        self.type_hint(cancelled, 'To rebuild with flavor small')
        self.assert_unchanged(before, 'small')
        rebuilt = self.amphorae(lb.id)
        self.assertEqual(['sandbox.small'], list(rebuilt.values()))
        self.assertNotEqual(amphorae, rebuilt)

    def test_failing_over_as_it_is_printed(self):
        """A resize can't go back to no flavor."""
        lb, cancelled = self._cancel_in_error(None)
        before = self.everything(lb.id)
        amphorae = self.amphorae(lb.id)
        self.type_hint(
            cancelled,
            'An administrator can fail the load balancer over',
            cloud=base.ADMIN,
        )
        self.wait_for(lb.id, 'ACTIVE')
        path = f'loadbalancers/{lb.id}'
        self.assertEqual(
            before[path] | {'provisioning_status': 'ACTIVE'},
            self.everything(lb.id)[path],
        )
        self.assertNotEqual(amphorae, self.amphorae(lb.id))


class TestWaiting(load_balancer.TestCase):
    def test_timeout(self):
        lb = self.create_load_balancer('small', children=False)
        with self.builds_held(lb):
            finished = self.openstack(
                *('loadbalancer', 'resize', '--flavor', 'slow', '--wait'),
                *('--timeout', '1', '-f', 'json', lb.name),
                status=124,
                stderr=[
                    'Timed out after 1 second.*the resize continues',
                    '^To check: openstack loadbalancer resize show ',
                    '^To cancel: openstack loadbalancer resize cancel ',
                ],
            )
        self.assertIn(
            '| new_flavor', self.type_hint(finished, 'To check').stdout
        )
        (row,) = finished.data
        self.assertEqual('timed out', row['result'])
        self.assertEqual('PENDING_UPDATE', row['provisioning_status'])
        self.assertEqual(
            self.flavors['slow'], self.wait_for(lb.id, 'ACTIVE').flavor_id
        )


class TestCancel(load_balancer.TestCase):
    def test_running(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        amphorae = self.amphorae(lb.id)
        with self.resize_held(lb, 'slow'):
            started = self.openstack(
                *('loadbalancer', 'resize', '--flavor', 'slow', lb.name),
                stderr=['is being resized to slow already', '^To cancel: '],
            )
            self.type_hint(started, 'To cancel')
        self.wait_for(lb.id, 'ACTIVE')
        self.assert_unchanged(before, 'small')
        self.assertEqual(amphorae, self.amphorae(lb.id))

    def test_none(self):
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        self.openstack(
            *('loadbalancer', 'resize', 'cancel', '--wait', lb.name),
            status=1,
            stderr=['has never been resized'],
        )
        self.assertEqual(before, self.everything(lb.id))
