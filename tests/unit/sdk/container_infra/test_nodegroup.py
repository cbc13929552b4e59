# SPDX-License-Identifier: Apache-2.0
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
