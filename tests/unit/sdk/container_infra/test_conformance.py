# SPDX-License-Identifier: Apache-2.0

from resize_client.sdk.container_infra import conformance
from tests.unit.sdk.container_infra import clusters
from tests.unit.sdk.container_infra.clusters import DEV


class TestChecks(clusters.StatefulTestCase):
    nodes = 1

    def _failed(self) -> list[str]:
        return [
            text
            for passed, text in conformance.checks(
                self.proxy, DEV['uuid'], 'default-master', 60
            )
            if not passed
        ]

    def test_each_fault(self) -> None:
        # This Magnum is never seen in progress.
        at_once = [
            f'{count}: the nodegroup is UPDATE_IN_PROGRESS meanwhile'
            for count in ('3 nodes', '1 node')
        ]
        self.assertEqual(at_once, self._failed())
        self.health = ['UNHEALTHY']
        self.assertEqual(
            [
                f'{count}: the cluster is reported HEALTHY afterwards: '
                'UNHEALTHY'
                for count in ('3 nodes', '1 node')
            ],
            self._failed()[1::2],
        )
        self.health = ['HEALTHY']
        self.accepted = range(10)
        self.assertIn(
            'a size of 2 is refused with 4xx: accepted', self._failed()
        )
        self.nodegroup['node_count'] = 1
        self.wedges_at = 3
        self.assertIn(
            '3 nodes: the resize ends: Timed out after 60 seconds',
            self._failed(),
        )
