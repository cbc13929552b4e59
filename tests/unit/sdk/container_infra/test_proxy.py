# SPDX-License-Identifier: Apache-2.0


from resize_client.sdk.outcome import Refusal
from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra import clusters
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS
from tests.unit.sdk.container_infra.clusters import WORKERS


class TestResizeCluster(clusters.TestCase):
    DONE = {'status': 'UPDATE_COMPLETE'}
    BUSY = {'status': 'UPDATE_IN_PROGRESS'}

    def setUp(self) -> None:
        super().setUp()
        self.cloud.clusters(DEV)
        self.cloud.nodegroups(MASTERS)
        self.cloud.nodegroups(WORKERS)
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups',
            json={'nodegroups': [MASTERS, WORKERS]},
        )
        self.cloud.resize_cluster(DEV)

    def _takes_place(self) -> None:
        """Show it before, in progress and done, poll after poll."""
        self.cloud.clusters(DEV, {**DEV, **self.BUSY}, {**DEV, **self.DONE})
        self.cloud.nodegroups(
            MASTERS,
            {**MASTERS, **self.BUSY, 'node_count': 3},
            {**MASTERS, **self.DONE, 'node_count': 3},
        )

    def test_nodegroup(self) -> None:
        before = self.proxy.resize_cluster(
            DEV['uuid'], 3, nodegroup='default-master'
        )
        self.assertEqual(1, before.node_count)
        self.assertEqual(
            {'node_count': 3, 'nodegroup': 'default-master'},
            self.cloud.body_of_last('POST'),
        )
        self.assertEqual('1.7', self.requested_version())

    def test_default_nodegroup(self) -> None:
        self.proxy.resize_cluster(DEV['uuid'], 1, nodes_to_remove=['a-server'])
        self.assertEqual(
            {'node_count': 1, 'nodes_to_remove': ['a-server']},
            self.cloud.body_of_last('POST'),
        )

    def test_takes_resources(self) -> None:
        dev = self.proxy.get_cluster('dev')
        masters = self.proxy.get_nodegroup(dev, 'default-master')
        before = len(self.cloud.requested())
        self.proxy.resize_cluster(dev, 3, nodegroup=masters)
        self.assertEqual(1, len(self.cloud.requested()) - before)

    def test_wait(self) -> None:
        self._takes_place()
        found = self.proxy.resize_cluster(
            DEV['uuid'],
            3,
            nodegroup=MASTERS['uuid'],
            wait=True,
            interval=2,
        )
        self.assertEqual(3, found.node_count)
        self.assertEqual([2, 2], self.clock.slept)

    def _check(self, node_count: int, **kwargs):
        return self.proxy.check_and_resize_cluster(
            'dev', node_count, nodegroup='default-master', **kwargs
        )

    def test_check(self) -> None:
        self.assertRaises(Refusal, self._check, 2)
        self.assertEqual(1, self._check(1, wait=True).node_count)
        self.cloud.clusters({**DEV, 'status': 'CREATE_IN_PROGRESS'})
        self.assertRaises(Refusal, self._check, 3)
        self.assertEqual(0, self.cloud.count('POST'))

    def test_check_while_it_is_in_progress(self) -> None:
        busy = {**MASTERS, **self.BUSY, 'node_count': 3}
        self.cloud.nodegroups(busy, {**busy, **self.DONE})
        self.cloud.clusters({**DEV, **self.BUSY}, {**DEV, **self.DONE})
        self.assertEqual(3, self._check(3, wait=True).node_count)
        self.assertEqual(0, self.cloud.count('POST'))
