# SPDX-License-Identifier: Apache-2.0

import json
from unittest import mock

from resize_client.sdk.container_infra import request
from tests.unit.osc import base
from tests.unit.sdk.container_infra import fleet


class TestSeveral(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.fleet = fleet.Fleet(self.cloud, self.clock, [5.0] * 3)

    def _resize(
        self, options: str = '', node_count: int = 3, names: str = 'c0 c1 c2'
    ) -> base.Result:
        return self.openstack(
            'coe cluster resize --nodegroup default-master -f json '
            f'{options} {names} {node_count}'
        )

    def check(
        self, status: int, results: list[str], result: base.Result
    ) -> None:
        """Check exit status and results."""
        self.assertEqual(status, result.status, result.stderr)
        self.assertEqual(
            results, [row['result'] for row in json.loads(result.stdout)]
        )

    def test_wait(self) -> None:
        result = self._resize('--wait --canary 1')
        self.check(0, ['resized'] * 3, result)
        self.assertEqual(
            {
                'cluster_id': self.fleet.clusters['c1']['uuid'],
                'cluster': 'c1',
                'nodegroup': 'default-master',
                'previous_node_count': 1,
                'node_count': 3,
                'status': 'UPDATE_COMPLETE',
                'result': 'resized',
            },
            json.loads(result.stdout)[1],
        )
        for shown in (
            'CREATE_COMPLETE, 1 node, not begun (0 s)',
            'UPDATE_IN_PROGRESS, 3 nodes requested (0 s)',
            'UPDATE_COMPLETE, 3 nodes (5 s)',
        ):
            self.assertIn(f': {shown}\n', result.stderr)
        self.assertTrue(
            result.stderr.endswith(
                '\nTo undo, after a backup of etcd: openstack coe cluster '
                'resize --wait --nodegroup default-master c0 c1 c2 1\n'
                '3 resized\n'
            ),
            result.stderr,
        )
        self.assertEqual(1, self.fleet.in_progress[0])
        self.check(0, ['unchanged'] * 3, self._resize('--wait'))

    def test_without_wait(self) -> None:
        result = self._resize()
        self.check(0, ['accepted'] * 3, result)
        self.assertIsNone(json.loads(result.stdout)[0]['status'])
        self.check(0, ['resized'] * 3, self._resize('--wait'))
        self.assertEqual(3, len(self.fleet.accepted))

    def test_failure(self) -> None:
        self.fleet.broken = {'c0'}
        result = self._resize('--wait --max-in-progress 1')
        self.check(1, ['failed', *['not started'] * 2], result)
        self.assertIn(' is UPDATE_FAILED with 1 node: no quota', result.stderr)
        self.assertTrue(result.stderr.endswith('1 failed, 2 not started\n'))

    def test_refused(self) -> None:
        for options in ('', '--wait', '--dry-run'):
            result = self._resize(options, names='c0 nobody')
            results = ['not started', 'not found']
            if options == '--dry-run':
                results[0] = 'not checked'
            self.check(1, results, result)
            self.assertIn(
                "No cluster with the name or UUID 'nobody' found",
                result.stderr,
            )
            self.assertIs(
                options != '--dry-run',
                'None of the clusters was changed' in result.stderr,
            )
        self.assertEqual([], self.fleet.accepted)

    def test_dry_run(self) -> None:
        self.check(0, ['not checked'] * 3, self._resize('--dry-run'))
        self.assertEqual([], self.fleet.accepted)

    def test_interrupted_while_sending(self) -> None:
        with mock.patch.object(
            request, '_send', autospec=True, side_effect=KeyboardInterrupt
        ):
            result = self._resize(names='c0 c1')
        self.assertEqual(130, result.status)
        self.assertIn(
            'unknown', [row['result'] for row in json.loads(result.stdout)]
        )
        self.assertIn('Interrupted. What was accepted ', result.stderr)

    def test_service_is_away(self) -> None:
        self.fleet.faults = [503] * 100
        result = self._resize('--wait')
        self.assertEqual(
            base.Result(
                '',
                'Failed to get one of 3 clusters: the service answered 503: '
                'Away. Nothing was changed; run the same command again\n',
                1,
            ),
            result,
        )

    def test_wrong_options(self) -> None:
        for options, error in (
            ('--canary 1', '--canary needs --wait'),
            ('--in-steps', '--in-steps is for one cluster only'),
            ('--nodes-to-remove a', '--nodes-to-remove is for one cluster'),
        ):
            result = self._resize(options)
            self.assertEqual((2, ''), (result.status, result.stdout))
            self.assertIn(error, result.stderr)
        result = self.openstack('coe cluster resize c0 c1 --wait 3')
        self.assertEqual(2, result.status)
        self.assertIn("'c1' is not a number of nodes", result.stderr)
        result = self.openstack('coe cluster resize -f shell c0 c1 3')
        self.assertEqual(1, result.status)
        self.assertIn("'-f shell' prints one cluster only", result.stderr)
        self.assertEqual([], self.cloud.requested())
