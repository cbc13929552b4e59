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

from resize_client.osc import cluster_resize
from tests.unit.osc import base
from tests.unit.sdk import base as sdk_base
from tests.unit.sdk import cloud

DEV = cloud.cluster()
MASTERS = cloud.nodegroup(DEV)
WORKERS = cloud.nodegroup(DEV, 'default-worker', node_count=2)
BUSY = {'status': 'UPDATE_IN_PROGRESS'}
DONE = {'status': 'UPDATE_COMPLETE'}
MASTERS_3 = {**MASTERS, 'node_count': 3}
LABEL = 'Nodegroup default-master of cluster dev'
CLUSTER_LABEL = f'Cluster dev ({DEV["uuid"]})'
LOOK = 'openstack coe nodegroup show dev default-master'
WAITS = (
    'What a driver on Cluster API waits for: openstack coe cluster show -c '
    'health_status_reason dev\n'
)


class TestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.cloud.clusters(DEV)
        self.cloud.nodegroups(MASTERS)
        self.cloud.nodegroups(WORKERS)
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups',
            json={'nodegroups': [MASTERS, WORKERS]},
        )
        self.cloud.resize_cluster(DEV)

    def masters(self, node_count: object, options: str = '') -> base.Result:
        return self.openstack(
            'coe cluster resize -f json --nodegroup default-master '
            f'{options} dev -- {node_count}'
        )

    def workers(self, node_count: object, options: str = '') -> base.Result:
        return self.openstack(
            f'coe cluster resize -f json {options} dev -- {node_count}'
        )

    def assertRefused(self, message: str, result: base.Result) -> None:
        self.assertEqual(
            base.Result('', f'{message}\n', 1),
            result,
        )

    def assertNothingChanged(self) -> None:
        self.assertFalse(
            [asked for asked in self.cloud.asked() if asked[:4] != 'GET ']
        )


class TestAsMagnumclient(TestCase):
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
                'resize_client.osc.cluster_resize.ResizeCluster',
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
        self.assertLessEqual(theirs, taken(cluster_resize.ResizeCluster))

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


class TestControlPlane(TestCase):
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
            'resize a control plane, which takes Magnum 20 (2025.1) (it says: '
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


class TestWorkers(TestCase):
    def test_limits(self) -> None:
        self.cloud.nodegroups({**WORKERS, 'max_node_count': 4})
        self.assertRefused(
            'Nodegroup default-worker must have 1 or more nodes, not 0',
            self.workers(0),
        )
        self.assertRefused(
            'Nodegroup default-worker must have 4 or fewer nodes, not 5; to '
            'raise the limit: openstack coe nodegroup update '
            f'{DEV["uuid"]} {WORKERS["uuid"]} replace max_node_count=5',
            self.workers(5),
        )
        self.assertNothingChanged()

    def test_negative(self) -> None:
        self.cloud.nodegroups({**WORKERS, 'min_node_count': 0})
        self.assertEqual(1, self.workers(-1).status)
        self.assertNothingChanged()

    def test_zero(self) -> None:
        self.cloud.nodegroups({**WORKERS, 'min_node_count': 0})
        self.assertEqual(0, self.workers(0).status)

    def test_zero_with_an_old_magnum(self) -> None:
        self.cloud.nodegroups({**WORKERS, 'min_node_count': 0})
        self.cloud.resize_cluster(
            DEV,
            status_code=406,
            json=cloud.magnum_fault(406, 'Version 1.10 was requested.'),
        )
        self.assertRefused(
            f'{CLUSTER_LABEL} was not resized: the service is too old for '
            'this: Version 1.10 was requested. Nodegroup default-worker '
            'still has 2 nodes and is CREATE_COMPLETE',
            self.workers(0),
        )

    def test_no_failure_tolerance(self) -> None:
        self.assertNotIn('failure_tolerance', self.workers(3).stdout)


