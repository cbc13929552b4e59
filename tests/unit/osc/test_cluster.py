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

import json
from unittest import mock

import fixtures
from magnumclient.osc.v1 import clusters
from osc_lib.command import command

from resize_client.osc import cluster as osc_cluster
from tests.unit.osc import cluster
from tests.unit.osc.cluster import BUSY
from tests.unit.osc.cluster import CLUSTER_LABEL
from tests.unit.osc.cluster import DONE
from tests.unit.osc.cluster import MASTERS_3
from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS
from tests.unit.sdk.container_infra.clusters import WORKERS


class TestAsMagnumclient(cluster.TestCase):
    """What python-magnumclient's command takes and says."""

    ACCEPTED = 'Request to resize cluster dev has been accepted.\n'

    def test_ours_is_the_one_that_runs(self) -> None:
        self.assertIn(
            'provided by the python-resizeclient',
            ' '.join(
                self.openstack('coe cluster resize --help').stdout.split()
            ),
        )

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
            ('dev 3 4', ''),
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

    def test_count_that_is_none(self) -> None:
        self.assertEqual(2, self.workers('many').status)


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
        self.assertEqual(0, result.status)
        self.assertIn(
            'Warning: 2 members of etcd tolerate no more failures than 1\n',
            result.stderr,
        )
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
        self.assertEqual(0, result.status)
        self.assertIn(
            'Warning: Which nodes of a control plane leave is up to the '
            'driver: it may ignore the nodes to remove, as magnum-capi-helm '
            'does\n',
            result.stderr,
        )
        self.assertEqual(
            ['a'], self.cloud.body_of_last('POST')['nodes_to_remove']
        )

    def test_not_supported(self) -> None:
        self.cloud.resize_cluster(
            DEV,
            status_code=400,
            json=cloud.magnum_fault(
                400,
                'Resizing the master nodegroup is not supported by this '
                'driver.',
            ),
        )
        self.assertRefused(
            f"{CLUSTER_LABEL} was not resized: the cluster's driver does not "
            'support resizing a control plane (Magnum: Resizing the master '
            'nodegroup is not supported by this driver). Nodegroup '
            'default-master still has 1 node and is CREATE_COMPLETE',
            self.masters(3),
        )

    def test_too_old(self) -> None:
        # So say Magnum 18 and 19 of every control plane.
        self.cloud.resize_cluster(
            DEV,
            status_code=400,
            json=cloud.magnum_fault(
                400, 'Resizing a master nodegroup is not supported.'
            ),
        )
        self.assertRefused(
            f'{CLUSTER_LABEL} was not resized: this Magnum is too old to '
            'resize a control plane, which takes Magnum 20 (2025.1) (Magnum: '
            'Resizing a master nodegroup is not supported). Nodegroup '
            'default-master still has 1 node and is CREATE_COMPLETE',
            self.masters(3),
        )

    def test_warns_above_seven(self) -> None:
        self.assertIn(
            'Warning: More than 7 members slow etcd down, as each write waits '
            'for a majority of them\n',
            self.masters(9).stderr,
        )
        self.assertNotIn('Warning', self.masters(7).stderr)

    def _warns(self, before: int, after: int) -> str:
        self.cloud.nodegroups({**MASTERS, 'node_count': before})
        return self.masters(after, '--dry-run').stderr

    def test_warns_of_more_members_than_etcd_may_lose(self) -> None:
        steps = ''.join(
            '  openstack coe cluster resize --wait --nodegroup default-master '
            f'dev {size}\n'
            for size in (3, 1)
        )
        self.assertIn(
            'Warning: From 5 to 1 nodes, 4 members leave an etcd that '
            'survives the loss of 2 at once: make a backup of etcd first. The '
            "driver must remove them one at a time, as Cluster API's control "
            'plane provider does\n'
            f'More safely, in steps:\n{steps}',
            self._warns(5, 1),
        )
        shown = self._warns(3, 1)
        self.assertIn('From 3 to 1 nodes, 2 members leave', shown)
        self.assertNotIn('in steps', shown)
        for before, after in ((5, 3), (7, 5), (9, 5), (1, 3), (2, 3)):
            self.assertNotIn('members leave', self._warns(before, after))

    def test_way_back(self) -> None:
        command = 'openstack coe cluster resize --wait --nodegroup'
        for before, after, told in (
            (3, 1, f'To undo: {command} default-master dev 3\n'),
            (
                1,
                3,
                'To undo, after a backup of etcd: '
                f'{command} default-master dev 1\n',
            ),
            (
                1,
                5,
                'To undo, after a backup of etcd, in steps:\n'
                f'  {command} default-master dev 3\n'
                f'  {command} default-master dev 1\n',
            ),
            (2, 3, '(2 s)\n'),
        ):
            self.cloud.nodegroups({**MASTERS, 'node_count': before})
            self.cloud.requests.get(
                f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', json={**DEV, **DONE}
            )
            self.cloud.requests.get(
                f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups/'
                f'{MASTERS["uuid"]}',
                [
                    {'json': {**MASTERS, **state}}
                    for state in ({**BUSY, 'node_count': after},) * 3
                    + ({**DONE, 'node_count': after},)
                ],
            )
            shown = self.masters(after, '--wait').stderr
            self.assertTrue(shown.endswith(told), shown)

    def test_no_way_back_to_a_count_that_is_not_allowed_any_more(self) -> None:
        self.cloud.nodegroups({**WORKERS, 'max_node_count': 1})
        for url, state in (
            ('', DONE),
            (f'/nodegroups/{WORKERS["uuid"]}', {**DONE, 'node_count': 1}),
        ):
            self.cloud.requests.get(
                f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}{url}',
                json={**(WORKERS if url else DEV), **state},
            )
        result = self.workers(1, '--wait --nodegroup default-worker')
        self.assertEqual('resized', json.loads(result.stdout)['result'])
        self.assertNotIn('To undo', result.stderr)

    def test_warns_without_load_balancer(self) -> None:
        self.cloud.clusters({**DEV, 'master_lb_enabled': False})
        self.assertIn(
            f'Warning: {CLUSTER_LABEL} was created without '
            'master_lb_enabled: its API is reached through one node only, and '
            'fails with it\n',
            self.masters(3).stderr,
        )
        self.cloud.nodegroups(MASTERS_3)
        self.assertNotIn('master_lb_enabled', self.masters(1).stderr)
