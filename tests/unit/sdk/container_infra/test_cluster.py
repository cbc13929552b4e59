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
            self.assertEqual(version, self.version_asked_for())
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