class TestRefused(TestCase):
    def test_no_such_cluster(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/dev',
            status_code=404,
            json=cloud.magnum_fault(404, 'Cluster dev could not be found.'),
        )
        self.assertRefused(
            "No cluster with the name or UUID 'dev' found; 'openstack coe "
            "cluster list' shows those that there are. Nothing was changed",
            self.workers(3),
        )

    def test_empty_name(self) -> None:
        result = self.openstack("coe cluster resize '' 3")
        self.assertIn("name or UUID '' found", result.stderr)
        self.assertEqual([], self.cloud.asked())

    def test_name_that_would_be_another_path(self) -> None:
        for name in ('../clusters', 'dev/'):
            result = self.openstack(f"coe cluster resize '{name}' 3")
            self.assertIn(f"name or UUID '{name}' found", result.stderr)
        self.assertEqual([], self.cloud.asked())

    def test_name_with_what_a_url_uses(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/a%3Fb',
            status_code=404,
            json=cloud.magnum_fault(404, 'Cluster could not be found.'),
        )
        result = self.openstack("coe cluster resize 'a?b' 3")
        self.assertIn("name or UUID 'a?b' found", result.stderr)
        self.assertEqual(
            [f'GET {cloud.CLUSTERS_URL}/a%3Fb'], self.cloud.asked()
        )

    def test_nodegroup_name_that_would_be_another_path(self) -> None:
        result = self.openstack(
            "coe cluster resize dev 3 --nodegroup '../default-worker'"
        )
        self.assertIn("name or UUID '../default-worker'", result.stderr)
        self.assertEqual([f'GET {cloud.CLUSTERS_URL}/dev'], self.cloud.asked())

    def test_ambiguous_cluster(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/dev',
            status_code=409,
            json=cloud.magnum_fault(
                409, 'Multiple clusters exist with same name.'
            ),
        )
        twin = cloud.cluster('twin')
        other = cloud.cluster('other')
        self.cloud.requests.get(
            cloud.CLUSTERS_URL,
            json={'clusters': [DEV, {**twin, 'name': 'dev'}, other]},
        )
        self.assertRefused(
            "2 clusters have the name 'dev'; give the UUID of one: "
            f'{DEV["uuid"]}, {twin["uuid"]}. Nothing was changed',
            self.workers(3),
        )

    def test_no_such_nodegroup(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups/nope',
            status_code=404,
            json=cloud.magnum_fault(404, 'Nodegroup nope could not be found.'),
        )
        self.assertRefused(
            f"{CLUSTER_LABEL} has no nodegroup with the name or UUID 'nope'; "
            f"'openstack coe nodegroup list {DEV['uuid']}' shows those that "
            'there are. Nothing was changed',
            self.workers(3, '--nodegroup nope'),
        )

    def test_no_default_nodegroup(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups',
            json={'nodegroups': [MASTERS]},
        )
        self.assertRefused(
            f'{CLUSTER_LABEL} has no default worker nodegroup; name one that '
            f"'openstack coe nodegroup list {DEV['uuid']}' shows. Nothing was "
            'changed',
            self.workers(3),
        )

    def test_states_in_which_magnum_drops_the_request(self) -> None:
        for status, next_step in (
            ('CREATE_IN_PROGRESS', '; run this again when that has ended'),
            ('ROLLBACK_IN_PROGRESS', '; run this again when that has ended'),
            ('CREATE_FAILED', ''),
            ('DELETE_IN_PROGRESS', ''),
            ('DELETE_FAILED', ''),
            (None, ''),
        ):
            self.cloud.clusters({**DEV, 'status': status})
            shown = status or 'in an unknown state'
            self.assertRefused(
                f'{CLUSTER_LABEL} is {shown}: Magnum would accept the '
                f'request and then drop it{next_step}',
                self.workers(3),
            )
        self.assertNothingChanged()

    def test_cluster_of_another_project(self) -> None:
        # Magnum shows each cluster to an administrator, and resizes none of
        # another project: 404.
        self.cloud.clusters({**DEV, 'project_id': 'b0b'})
        for options in ('', '--dry-run'):
            self.assertRefused(
                f'{CLUSTER_LABEL} belongs to project b0b; Magnum resizes a '
                'cluster only for users of its project, and finds it for no '
                'administrator of another one: log in to that project, with '
                '--os-project-id b0b',
                self.workers(3, options),
            )
        self.assertNothingChanged()
        self.cloud.clusters({**DEV, 'project_id': self.cloud.token.project_id})
        self.assertEqual(0, self.workers(3).status)

    def test_not_in_the_catalog(self) -> None:
        self.useFixture(cloud.Cloud(services=('load-balancer',)))
        for name, value in {
            'OS_AUTH_URL': cloud.AUTH_URL,
            'OS_USERNAME': 'jo',
            'OS_PASSWORD': 'secret',
        }.items():
            self.useFixture(base.fixtures.EnvironmentVariable(name, value))
        self.assertRefused(
            'There is no container-infrastructure-management service in the '
            f'catalog of cloud {self.cloud_name}. Nothing was changed',
            self.workers(3),
        )

    cloud_name = 'envvars'

    def test_warns_while_updating(self) -> None:
        self.cloud.clusters({**DEV, **BUSY})
        result = self.workers(3)
        self.assertEqual(0, result.status)
        self.assertIn(
            f'Warning: {CLUSTER_LABEL} is being updated already: of two '
            'resizes at the same time the earlier one may win\n',
            result.stderr,
        )


