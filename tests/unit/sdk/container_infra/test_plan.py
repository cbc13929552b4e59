# SPDX-License-Identifier: Apache-2.0

from resize_client.sdk.container_infra import plan
from resize_client.sdk.container_infra import resize_state
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.outcome import Result
from tests.unit.sdk import base
from tests.unit.sdk import cloud

DEV = cloud.cluster()
MASTERS = cloud.nodegroup(DEV, node_count=7)


class TestPlan(base.TestCase):
    def _plan(
        self, wanted: int, /, cluster=None, force=False, **nodegroup
    ) -> Outcome:
        self.cloud.clusters({**DEV, **(cluster or {})})
        self.cloud.nodegroups({**MASTERS, **nodegroup})
        return plan.plan_resize(
            self.conn.container_infrastructure_management,
            'dev',
            wanted,
            nodegroup='default-master',
            force=force,
        )

    def _result(self, wanted: int, /, cluster=None, **nodegroup) -> Result:
        return self._plan(wanted, cluster, **nodegroup).result

    def test_keeps_what_was_requested(self) -> None:
        outcome = self._plan(5)
        self.assertEqual(
            ('dev', 'default-master', 5, (), Result.NOT_STARTED, None),
            (
                outcome.argument,
                outcome.nodegroup_argument,
                outcome.node_count,
                outcome.nodes_to_remove,
                outcome.result,
                outcome.error,
            ),
        )
        self.assertEqual(DEV['uuid'], outcome.before.cluster.id)
        self.assertEqual(7, outcome.nodegroup.node_count)
        # The cluster and the nodegroup
        self.assertEqual(2, len(self.cloud.requested()))

    def test_refused(self) -> None:
        outcome = self._plan(
            2, cluster={'status': 'CREATE_FAILED', 'project_id': 'b0b'}
        )
        self.assertEqual(Result.REFUSED, outcome.result)
        self.assertEqual(
            ['project', 'state', 'node count'], list(outcome.error.reasons)
        )

    def test_unchanged(self) -> None:
        self.assertEqual(Result.UNCHANGED, self._result(7))
        failed = {'status': 'UPDATE_FAILED'}
        self.assertEqual(Result.NOT_STARTED, self._result(7, **failed))
        # Another operation may be in progress in the cluster.
        for status in ('UPDATE_IN_PROGRESS', 'UPDATE_FAILED'):
            self.assertEqual(
                Result.NOT_STARTED, self._result(7, {'status': status})
            )

    def test_running(self) -> None:
        busy = {'status': 'UPDATE_IN_PROGRESS'}
        outcome = self._plan(7, busy, **busy)
        self.assertEqual(Result.ACCEPTED, outcome.result)
        self.assertFalse(resize_state.may_be_running(outcome.before, 7))
        self.assertEqual(Result.NOT_STARTED, self._result(5, busy, **busy))

    def test_health(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups',
            json={'nodegroups': [MASTERS, cloud.nodegroup(DEV, 'workers')]},
        )
        nodes = {f'dev-{number}.Ready': 'True' for number in range(7)}
        for status, reason, is_refused in (
            (None, None, False),
            ('UNKNOWN', None, False),
            ('UNHEALTHY', None, True),
            ('HEALTHY', nodes, False),
            ('HEALTHY', {**nodes, 'dev-0.Ready': 'False'}, True),
            ('HEALTHY', {**nodes, 'dev-workers-0.Ready': 'False'}, False),
            ('HEALTHY', {'dev-0.Ready': 'True'}, True),
            ('HEALTHY', {'controlplane': 'Ready'}, False),
        ):
            health = {'health_status': status, 'health_status_reason': reason}
            with self.subTest(**health):
                for wanted, force, refused in (
                    (5, False, is_refused),
                    (5, True, False),
                    (9, False, False),
                ):
                    outcome = self._plan(wanted, health, force=force)
                    self.assertEqual(refused, outcome.result is Result.REFUSED)
        # Without the other nodegroups no node is counted.
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups',
            exc=base.dropped(),
        )
        named = {'health_status_reason': {'dev-0.Ready': 'True'}}
        self.assertEqual(Result.NOT_STARTED, self._result(5, named))
        # What is in progress already is waited for.
        busy = {'status': 'UPDATE_IN_PROGRESS'}
        unhealthy = {**busy, 'health_status': 'UNHEALTHY'}
        self.assertEqual(Result.ACCEPTED, self._result(7, unhealthy, **busy))

    def test_may_be_running(self) -> None:
        outcome = self._plan(7, status='UPDATE_IN_PROGRESS')
        self.assertEqual(Result.NOT_STARTED, outcome.result)
        self.assertTrue(resize_state.may_be_running(outcome.before, 7))
