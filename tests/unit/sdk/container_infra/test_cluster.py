# SPDX-License-Identifier: Apache-2.0
import testtools

from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.container_infra import nodegroup as _nodegroup
from tests.unit.sdk.container_infra import clusters
from tests.unit.sdk.container_infra.clusters import DEV


class TestResize(clusters.TestCase):
    def test_microversions(self) -> None:
        self.cloud.resize_cluster(DEV)
        dev = _cluster.Cluster.existing(id=DEV['uuid'])
        for node_count, version in ((3, '1.7'), (0, '1.10')):
            self.assertEqual(
                DEV['uuid'], dev.resize(self.proxy, node_count=node_count)
            )
            self.assertEqual(version, self.requested_version())
            self.assertEqual(
                {'node_count': node_count}, self.cloud.body_of_last('POST')
            )


class TestLabel(testtools.TestCase):
    def test_label(self) -> None:
        dev = _cluster.Cluster.existing(uuid='123', name='dev')
        masters = _nodegroup.NodeGroup(name='masters')
        self.assertEqual(
            [
                'Cluster dev (123)',
                'cluster dev (123)',
                'Nodegroup masters of cluster dev (123)',
            ],
            [
                _cluster.label(dev),
                _cluster.label(dev, start=False),
                _cluster.label(dev, masters),
            ],
        )