class TestNothingToDo(TestCase):
    def test_unchanged(self) -> None:
        result = self.masters(1)
        self.assertEqual(0, result.status)
        self.assertEqual(f'{LABEL} already has 1 node\n', result.stderr)
        self.assertEqual('unchanged', json.loads(result.stdout)['result'])
        self.assertNothingChanged()

    def test_after_a_failure_it_is_asked_for_again(self) -> None:
        self.cloud.clusters({**DEV, 'status': 'UPDATE_FAILED'})
        self.cloud.nodegroups({**MASTERS, 'status': 'UPDATE_FAILED'})
        self.masters(1)
        self.assertEqual('POST', self.cloud.requests.last_request.method)

    def test_dry_run_while_that_is_going_on(self) -> None:
        self.cloud.clusters({**DEV, **BUSY})
        self.cloud.nodegroups({**MASTERS_3, **BUSY})
        result = self.masters(3, '--dry-run')
        self.assertEqual(
            (0, f'{LABEL} is being resized to 3 nodes already\n'),
            (result.status, result.stderr),
        )
        self.assertEqual('unchanged', json.loads(result.stdout)['result'])

    def test_dry_run(self) -> None:
        result = self.masters(3, '--dry-run')
        self.assertEqual(
            (
                0,
                'Whether the driver of cluster dev can resize its control '
                'plane, and to this size, Magnum tells only when asked to do '
                'it\n',
            ),
            (result.status, result.stderr),
        )
        self.assertEqual(
            'left to the driver', json.loads(result.stdout)['result']
        )
        result = self.workers(3, '--dry-run')
        self.assertEqual((0, ''), (result.status, result.stderr))
        self.assertEqual(
            'would be resized', json.loads(result.stdout)['result']
        )
        self.assertEqual(1, self.masters(2, '--dry-run').status)
        self.assertEqual(0, self.masters(1, '--dry-run').status)
        self.assertNothingChanged()


