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

from resize_client.sdk.container_infra import nodegroup


class TestNodeGroup(testtools.TestCase):
    def test_is_control_plane(self) -> None:
        for role, expected in (('master', True), ('worker', False)):
            found = nodegroup.NodeGroup(role=role)
            self.assertIs(expected, found.is_control_plane)

    def test_count_nodes(self) -> None:
        self.assertEqual(
            ['0 nodes', '1 node', '2 nodes'],
            [nodegroup.count_nodes(count) for count in range(3)],
        )
