# SPDX-License-Identifier: Apache-2.0
import testtools

from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.container_infra.resize_state import Snapshot


class TestOutcome(testtools.TestCase):
    def test_was_running(self) -> None:
        for status, node_count, expected in (
            ('UPDATE_IN_PROGRESS', 3, True),
            ('UPDATE_IN_PROGRESS', 5, False),
            ('UPDATE_COMPLETE', 3, False),
        ):
            nodegroup = _nodegroup.NodeGroup(
                name='masters', node_count=3, status=status
            )
            cluster = _cluster.Cluster.existing(
                uuid='123', name='dev', status=status
            )
            outcome = Outcome(
                'dev',
                before=Snapshot(cluster, nodegroup),
                nodegroup=nodegroup,
                node_count=node_count,
            )
            self.assertIs(expected, outcome.was_running)
            self.assertEqual(
                'Nodegroup masters of cluster dev (123)', outcome.label
            )