class TestWait(TestCase):
    def _states(self, clusters, nodegroups) -> None:
        self.cloud.clusters(*[{**DEV, **state} for state in clusters])
        self.cloud.nodegroups(*[{**MASTERS, **state} for state in nodegroups])

    THREE_BUSY = {**BUSY, 'node_count': 3}
    THREE_DONE = {**DONE, 'node_count': 3}

    def test_done(self) -> None:
        self._states([BUSY, DONE], [{}, self.THREE_BUSY, self.THREE_DONE])
        self.cloud.clusters(DEV)
        # By name it is found as it was, by UUID it is looked at.
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}',
            [{'json': {**DEV, **state}} for state in (BUSY, DONE)],
        )
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups/{MASTERS["uuid"]}',
            [
                {'json': {**MASTERS, **state}}
                for state in (self.THREE_BUSY, self.THREE_DONE)
            ],
        )
        result = self.masters(3, '--wait')
        self.assertEqual(0, result.status)
        self.assertEqual(
            'Request to resize cluster dev has been accepted.\n'
            f'{LABEL}: UPDATE_IN_PROGRESS, 3 nodes (0 s)\n'
            f'{LABEL}: UPDATE_COMPLETE, 3 nodes (1 s)\n'
            'To undo, after a backup of etcd: openstack coe cluster resize '
            '--wait --nodegroup default-master dev 1\n',
            result.stderr,
        )
        shown = json.loads(result.stdout)
        self.assertEqual(
            ('UPDATE_COMPLETE', 'resized'), (shown['status'], shown['result'])
        )

    def _failing(self) -> None:
        failed = {'status': 'UPDATE_FAILED', 'status_reason': 'no quota'}
        self._states([DEV], [{}])
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', json={**DEV, **failed}
        )
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups/{MASTERS["uuid"]}',
            json={**MASTERS, **failed},
        )

    def test_failure(self) -> None:
        self._failing()
        result = self.masters(3, '--wait')
        self.assertEqual(1, result.status)
        self.assertEqual('failed', json.loads(result.stdout)['result'])
        self.assertTrue(
            result.stderr.endswith(
                f'{LABEL} is UPDATE_FAILED with 1 node, the cluster is '
                f'UPDATE_FAILED: no quota\nTo look: {LOOK}\n'
            )
        )

    def test_quiet_failure(self) -> None:
        self._failing()
        result = self.openstack(
            '-q coe cluster resize --nodegroup default-master --wait dev 3 '
            '-f value -c result'
        )
        self.assertEqual('failed\n', result.stdout)
        self.assertTrue(result.stderr.endswith(f"\nTo look: {LOOK}\n"))
        self.assertEqual(2, len(result.stderr.splitlines()))

    def test_hints_name_the_cluster_as_the_user_does(self) -> None:
        for name, argument, operand in (
            ('dev', DEV['uuid'], DEV['uuid']),
            ('-dev', '-- -dev', DEV['uuid']),
        ):
            self.cloud.clusters({**DEV, 'name': name})
            result = self.openstack(
                'coe cluster resize --nodegroup default-master --wait '
                f'--timeout 1 {argument} 3'
            )
            self.assertIn(
                f'To look: openstack coe nodegroup show {operand} '
                'default-master\n',
                result.stderr,
            )

    def test_not_begun(self) -> None:
        # A conductor that is busy takes its time.
        result = self.masters(3, '--wait --timeout 120')
        self.assertEqual(124, result.status)
        self.assertEqual('timed out', json.loads(result.stdout)['result'])
        self.assertIn(
            f'{LABEL}: CREATE_COMPLETE, 1 node, not begun (0 s)\n'
            'Magnum accepted the request, and its conductor has not begun '
            f'with it within 120 seconds: it is busy, or has lost the request'
            f'. {LABEL} was CREATE_COMPLETE with 1 node when last looked at; '
            'its resize may begin later\n',
            result.stderr,
        )

    def test_dropped(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}',
            json={**DEV, 'status': 'DELETE_IN_PROGRESS'},
        )
        result = self.masters(3, '--wait')
        self.assertEqual(1, result.status)
        self.assertIn(
            'Magnum has dropped the request: nodegroup default-master of '
            'cluster dev is CREATE_COMPLETE with 1 node, the cluster is '
            f'DELETE_IN_PROGRESS\nTo look: {LOOK}\n',
            result.stderr,
        )

    def test_left_over(self) -> None:
        # The nodegroup says that it is being resized, and nobody is at it.
        self.cloud.clusters({**DEV, **DONE})
        self.cloud.nodegroups({**MASTERS, **self.THREE_BUSY})
        self.assertEqual(
            'accepted', json.loads(self.masters(3).stdout)['result']
        )
        self.assertEqual(3, self.cloud.body_of_last('POST')['node_count'])
        result = self.masters(3, '--wait')
        self.assertEqual(1, result.status)
        self.assertEqual('unknown', json.loads(result.stdout)['result'])
        self.assertIn(
            'Whether the resize has ended cannot be told: nodegroup '
            'default-master of cluster dev is UPDATE_IN_PROGRESS with 3 '
            'nodes, the cluster is UPDATE_COMPLETE. Run the same command '
            'again: ',
            result.stderr,
        )
        self.assertEqual(
            2, len([a for a in self.cloud.asked() if a[:5] == 'POST '])
        )

    def test_left_over_and_the_driver_is_at_it(self) -> None:
        self.cloud.nodegroups({**MASTERS, **self.THREE_BUSY})
        self.cloud.clusters({**DEV, **DONE})
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}',
            [{'json': {**DEV, **state}} for state in (DONE, BUSY)],
        )
        result = self.masters(3)
        self.assertEqual(
            f'{LABEL} is being resized to 3 nodes already\n', result.stderr
        )
        self.assertEqual('accepted', json.loads(result.stdout)['result'])
        self.assertNothingChanged()

    def test_left_over_and_no_way_to_look(self) -> None:
        self.cloud.nodegroups({**MASTERS, **self.THREE_BUSY})
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', status_code=503
        )
        self.assertRefused(
            f'{LABEL} cannot be looked at: the service answered 503. Nothing '
            'was changed; run the same command again',
            self.masters(3),
        )

    def test_nodegroup_without_a_status(self) -> None:
        self._states([DEV], [{'status': None}])
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', json={**DEV, **BUSY}
        )
        result = self.masters(3, '--wait --timeout 60')
        self.assertEqual(124, result.status)
        self.assertIn(
            f'{LABEL} was in an unknown state with 1 node when last looked',
            result.stderr,
        )
        self.assertIsNone(json.loads(result.stdout)['status'])

    def _taking_long(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', json={**DEV, **BUSY}
        )
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups/{MASTERS["uuid"]}',
            json={**MASTERS, **self.THREE_BUSY},
        )

    def test_timeout(self) -> None:
        self._taking_long()
        result = self.masters(3, '--wait --timeout 120')
        self.assertEqual(124, result.status)
        self.assertEqual('timed out', json.loads(result.stdout)['result'])
        self.assertTrue(
            result.stderr.endswith(
                f'Not finished within 120 seconds. {LABEL} was '
                'UPDATE_IN_PROGRESS with 3 nodes when last looked at; its '
                f'resize goes on\nTo look: {LOOK}\n{WAITS}'
                'Magnum cannot cancel it; to go back afterwards, after a '
                'backup of etcd: openstack coe cluster resize --wait '
                '--nodegroup default-master dev 1\n'
            )
        )

    def test_timeout_after_a_size_that_cannot_be(self) -> None:
        self.cloud.nodegroups({**MASTERS, 'node_count': 2})
        self._taking_long()
        result = self.masters(3, '--wait --timeout 120')
        self.assertEqual(124, result.status)
        self.assertTrue(result.stderr.endswith(f'To look: {LOOK}\n{WAITS}'))

    def test_interrupt(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', exc=KeyboardInterrupt
        )
        result = self.masters(3, '--wait')
        self.assertEqual(130, result.status)
        self.assertEqual('interrupted', json.loads(result.stdout)['result'])
        self.assertIn('Interrupted. ', result.stderr)

    def test_right_to_look_lost(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}',
            status_code=403,
            json=cloud.magnum_fault(403, 'No longer.'),
        )
        result = self.masters(3, '--wait')
        self.assertEqual(1, result.status)
        self.assertEqual('unknown', json.loads(result.stdout)['result'])
        self.assertIn(
            f'Cannot go on looking: your roles do not allow it (No longer). '
            f'{LABEL} was CREATE_COMPLETE with 1 node when last looked at; '
            'its resize goes on\n',
            result.stderr,
        )

    def test_taken_up_again(self) -> None:
        self.cloud.clusters({**DEV, **BUSY})
        self.cloud.nodegroups({**MASTERS, **self.THREE_BUSY})
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', json={**DEV, **DONE}
        )
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups/{MASTERS["uuid"]}',
            json={**MASTERS, **self.THREE_DONE},
        )
        result = self.masters(3, '--wait')
        self.assertEqual(0, result.status)
        self.assertEqual(
            f'{LABEL} is being resized to 3 nodes already\n'
            f'{LABEL}: UPDATE_COMPLETE, 3 nodes (0 s)\n',
            result.stderr,
        )
        self.assertNothingChanged()

    def test_answer_lost_but_taken(self) -> None:
        self._taking_long()
        self.cloud.resize_cluster(DEV, exc=sdk_base.dropped())
        result = self.masters(3)
        self.assertEqual(0, result.status)
        self.assertEqual('accepted', json.loads(result.stdout)['result'])

    def test_answer_lost_and_taken_up_later(self) -> None:
        self.cloud.clusters(DEV, DEV, {**DEV, **BUSY})
        self.cloud.nodegroups(MASTERS, MASTERS, {**MASTERS_3, **BUSY})
        self.cloud.resize_cluster(DEV, text='<html>Please log in</html>')
        result = self.masters(3)
        self.assertEqual(0, result.status)
        self.assertEqual('accepted', json.loads(result.stdout)['result'])

    def test_answer_lost_and_failed(self) -> None:
        failed = {'status': 'UPDATE_FAILED', 'status_reason': 'Quota exceeded'}
        self.cloud.clusters(DEV, {**DEV, **failed})
        self.cloud.nodegroups(MASTERS, {**MASTERS, **failed})
        self.cloud.resize_cluster(DEV, status_code=504)
        result = self.masters(3, '--wait')
        self.assertEqual(1, result.status)
        self.assertIn('Quota exceeded', result.stderr)
        self.assertEqual('failed', json.loads(result.stdout)['result'])

    def test_answer_lost_and_no_way_to_look(self) -> None:
        self.cloud.resize_cluster(DEV, exc=sdk_base.dropped())
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', status_code=503
        )
        result = self.masters(3)
        self.assertEqual(1, result.status)
        self.assertIn(
            'What nodegroup default-master is now cannot be told: the '
            'service answered 503. Run the same command again: it resizes '
            'only what is not being resized yet\n',
            result.stderr,
        )

    def test_too_many_requests(self) -> None:
        self.cloud.resize_cluster(
            DEV, status_code=429, headers={'Retry-After': '30'}
        )
        self.assertRefused(
            f'{CLUSTER_LABEL} was not resized: the service answered 429. '
            'Nodegroup default-master still has 1 node and is '
            'CREATE_COMPLETE; run the same command again in 30 seconds',
            self.masters(3),
        )

    def test_interrupted_while_asking(self) -> None:
        self.cloud.resize_cluster(DEV, exc=KeyboardInterrupt)
        result = self.masters(3)
        self.assertEqual(
            base.Result(
                '',
                f'Interrupted while asking. {LABEL} had 1 node before; '
                'whether Magnum resizes the nodegroup cannot be told. To '
                'resize the nodegroup unless that goes on already, run the '
                f'same command again\nTo look: {LOOK}\n',
                130,
            ),
            result,
        )

    def test_interrupted_before_asking(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/dev', exc=KeyboardInterrupt
        )
        self.assertEqual(
            base.Result('', 'Interrupted. Nothing was changed\n', 130),
            self.masters(3),
        )

    def test_gateway_away_for_a_moment(self) -> None:
        self.cloud.requests.get(f'{cloud.CLUSTERS_URL}/dev', status_code=404)
        self.assertRefused(
            'Cluster dev cannot be looked at: the service answered 404. '
            'Nothing was changed; run the same command again',
            self.masters(3),
        )

    def test_answer_lost(self) -> None:
        self.cloud.resize_cluster(DEV, status_code=504)
        self.assertRefused(
            f'{CLUSTER_LABEL} was not resized: the service answered 504. '
            'Nodegroup default-master still has 1 node and is '
            'CREATE_COMPLETE. Run the same command again: it resizes only '
            'what is not being resized yet',
            self.masters(3),
        )
