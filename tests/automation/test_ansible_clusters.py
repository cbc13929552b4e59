# SPDX-License-Identifier: Apache-2.0

"""Playbooks that resize control planes."""

from typing import Any

from resize_sandbox import sqlite
from tests.automation import base
from tests.automation import playbooks


class TestCluster(playbooks.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cluster = self.take_cluster('dev')

    def task(self, node_count: int, **arguments: Any) -> dict[str, Any]:
        """Return the task that resizes the control plane."""
        return {
            'resize.openstack.cluster_resize': {
                'name': 'dev',
                'node_count': node_count,
                **arguments,
            }
        }

    def assert_size(self, node_count: int) -> None:
        """Check the size of the control plane, and the cluster's UUID."""
        uuid, _, found = self.control_plane('dev')
        self.assertEqual((self.cluster, node_count), (uuid, found))

    def test_up_and_down(self) -> None:
        clusters = {'dev': self.cluster, 'prod': self.take_cluster('prod')}
        both = {'name': list(clusters), 'canary': 1}
        self.play(
            self.task(3, **both),
            self.task(3, **both),
            self.task(1, name=[*clusters, 'nobody']),
            self.task(1, **both),
        )
        self.assert_results('changed', 'ok', 'failed', 'changed')
        self.assertEqual(
            [
                {
                    'name': name,
                    'id': uuid,
                    'nodegroup': 'default-master',
                    'status': 'UPDATE_COMPLETE',
                    'previous_node_count': 1,
                    'new_node_count': 3,
                    'result': 'resized',
                }
                for name, uuid in clusters.items()
            ],
            self.results[0]['resizes'],
        )
        self.assertIn('nobody', self.results[2]['msg'])
        self.assert_size(1)

    def test_check_and_diff(self) -> None:
        self.play(self.task(3), self.task(1), options='--check --diff')
        self.assert_results('changed', 'ok')
        self.assertEqual(
            {'before': {'dev': 1}, 'after': {'dev': 3}},
            self.results[0]['diff'],
        )
        self.assert_size(1)

    def test_refused(self) -> None:
        """With --check and without."""
        self.play({**self.task(2), 'check_mode': True}, self.task(2))
        self.assert_results('failed', 'failed')
        for result in self.results:
            self.assertIn('an odd number of members', result['msg'])
        self.assert_size(1)

    def test_failure_and_timeout(self) -> None:
        self.play(self.task(51))
        (failed,) = self.results
        self.assertIn('51 nodes are more than', failed['msg'])
        self.assert_each('failed', *failed['resizes'])
        # Magnum's driver waits for the orchestrator meanwhile.
        orchestrator = base.shared().state.data / 'orchestrator.db'
        with sqlite.transaction(orchestrator):
            self.play(self.task(3, timeout=1))
        (timed_out,) = self.results
        self.assert_each('timed out', *timed_out['resizes'])
        self.play(self.task(3))
        (again,) = self.results
        self.assertNotEqual('failed', playbooks.get_status(again), again)
        self.assert_size(3)
