# SPDX-License-Identifier: Apache-2.0

from pathlib import Path
from unittest import mock

import fixtures
import testtools

from resize_sandbox.magnum import orchestrator
from resize_sandbox.magnum.orchestrator import NodeGroupState
from resize_sandbox.magnum.orchestrator import Phase


class TestOrchestrator(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = Path(self.useFixture(fixtures.TempDir()).path) / 'db'
        clock = mock.patch('time.time')
        self.clock = clock.start()
        self.addCleanup(clock.stop)
        self.clock.return_value = 1000.0
        self.orchestrator = orchestrator.Orchestrator(str(self.path), 3.0)
        self.orchestrator.scale('a', 1, at_once=True)

    def state(self) -> NodeGroupState | None:
        return self.orchestrator.state('a')

    def test_unknown(self) -> None:
        self.assertIsNone(self.orchestrator.state('b'))

    def test_at_once(self) -> None:
        self.assertEqual(NodeGroupState(Phase.READY, 1, 1), self.state())

    def test_scale(self) -> None:
        self.orchestrator.scale('a', 3)
        self.assertEqual(NodeGroupState(Phase.SCALING, 3, 1), self.state())
        self.clock.return_value += 2.9
        self.assertEqual(NodeGroupState(Phase.SCALING, 3, 1), self.state())
        self.clock.return_value += 0.1
        self.assertEqual(NodeGroupState(Phase.READY, 3, 3), self.state())

    def test_scale_while_scaling(self) -> None:
        self.orchestrator.scale('a', 3)
        self.clock.return_value += 2
        self.orchestrator.scale('a', 5)
        self.clock.return_value += 2
        self.assertEqual(NodeGroupState(Phase.SCALING, 5, 1), self.state())

    def test_restart(self) -> None:
        self.orchestrator.scale('a', 3)
        again = orchestrator.Orchestrator(str(self.path), 3.0)
        self.assertEqual(NodeGroupState(Phase.SCALING, 3, 1), again.state('a'))

    def test_quota(self) -> None:
        self.orchestrator.scale('a', 9)
        self.clock.return_value += 3
        self.assertEqual(NodeGroupState(Phase.READY, 9, 9), self.state())
        self.orchestrator.scale('a', 10)
        self.assertEqual(NodeGroupState(Phase.SCALING, 10, 9), self.state())
        self.clock.return_value += 3
        self.assertEqual(
            NodeGroupState(
                Phase.FAILED,
                10,
                9,
                'Quota exceeded: 10 nodes requested, 9 allowed',
            ),
            self.state(),
        )
        self.orchestrator.scale('a', 7)
        self.clock.return_value += 3
        self.assertEqual(NodeGroupState(Phase.READY, 7, 7), self.state())

    def test_refused(self) -> None:
        error = self.assertRaises(
            orchestrator.Refused, self.orchestrator.scale, 'a', 51
        )
        self.assertEqual(
            '51 nodes are more than the 50 that a nodegroup can have',
            str(error),
        )
        self.assertEqual(NodeGroupState(Phase.READY, 1, 1), self.state())

    def test_delete(self) -> None:
        self.orchestrator.delete('a')
        self.assertIsNone(self.state())
        self.orchestrator.delete('a')
