# SPDX-License-Identifier: Apache-2.0

"""Tests of the Magnum driver; test_magnum_driver runs them."""

from pathlib import Path
from typing import Any
from unittest import mock

import fixtures
from oslo_config import cfg
import testtools

from resize_sandbox.magnum import driver
from resize_sandbox.magnum import options


class TestSandboxDriver(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        options.register(cfg.CONF)
        directory = Path(self.useFixture(fixtures.TempDir()).path)
        cfg.CONF.set_override(
            'orchestrator_database', str(directory / 'db'), options.GROUP
        )
        clock = mock.patch('time.time')
        self.clock = clock.start()
        self.addCleanup(clock.stop)
        self.clock.return_value = 1000.0

        self.driver = driver.SandboxDriver()
        self.master = self.nodegroup('default-master', 1)
        self.worker = self.nodegroup('default-worker', 2)
        self.cluster = mock.Mock(
            status='CREATE_COMPLETE',
            status_reason=None,
            nodegroups=[self.master, self.worker],
            default_ng_worker=self.worker,
        )

    def nodegroup(self, name: str, node_count: int) -> mock.Mock:
        driver.get_orchestrator().scale(name, node_count, at_once=True)
        return mock.Mock(
            uuid=name,
            node_count=node_count,
            status='CREATE_COMPLETE',
            status_reason=None,
        )

    def resize(self, nodegroup: Any, node_count: int) -> None:
        """Do what Magnum's conductor does."""
        nodegroup.node_count = node_count
        nodegroup.status = 'UPDATE_IN_PROGRESS'
        self.driver.resize_cluster(
            None, self.cluster, None, node_count, [], nodegroup
        )
        self.cluster.status = 'UPDATE_IN_PROGRESS'
        self.cluster.status_reason = None

    def sync(self, seconds: float = 0) -> tuple[str, str | None]:
        self.clock.return_value += seconds
        self.driver.update_cluster_status(None, self.cluster)
        return self.cluster.status, self.cluster.status_reason

    def test_failure(self) -> None:
        reason = 'Quota exceeded: 11 nodes requested, 9 allowed'
        self.resize(self.master, 11)
        self.assertEqual(('UPDATE_FAILED', reason), self.sync(3))
        self.assertEqual('UPDATE_FAILED', self.master.status)
        self.assertEqual(reason, self.master.status_reason)
        self.assertEqual(1, self.master.node_count)

        self.resize(self.master, 3)
        self.assertEqual(('UPDATE_COMPLETE', None), self.sync(3))
        self.assertEqual('UPDATE_COMPLETE', self.master.status)
        self.assertIsNone(self.master.status_reason)

    def test_other_nodegroup_after_failure(self) -> None:
        self.resize(self.master, 11)
        self.sync(3)
        self.resize(self.worker, 5)
        self.assertEqual(('UPDATE_COMPLETE', None), self.sync(3))
        self.assertEqual('UPDATE_FAILED', self.master.status)

    def test_two_at_once(self) -> None:
        self.resize(self.master, 3)
        self.clock.return_value += 2
        self.resize(self.worker, 5)
        self.assertEqual(('UPDATE_IN_PROGRESS', None), self.sync(1))
        self.assertEqual('UPDATE_COMPLETE', self.master.status)
        self.assertEqual('UPDATE_IN_PROGRESS', self.worker.status)
        self.assertEqual(('UPDATE_COMPLETE', None), self.sync(2))

    def test_request_on_its_way(self) -> None:
        # The conductor stores the count before it calls the driver.
        self.resize(self.master, 3)
        self.clock.return_value += 3
        self.master.node_count = 5
        self.assertEqual(('UPDATE_IN_PROGRESS', None), self.sync())
        self.resize(self.master, 5)
        self.assertEqual(('UPDATE_COMPLETE', None), self.sync(3))

    def test_overtaken_request(self) -> None:
        # Two conductor threads: one stored its count last, the other was
        # last to call the driver.
        self.resize(self.master, 5)
        self.resize(self.master, 11)
        self.master.node_count = 5
        self.assertEqual(('UPDATE_IN_PROGRESS', None), self.sync(3))
        self.assertEqual(('UPDATE_COMPLETE', None), self.sync(3))
        self.assertEqual(5, self.master.node_count)
        state = driver.get_orchestrator().state(self.master.uuid)
        assert state is not None
        self.assertEqual(5, state.node_count)
