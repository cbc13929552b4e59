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

from tests.unit.osc import cluster
from tests.unit.osc.cluster import BUSY
from tests.unit.osc.cluster import DONE
from tests.unit.osc.cluster import LABEL
from tests.unit.osc.cluster import LOOK
from tests.unit.osc.cluster import WAITS
from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS


class TestWait(cluster.TestCase):
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
                f'UPDATE_FAILED: no quota\nTo check: {LOOK}\n'
            )
        )

    def test_quiet_failure(self) -> None:
        self._failing()
        result = self.openstack(
            '-q coe cluster resize --nodegroup default-master --wait dev 3 '
            '-f value -c result'
        )
        self.assertEqual('failed\n', result.stdout)
        self.assertTrue(result.stderr.endswith(f"\nTo check: {LOOK}\n"))
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
                f'To check: openstack coe nodegroup show {operand} '
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
            f'. {LABEL} was CREATE_COMPLETE with 1 node at the last poll; '
            'the resize may begin later\n',
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
            f'Magnum has dropped the request: n{LABEL[1:]} is CREATE_COMPLETE '
            'with 1 node, the cluster is DELETE_IN_PROGRESS\nTo check: '
            f'{LOOK}\n',
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
            'Magnum does not show whether the resize has ended: '
            f'n{LABEL[1:]} is UPDATE_IN_PROGRESS with 3 nodes, the '
            'cluster is UPDATE_COMPLETE. Run the same command again: ',
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
            f'Failed to get n{LABEL[1:]}: the service answered 503. Nothing '
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
            f'{LABEL} was in an unknown state with 1 node at the last poll',
            result.stderr,
        )
        self.assertIsNone(json.loads(result.stdout)['status'])

    def test_timeout(self) -> None:
        self.take_long()
        result = self.masters(3, '--wait --timeout 120')
        self.assertEqual(124, result.status)
        self.assertEqual('timed out', json.loads(result.stdout)['result'])
        self.assertTrue(
            result.stderr.endswith(
                f'Timed out after 120 seconds. {LABEL} was '
                'UPDATE_IN_PROGRESS with 3 nodes at the last poll; the '
                f'resize continues\nTo check: {LOOK}\n{WAITS}'
                'Magnum cannot cancel a resize; to undo it afterwards, after '
                'a '
                'backup of etcd: openstack coe cluster resize --wait '
                '--nodegroup default-master dev 1\n'
            )
        )

    def test_timeout_after_a_size_that_cannot_be(self) -> None:
        self.cloud.nodegroups({**MASTERS, 'node_count': 2})
        self.take_long()
        result = self.masters(3, '--wait --timeout 120')
        self.assertEqual(124, result.status)
        self.assertTrue(result.stderr.endswith(f'To check: {LOOK}\n{WAITS}'))

    def test_interrupt(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', exc=KeyboardInterrupt
        )
        result = self.masters(3, '--wait')
        self.assertEqual(130, result.status)
        self.assertEqual('interrupted', json.loads(result.stdout)['result'])
        self.assertIn('Interrupted. ', result.stderr)

    def test_hints_name_what_the_user_has_named(self) -> None:
        self.take_long()
        # Two clusters may have the name "dev".
        for named in (DEV['uuid'], 'dev'):
            result = self.openstack(
                'coe cluster resize -f json --wait --timeout 60 --nodegroup '
                f'default-master {named} 3'
            )
            self.assertIn(
                f'To check: openstack coe nodegroup show {named} '
                'default-master\n',
                result.stderr,
            )

    def test_names_that_cannot_be_typed(self) -> None:
        self.cloud.clusters({**DEV, 'name': '-dev'})
        # Magnum would look for the second one at another URL.
        for name in ('-masters', 'a/b'):
            self.cloud.nodegroups({**MASTERS, 'name': name})
            result = self.openstack(
                'coe cluster resize -f json --wait --timeout 60 --nodegroup '
                f'{MASTERS["uuid"]} -- -dev 3'
            )
            self.assertIn(
                f'To check: openstack coe nodegroup show {DEV["uuid"]} '
                f'{MASTERS["uuid"]}\n',
                result.stderr,
            )

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
            f'Stopped waiting: your roles do not allow it (No longer). '
            f'{LABEL} was CREATE_COMPLETE with 1 node at the last poll; '
            'the resize continues\n',
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
