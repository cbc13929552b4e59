# SPDX-License-Identifier: Apache-2.0

import json
from unittest import mock

import fixtures
from magnumclient.osc.v1 import clusters
from osc_lib.command import command

from resize_client.osc import cluster as osc_cluster
from tests.unit.osc import cluster
from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS
from tests.unit.sdk.container_infra.clusters import WORKERS


class TestAsMagnumclient(cluster.TestCase):
    """What python-magnumclient's command takes and says."""

    ACCEPTED = 'Request to resize cluster dev has been accepted.\n'

    def _run(self, line: str) -> tuple[int, list[object], str]:
        """Run a command line: its status, requests, and answer to people."""
        before = len(self.cloud.requests.request_history)
        result = self.openstack(f'coe cluster resize {line}')
        posts = [
            (request.url, request.json())
            for request in self.cloud.requests.request_history[before:]
            if request.method == 'POST'
            and not request.url.startswith(cloud.AUTH_URL)
        ]
        return result.status, posts, result.stdout.partition('\n')[0]

    def test_same_command_lines_and_requests(self) -> None:
        for line, ours_only in (
            ('dev 3', ''),
            (f'{DEV["uuid"]} 3', ''),
            ('dev 3 --nodegroup default-worker', ''),
            (f'dev 3 --nodegroup {WORKERS["uuid"]}', ''),
            ('--nodegroup= dev 3', ''),
            ('--nodegroup default-master dev 3', ''),
            ('--nodegroup default-master dev 9', ''),
            # An even number is sent, too, once it is meant.
            ('--nodegroup default-master dev 4', '--force'),
            ('--nodegroup default-master dev 3 --nodes-to-remove a', ''),
            ('dev 1 --nodes-to-remove a --nodes-to-remove b', ''),
            ('--nodes a --nodeg default-worker dev 1', ''),
            ('dev -- 1', ''),
            ('dev 0003', ''),
            ('dev 3.5', ''),
            ('dev many', ''),
            ('dev', ''),
        ):
            ours = self._run(f'{ours_only} {line}')
            with fixtures.MonkeyPatch(
                'resize_client.osc.cluster.ResizeCluster',
                clusters.ResizeCluster,
            ):
                theirs = self._run(line)
            self.assertEqual(theirs, ours, line)
            self.assertEqual(theirs[0] == 0, len(theirs[1]) == 1, line)

    def test_takes_each_argument_of_theirs(self) -> None:
        def taken(command: type[command.Command]) -> set[str]:
            parser = command(mock.Mock(), None).get_parser('openstack')
            return {
                name
                for action in parser._actions
                for name in action.option_strings or [action.dest]
            }

        theirs = taken(clusters.ResizeCluster)
        self.assertIn('--nodes-to-remove', theirs)
        self.assertLessEqual(theirs, taken(osc_cluster.ResizeCluster))

    def test_sentence_stays_out_of_data(self) -> None:
        result = self.workers(3)
        self.assertEqual('accepted', json.loads(result.stdout)['result'])
        self.assertEqual(self.ACCEPTED, result.stderr)

    def test_sentence_also_when_quiet(self) -> None:
        result = self.openstack('-q coe cluster resize dev 3')
        self.assertTrue(result.stdout.startswith(self.ACCEPTED))
        self.assertEqual('', result.stderr)


class TestControlPlane(cluster.TestCase):
    def test_accepted(self) -> None:
        self.assertEqual(
            {
                'cluster_id': DEV['uuid'],
                'cluster': 'dev',
                'nodegroup_id': MASTERS['uuid'],
                'nodegroup': 'default-master',
                'role': 'master',
                'previous_node_count': 1,
                'node_count': 3,
                'previous_failure_tolerance': 0,
                'failure_tolerance': 1,
                'status': None,
                'result': 'accepted',
            },
            json.loads(self.masters(3).stdout),
        )

    def test_empty_cells_are_empty(self) -> None:
        self.assertNotIn(
            'None', self.openstack('coe cluster resize dev 3').stdout
        )

    def test_even_sizes(self) -> None:
        for node_count, nearest in ((2, '1 or 3'), (6, '5 or 7')):
            self.assertRefused(
                'Nodegroup default-master is a control plane, and etcd in it '
                f'needs an odd number of members: {node_count} tolerate no '
                f'more failures than {node_count - 1}; the nearest is '
                f'{nearest}, and --force leaves {node_count} to the driver',
                self.masters(node_count),
            )
        self.assertNothingChanged()

    def test_even_size_with_force(self) -> None:
        result = self.masters(2, '--force')
        self.check(result, 0, 'accepted', 'Warning: 2 members of etcd ')
        self.assertEqual(2, self.cloud.body_of_last('POST')['node_count'])

    def test_sizes_that_no_driver_can_take(self) -> None:
        for options in ('', '--force'):
            for node_count in (0, -1, -4294967295):
                self.assertRefused(
                    'Nodegroup default-master must have 1 or more nodes, not '
                    f'{node_count}',
                    self.masters(node_count, options),
                )
            for node_count in (2**31 + 1, 4294967297):
                self.assertRefused(
                    f'Nodegroup default-master cannot have {node_count} '
                    'nodes: Magnum counts to 2147483647',
                    self.masters(node_count, options),
                )
        self.assertNothingChanged()
        self.assertEqual(0, self.masters(2**31 - 1).status)

    def test_role_counts_not_name(self) -> None:
        self.cloud.nodegroups({**WORKERS, 'role': 'master'})
        self.assertIn('control plane', self.workers(2).stderr)

    def test_nodes_to_remove(self) -> None:
        result = self.masters(3, '--nodes-to-remove a')
        self.check(result, 0, 'accepted', 'Warning: Which nodes of a control')
        self.assertEqual(
            ['a'], self.cloud.body_of_last('POST')['nodes_to_remove']
        )
