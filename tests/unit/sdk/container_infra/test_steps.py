# SPDX-License-Identifier: Apache-2.0

from typing import Any
from unittest import mock

from openstack import exceptions

from resize_client.sdk.container_infra import steps
from resize_client.sdk.outcome import Refusal
from tests.unit.sdk.container_infra import clusters
from tests.unit.sdk.container_infra.clusters import DEV


class TestSteps(clusters.StatefulTestCase):
    nodes = 7

    def _run(self, node_count: int = 1, timeout: float = 600) -> Any:
        return self.proxy.resize_control_plane_in_steps(
            DEV['uuid'],
            node_count,
            nodegroup='default-master',
            timeout=timeout,
        )

    def test_each_when_healthy(self) -> None:
        # Read for: plan, step; the polls of a step; the next two steps
        self.health = [*['HEALTHY'] * 3, *['UNHEALTHY'] * 4, 'HEALTHY']
        self.assertEqual(1, self._run().node_count)
        self.assertEqual([5, 3, 1], self.requested)
        self.assertEqual(1, len(self.health))

    def test_not_healthy_at_first(self) -> None:
        self.health = ['UNHEALTHY']
        self.assertRaises(Refusal, self._run)
        self.assertEqual([], self.requested)

    def test_interrupted_and_again(self) -> None:
        self.wedges_at = 3
        self.assertRaises(exceptions.ResourceTimeout, self._run, timeout=5)
        self.assertEqual([5, 3], self.requested)
        # The step is in progress, and not healthy, until it ends meanwhile.
        self.health = ['UNHEALTHY', 'UNHEALTHY', 'HEALTHY']
        follow = steps.waiting.follow

        def end(*arguments: Any, **options: Any) -> Any:
            self.nodegroup['status'] = 'UPDATE_COMPLETE'
            return follow(*arguments, **options)

        with mock.patch.object(
            steps.waiting, 'follow', autospec=True, side_effect=end
        ):
            self.assertEqual(1, self._run().node_count)
        self.assertEqual([5, 3, 1], self.requested)
