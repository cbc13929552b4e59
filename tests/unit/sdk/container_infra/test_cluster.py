# SPDX-License-Identifier: Apache-2.0

from resize_client.sdk.container_infra import cluster as _cluster
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
