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

"""Cancel of a resize, on a real Octavia."""

from testtools.content import text_content

from tests.unit.octavia_resize import base


class CancelTestCase(base.TestCase):
    def _cancel(self, lb_id: str) -> None:
        response = self.request('DELETE', lb_id)
        self.assertEqual(202, response.status_int, response.text)

    def _check(self, lb_id: str, flavor_id: str, roles: set[str]) -> None:
        self.assertEqual(
            {'status': 'ACTIVE', 'flavor_id': flavor_id},
            self.get_load_balancer(lb_id),
        )
        self.assertEqual('CANCELLED', self.get_resize(lb_id).state)
        self.assertEqual(
            {(role, 'ALLOCATED', 'sandbox.small') for role in roles},
            {amphora[1:] for amphora in self.get_amphorae(lb_id)},
        )
        self.assertEqual(len(roles), len(self.get_amphorae(lb_id)))

    def _each_task(
        self,
        previous: str,
        new: str,
        topology: str,
        roles: set[str],
        step: int = 1,
    ) -> None:
        lb_id = self.create_load_balancer(previous, topology)
        self.resize(lb_id, new)
        begun = base.run_worker(self, lb_id)
        for number, name in list(enumerate(begun[:-1]))[::step]:
            lb_id = self.create_load_balancer(previous, topology)
            before = self.get_amphorae(lb_id)
            children = self.get_children(lb_id)
            self.resize(lb_id, new)
            base.run_worker(
                self, lb_id, after={number: lambda: self._cancel(lb_id)}
            )
            self.addDetail('cancelled after', text_content(name))
            self._check(lb_id, previous, roles)
            self.assertEqual(children, self.get_children(lb_id))
            left = {a[0] for a in before} - {*self.get_resize(lb_id).replaced}
            self.assertLessEqual(
                left, {a[0] for a in self.get_amphorae(lb_id)}
            )


class TestSingle(CancelTestCase):
    def test_queued(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        amphorae = self.get_amphorae(lb_id)
        self.resize(lb_id, self.large)
        self._cancel(lb_id)
        self._check(lb_id, self.small, {'STANDALONE'})
        self.assertEqual([], base.run_worker(self, lb_id))
        self._check(lb_id, self.small, {'STANDALONE'})
        self.assertEqual(amphorae, self.get_amphorae(lb_id))

    def test_each_task(self) -> None:
        self._each_task(self.small, self.large, 'SINGLE', {'STANDALONE'})


class TestActiveStandby(CancelTestCase):
    def test_each_task(self) -> None:
        self._each_task(
            self.ha_small,
            self.ha_large,
            'ACTIVE_STANDBY',
            {'MASTER', 'BACKUP'},
            # The flow looks for a cancel five times only: this is enough to
            # hit each stretch in between.
            step=3,
        )
