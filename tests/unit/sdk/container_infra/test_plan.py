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

from resize_client.sdk.container_infra import plan as _plan
from tests.unit.sdk import base
from tests.unit.sdk import cloud

DEV = cloud.cluster()
MASTERS = cloud.nodegroup(DEV, node_count=7)


class TestPlan(base.TestCase):
    def _plan(
        self, wanted: int, /, cluster=None, **nodegroup
    ) -> _plan.ResizePlan:
        self.cloud.clusters({**DEV, **(cluster or {})})
        self.cloud.nodegroups({**MASTERS, **nodegroup})
        return _plan.plan_resize(
            self.conn.container_infrastructure_management,
            'dev',
            wanted,
            nodegroup='default-master',
        )

    def test_plan(self) -> None:
        plan = self._plan(5)
        self.assertEqual(DEV['uuid'], plan.cluster.id)
        self.assertEqual(7, plan.nodegroup.node_count)
        self.assertEqual((), plan.refusals)
        self.assertFalse(plan.is_unchanged)
        self.assertFalse(plan.is_running)
        self.assertEqual(((), ()), (plan.warnings, plan.steps))
        # The cluster and the nodegroup
        self.assertEqual(2, len(self.cloud.asked()))

    def test_steps(self) -> None:
        self.assertEqual((5, 3), self._plan(3).steps)
        self.assertEqual((5, 3, 1), self._plan(1).steps)
        for node_count in (0, 5, 9):
            self.assertEqual((), self._plan(node_count).steps)

    def test_refused(self) -> None:
        self.assertEqual(1, len(self._plan(2).refusals))

    def test_steps_from_an_even_number(self) -> None:
        # Such as somebody may have got before Magnum checked it
        self.assertEqual((), self._plan(3, node_count=4).steps)
        self.assertEqual((3, 1), self._plan(1, node_count=4).steps)

    def test_unchanged(self) -> None:
        self.assertTrue(self._plan(7).is_unchanged)
        self.assertFalse(self._plan(7, status='UPDATE_FAILED').is_unchanged)
        # Something else may be going on with the cluster.
        for status in ('UPDATE_IN_PROGRESS', 'UPDATE_FAILED'):
            plan = self._plan(7, cluster={'status': status})
            self.assertFalse(plan.is_unchanged)

    def test_running(self) -> None:
        busy = {'status': 'UPDATE_IN_PROGRESS'}
        plan = self._plan(7, cluster=busy, **busy)
        self.assertTrue(plan.is_running)
        self.assertFalse(plan.is_left_over)
        self.assertFalse(plan.is_unchanged)
        self.assertFalse(self._plan(5, cluster=busy, **busy).is_running)

    def test_left_over(self) -> None:
        plan = self._plan(7, status='UPDATE_IN_PROGRESS')
        self.assertFalse(plan.is_running)
        self.assertTrue(plan.is_left_over)
        self.assertFalse(plan.is_unchanged)

    def test_left_to_the_driver(self) -> None:
        self.assertIn('Magnum tells', str(self._plan(5).left_to_the_driver))
        self.assertIsNone(self._plan(5, role='worker').left_to_the_driver)
