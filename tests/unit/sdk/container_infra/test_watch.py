# SPDX-License-Identifier: Apache-2.0

from resize_client.sdk.container_infra import watch
from resize_client.sdk.container_infra.resize_state import Snapshot
from tests.unit.sdk.container_infra import clusters
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS


class TestCase(clusters.TestCase):
    def before(self, clusters, nodegroups) -> Snapshot:
        self.cloud.clusters(*[{**DEV, **state} for state in clusters])
        self.cloud.nodegroups(*[{**MASTERS, **state} for state in nodegroups])
        return Snapshot(
            self.proxy.get_cluster(DEV['uuid']),
            self.proxy.get_nodegroup(DEV['uuid'], MASTERS['uuid']),
        )


class TestWatch(TestCase):
    def test_requests(self) -> None:
        """Two a poll, and one for the names of the other nodegroups."""
        self.cloud.requests.get(
            f'{clusters.URL}/nodegroups',
            json={'nodegroups': [MASTERS, clusters.WORKERS]},
        )
        for reasons, expected in (
            ({'controlplane': 'Ready'}, 3 * 2),
            ({'dev-0.Ready': 'True'}, 3 * 2 + 1),
        ):
            before = self.before([{'health_status_reason': reasons}], [{}])
            watched = watch.Watch(self.proxy, before, 3)
            sent = len(self.cloud.requested())
            for _ in range(3):
                watched.poll()
            self.assertEqual(expected, len(self.cloud.requested()) - sent)


class TestAfterAnotherOperation(TestCase):
    """Its end may be recorded with the node count of this resize."""

    DONE = {'status': 'UPDATE_COMPLETE'}
    BUSY = {'status': 'UPDATE_IN_PROGRESS'}
    THREE_DONE = {**DONE, 'node_count': 3}
    TWO_BUSY = {**BUSY, 'node_count': 2}

    def _poll(self, of_cluster, of_nodegroup) -> list[str]:
        """Return the state that each poll finds, one every 10 seconds."""
        before = self.before(of_cluster, of_nodegroup)
        watched = watch.Watch(self.proxy, before, 3)
        found = []
        for _ in of_cluster[1:]:
            self.clock.sleep(10)
            found.append(watched.poll()[1].name)
        return found

    def test_driver_is_called(self) -> None:
        for of_cluster, of_nodegroup in (
            (
                [self.BUSY, self.DONE, self.BUSY, self.DONE],
                [self.TWO_BUSY] + 3 * [self.THREE_DONE],
            ),
            # Nothing shows that the call has returned.
            (
                [self.BUSY] + 3 * [self.DONE],
                [self.TWO_BUSY] + 3 * [self.THREE_DONE],
            ),
        ):
            self.assertEqual(
                ['RUNNING', 'RUNNING', 'DONE'],
                self._poll(of_cluster, of_nodegroup),
            )

    def test_begun_by_somebody_else_meanwhile(self) -> None:
        self.assertEqual(
            ['NOT_BEGUN', 'RUNNING', 'RUNNING', 'DONE'],
            self._poll(
                [self.DONE, self.BUSY, self.DONE, self.BUSY, self.DONE],
                [{}, {}, self.THREE_DONE, self.THREE_DONE, self.THREE_DONE],
            ),
        )

    def test_same_size(self) -> None:
        """What was in progress before is this very resize."""
        self.assertEqual(
            ['DONE'],
            self._poll(
                [self.BUSY, self.DONE],
                [{**self.BUSY, 'node_count': 3}, self.THREE_DONE],
            ),
        )
