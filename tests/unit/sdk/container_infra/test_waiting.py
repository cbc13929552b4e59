# SPDX-License-Identifier: Apache-2.0
from openstack import exceptions

from resize_client.sdk.container_infra.outcome import OutcomeUnknown
from tests.unit.sdk.container_infra import clusters
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS

LABEL = f'default-master of cluster dev ({DEV["uuid"]})'


class TestWait(clusters.TestCase):
    """Each poll shows the next state of the cluster and the nodegroup."""

    def _before(self, clusters, nodegroups):
        self.cloud.clusters(*[{**DEV, **state} for state in clusters])
        self.cloud.nodegroups(*[{**MASTERS, **state} for state in nodegroups])
        return (
            self.proxy.get_cluster(DEV['uuid']),
            self.proxy.get_nodegroup(DEV['uuid'], MASTERS['uuid']),
        )

    def _wait(self, clusters, nodegroups, node_count=3, **kwargs):
        return self.proxy.wait_for_cluster_resize(
            *self._before(clusters, nodegroups), node_count, **kwargs
        )

    def _fails(self, clusters, nodegroups, **kwargs) -> str:
        return str(
            self.assertRaises(
                exceptions.ResourceFailure,
                self._wait,
                clusters,
                nodegroups,
                **kwargs,
            )
        )

    DONE = {'status': 'UPDATE_COMPLETE'}
    BUSY = {'status': 'UPDATE_IN_PROGRESS'}
    FAILED = {'status': 'UPDATE_FAILED', 'status_reason': 'no quota'}
    THREE_BUSY = {**BUSY, 'node_count': 3}
    THREE_DONE = {**DONE, 'node_count': 3}

    def test_done(self) -> None:
        seen = []
        found = self._wait(
            [{}, {}, self.BUSY, self.DONE],
            [{}, self.THREE_BUSY, self.THREE_BUSY, self.THREE_DONE],
            callback=lambda snapshot, state: seen.append(
                (
                    snapshot.cluster.status,
                    snapshot.nodegroup.status,
                    state.name,
                )
            ),
        )
        self.assertEqual(3, found.node_count)
        self.assertEqual(
            [
                ('CREATE_COMPLETE', 'UPDATE_IN_PROGRESS', 'RUNNING'),
                ('UPDATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'RUNNING'),
                ('UPDATE_COMPLETE', 'UPDATE_COMPLETE', 'DONE'),
            ],
            seen,
        )

    def test_driver_that_leaves_the_nodegroup_alone(self) -> None:
        exc = self.assertRaises(
            OutcomeUnknown,
            self._wait,
            [{}, self.BUSY, self.DONE],
            [{}, self.THREE_BUSY, self.THREE_BUSY],
        )
        self.assertEqual(
            'Magnum does not show whether the resize has ended: nodegroup '
            f'{LABEL} is UPDATE_IN_PROGRESS with 3 nodes, the cluster is '
            'UPDATE_COMPLETE',
            str(exc),
        )
        self.assertGreaterEqual(self.clock.now, 1600)

    def test_failures(self) -> None:
        is_failed = f'Nodegroup {LABEL} is UPDATE_FAILED with 1 node: '
        of_helm = {**self.FAILED, 'status_reason': 'helm:\nExit code: 1\n'}
        for of_cluster, of_nodegroup, reason in (
            (
                [{}, self.BUSY, self.FAILED],
                [{}, self.THREE_BUSY, self.FAILED],
                f'{is_failed}no quota',
            ),
            # After a failure of helm the cluster follows a moment later.
            (
                [{}, self.BUSY, self.DONE],
                [{}, self.FAILED],
                f'{is_failed}no quota',
            ),
            ([{}, of_helm], [{}, of_helm], f'{is_failed}helm: Exit code: 1'),
            (
                [{}, {'status': 'DELETE_IN_PROGRESS'}],
                [{}],
                f'Magnum has dropped the request: nodegroup {LABEL} is '
                'CREATE_COMPLETE with 1 node, the cluster is '
                'DELETE_IN_PROGRESS',
            ),
        ):
            self.assertEqual(reason, self._fails(of_cluster, of_nodegroup))

    def test_failure_of_the_cluster_alone(self) -> None:
        self.assertIn(
            'is UPDATE_IN_PROGRESS with 3 nodes, the cluster is '
            'UPDATE_FAILED: no quota',
            self._fails([{}, self.FAILED], [{}, self.THREE_BUSY]),
        )
        # The conductor saves the cluster first: one more poll.
        self.assertEqual(2, len(self.clock.slept))

    def test_never_taken_up(self) -> None:
        exc = self.assertRaises(
            exceptions.ResourceTimeout, self._wait, [{}], [{}], timeout=600
        )
        self.assertEqual(
            'Magnum accepted the request, and its conductor has not begun '
            'with it within 600 seconds: it is busy, or has lost the request',
            str(exc),
        )

    def test_slow_is_not_dropped(self) -> None:
        exc = self.assertRaises(
            exceptions.ResourceTimeout,
            self._wait,
            [{}, self.BUSY],
            [{}, self.THREE_BUSY],
            timeout=600,
        )
        self.assertEqual('Timed out after 600 seconds', str(exc))
