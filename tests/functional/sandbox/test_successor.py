# SPDX-License-Identifier: Apache-2.0

"""The day on which Octavia has a resize of its own: ours is switched off."""

from resize_sandbox.sandbox import Sandbox
from tests.functional import load_balancer
from tests.functional import shared_sandbox


class TestWhenOctaviaResizes(load_balancer.TestCase):
    """One database: with ours, with the specification's, and with ours."""

    def setUp(self) -> None:
        self.sandbox: Sandbox = shared_sandbox.own('successor')
        self.addCleanup(shared_sandbox.discard, self.sandbox)
        shared_sandbox.command('up', self.sandbox, '--octavia', 'resize')
        super().setUp()

    def find_sandbox(self) -> Sandbox:
        return self.sandbox

    def _switch_to(self, octavia: str) -> None:
        self.sandbox.down()
        shared_sandbox.command('up', self.sandbox, '--octavia', octavia)
        self.sandbox = Sandbox(self.sandbox.state.root)

    def _resize(self, load_balancer_id: str, flavor: str) -> None:
        before = self.everything(load_balancer_id)
        self.start_resize(self.get(load_balancer_id), flavor)
        self.wait_for(load_balancer_id, 'ACTIVE')
        self.assert_unchanged(before, flavor)
        self.assertEqual(
            {f'sandbox.{flavor}'},
            set(self.amphorae(load_balancer_id).values()),
        )

    def test_switch_and_back(self) -> None:
        lb = self.create_load_balancer('small')
        path = f'/lbaas/loadbalancers/{lb.id}/resize'
        self._resize(lb.id, 'large')
        failed = self.create_load_balancer('small', children=False)
        self.start_resize(failed, 'broken')
        self.wait_for(failed.id, 'ERROR')

        self._switch_to('specification')
        answer = self.member.load_balancer.get(path).json()
        self.assertIn('loadbalancers', answer)
        self._resize(lb.id, 'small')
        # A failure of ours is repaired, and the record is in nobody's way.
        self._resize(failed.id, 'large')
        self.member.load_balancer.delete_load_balancer(failed.id)
        self.wait_until_deleted(failed.id)

        self._switch_to('resize')
        shown = self.member.load_balancer.get(path).json()['resize']
        self.assertEqual(
            ('COMPLETED', 'large'), (shown['state'], shown['new_flavor_name'])
        )
        self._resize(lb.id, 'large')
