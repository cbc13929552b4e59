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
import functools

from openstack import exceptions

from resize_client.sdk.container_infra import failure
from resize_client.sdk.container_infra import plan as _plan
from tests.unit.sdk import base
from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra import clusters
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS

LABEL = f'default-master of cluster dev ({DEV["uuid"]})'


class TestWait(clusters.TestCase):
    """Each look shows the next state of the cluster and the nodegroup."""

    def _before(self, clusters, nodegroups):
        self.cloud.clusters(*[{**DEV, **state} for state in clusters])
        self.cloud.nodegroups(*[{**MASTERS, **state} for state in nodegroups])
        return (
            self.proxy.get_cluster(DEV['uuid']),
            self.proxy.get_nodegroup(DEV['uuid'], MASTERS['uuid']),
        )

    def _wait(self, clusters, nodegroups, node_count=3, **kwargs):
        return self.proxy.wait_for_cluster_resize(
            *self._before(clusters, nodegroups), node_count, **kwargs
        )

    def _fails(self, clusters, nodegroups, **kwargs) -> str:
        return str(
            self.assertRaises(
                exceptions.ResourceFailure,
                self._wait,
                clusters,
                nodegroups,
                **kwargs,
            )
        )

    DONE = {'status': 'UPDATE_COMPLETE'}
    BUSY = {'status': 'UPDATE_IN_PROGRESS'}
    FAILED = {'status': 'UPDATE_FAILED', 'status_reason': 'no quota'}
    THREE_BUSY = {**BUSY, 'node_count': 3}
    THREE_DONE = {**DONE, 'node_count': 3}

    def test_done(self) -> None:
        seen = []
        found = self._wait(
            [{}, {}, self.BUSY, self.DONE],
            [{}, self.THREE_BUSY, self.THREE_BUSY, self.THREE_DONE],
            callback=lambda look, state: seen.append(
                (look.cluster.status, look.nodegroup.status, state.name)
            ),
        )
        self.assertEqual(3, found.node_count)
        self.assertEqual(
            [
                ('CREATE_COMPLETE', 'UPDATE_IN_PROGRESS', 'RUNNING'),
                ('UPDATE_IN_PROGRESS', 'UPDATE_IN_PROGRESS', 'RUNNING'),
                ('UPDATE_COMPLETE', 'UPDATE_COMPLETE', 'DONE'),
            ],
            seen,
        )

    def _resize_and_wait(self, **kwargs):
        self.cloud.clusters(DEV, {**DEV, **self.BUSY}, {**DEV, **self.DONE})
        self.cloud.nodegroups(
            MASTERS,
            {**MASTERS, **self.THREE_BUSY},
            {**MASTERS, **self.THREE_DONE},
        )
        return self.proxy.resize_cluster_and_wait(
            DEV['uuid'], 3, nodegroup=MASTERS['uuid'], **kwargs
        )

    def test_resize_and_wait(self) -> None:
        self.cloud.resize_cluster(DEV)
        found = self._resize_and_wait(interval=2)
        self.assertEqual(3, found.node_count)
        self.assertEqual([2, 2], self.clock.slept)

    def test_resize_and_wait_though_the_answer_is_lost(self) -> None:
        self.cloud.resize_cluster(DEV, exc=base.dropped())
        self.assertEqual(3, self._resize_and_wait().node_count)

    def test_resize_and_wait_is_refused(self) -> None:
        self.cloud.resize_cluster(
            DEV, status_code=400, json=cloud.magnum_fault(400, 'no')
        )
        self.assertRaises(
            exceptions.BadRequestException, self._resize_and_wait
        )

    def test_resize_and_wait_does_what_the_command_does(self) -> None:
        for before, node_count, raised in (
            ({}, 2, _plan.Refusal),
            ({'status': 'CREATE_IN_PROGRESS'}, 3, _plan.Refusal),
            ({}, 1, None),
        ):
            self.cloud.clusters({**DEV, **before})
            self.cloud.nodegroups(MASTERS)
            call = functools.partial(
                self.proxy.resize_cluster_and_wait,
                'dev',
                node_count,
                nodegroup='default-master',
            )
            if raised is None:
                self.assertEqual(1, call().node_count)
            else:
                self.assertRaises(raised, call)
        self.cloud.clusters({**DEV, **self.BUSY}, {**DEV, **self.DONE})
        self.cloud.nodegroups(
            {**MASTERS, **self.THREE_BUSY}, {**MASTERS, **self.THREE_DONE}
        )
        self.assertEqual(
            3,
            self.proxy.resize_cluster_and_wait(
                'dev', 3, nodegroup='default-master'
            ).node_count,
        )
        self.assertEqual(0, self.cloud.count('POST'))

    def test_stale_complete_is_not_believed(self) -> None:
        # The cluster shows its last operation until the driver has returned.
        self._wait(
            [self.DONE, self.DONE, self.DONE, self.BUSY, self.DONE],
            [{}, {}, *[self.THREE_BUSY] * 2, self.THREE_DONE],
        )
        self.assertEqual(4, len(self.clock.slept))

    def test_stale_failure_is_not_believed(self) -> None:
        stale = {'status': 'UPDATE_FAILED', 'status_reason': 'long ago'}
        self._wait(
            [stale, stale, stale, self.BUSY, self.DONE],
            [stale, stale, *[self.THREE_BUSY] * 2, self.THREE_DONE],
        )
        self.assertEqual(4, len(self.clock.slept))

    def test_the_cluster_ends_before_the_nodegroup(self) -> None:
        self._wait(
            [{}, self.DONE, self.DONE],
            [{}, self.THREE_BUSY, self.THREE_DONE],
        )
        self.assertEqual(2, len(self.clock.slept))

    def test_driver_that_leaves_the_nodegroup_alone(self) -> None:
        exc = self.assertRaises(
            failure.OutcomeUnknown,
            self._wait,
            [{}, self.BUSY, self.DONE],
            [{}, self.THREE_BUSY, self.THREE_BUSY],
        )
        self.assertEqual(
            f'Whether the resize has ended cannot be told: nodegroup {LABEL} '
            'is UPDATE_IN_PROGRESS with 3 nodes, the cluster is '
            'UPDATE_COMPLETE',
            str(exc),
        )
        self.assertGreaterEqual(self.clock.now, 1600)

    def test_reason_of_several_lines(self) -> None:
        failed = {**self.FAILED, 'status_reason': 'helm:\nExit code: 1\n'}
        self.assertIn(
            'UPDATE_FAILED: helm: Exit code: 1',
            self._fails([{}, failed], [{}, failed]),
        )

    def test_failure(self) -> None:
        self.assertEqual(
            f'Nodegroup {LABEL} is UPDATE_FAILED with 1 node, the cluster is '
            'UPDATE_FAILED: no quota',
            self._fails(
                [{}, self.BUSY, self.FAILED],
                [{}, self.THREE_BUSY, self.FAILED],
            ),
        )

    def test_same_failure_again(self) -> None:
        # Nothing but the time tells it from what was there before.
        old = {**self.FAILED, 'updated_at': '2026-01-01T00:00:00+00:00'}
        new = {**self.FAILED, 'updated_at': '2026-01-01T00:01:00+00:00'}
        self.assertIn(
            'no quota', self._fails([self.FAILED, self.FAILED], [old, new])
        )

    def test_failure_of_the_cluster_alone(self) -> None:
        self.assertIn(
            'is UPDATE_IN_PROGRESS with 3 nodes, the cluster is '
            'UPDATE_FAILED: no quota',
            self._fails([{}, self.FAILED], [{}, self.THREE_BUSY]),
        )
        # The conductor saves the cluster first: one more look.
        self.assertEqual(2, len(self.clock.slept))

    def test_never_taken_up(self) -> None:
        exc = self.assertRaises(
            exceptions.ResourceTimeout, self._wait, [{}], [{}], timeout=600
        )
        self.assertEqual(
            'Magnum accepted the request, and its conductor has not begun '
            'with it within 600 seconds: it is busy, or has lost the request',
            str(exc),
        )

    def test_dropped(self) -> None:
        self.assertEqual(
            f'Magnum has dropped the request: nodegroup {LABEL} is '
            'CREATE_COMPLETE with 1 node, the cluster is DELETE_IN_PROGRESS',
            self._fails([{}, {'status': 'DELETE_IN_PROGRESS'}], [{}]),
        )

    def test_conductor_that_is_busy(self) -> None:
        self._wait(
            [*[{}] * 50, self.BUSY, self.DONE],
            [*[{}] * 50, self.THREE_BUSY, self.THREE_DONE],
        )
        self.assertGreater(self.clock.now, 1060)

    def test_slow_is_not_dropped(self) -> None:
        exc = self.assertRaises(
            exceptions.ResourceTimeout,
            self._wait,
            [{}, self.BUSY],
            [{}, self.THREE_BUSY],
            timeout=600,
        )
        self.assertEqual('Not finished within 600 seconds', str(exc))

    def test_other_count_in_the_end(self) -> None:
        self.assertIn(
            'is UPDATE_COMPLETE with 5 nodes',
            self._fails(
                [{}, self.BUSY, self.DONE],
                [{}, self.THREE_BUSY, {**self.DONE, 'node_count': 5}],
            ),
        )

    def test_taken_up_again(self) -> None:
        self._wait(
            [self.BUSY, self.BUSY, self.DONE],
            [self.THREE_BUSY, self.THREE_BUSY, self.THREE_DONE],
        )

    def test_taken_up_again_while_the_driver_is_called(self) -> None:
        # The nodegroup is saved already, the cluster isn't yet.
        self._wait(
            [self.DONE, *[self.DONE] * 2, self.BUSY, self.DONE],
            [self.THREE_BUSY, *[self.THREE_BUSY] * 3, self.THREE_DONE],
        )
        self.assertEqual(4, len(self.clock.slept))

    def test_another_operation_is_not_ours(self) -> None:
        # The request was dropped; the cluster is updated by somebody else.
        self.assertRaises(
            exceptions.ResourceTimeout,
            self._wait,
            [{}, self.BUSY, self.DONE],
            [{}],
            timeout=120,
        )

    def test_taken_up_again_and_failed(self) -> None:
        self.assertIn(
            'no quota',
            self._fails(
                [self.BUSY, self.FAILED], [self.THREE_BUSY, self.FAILED]
            ),
        )

    def test_while_another_resize_is_going_on(self) -> None:
        # The other one ends, with its own count, before ours is taken up.
        two = {'node_count': 2}
        self._wait(
            [self.BUSY, self.BUSY, self.DONE, self.BUSY, self.DONE],
            [
                {**self.BUSY, **two},
                {**self.BUSY, **two},
                {**self.DONE, **two},
                self.THREE_BUSY,
                self.THREE_DONE,
            ],
        )

    def test_same_count_again(self) -> None:
        failed = {**self.FAILED, 'node_count': 3}
        self._wait(
            [self.FAILED, self.FAILED, self.BUSY, self.DONE],
            [failed, failed, self.THREE_BUSY, self.THREE_DONE],
        )

    def _is_taken_up(self, clusters, nodegroups) -> bool:
        return self.proxy.is_cluster_resize_taken_up(
            *self._before(clusters, nodegroups), 3
        )

    def test_is_taken_up(self) -> None:
        self.assertTrue(
            self._is_taken_up([{}, {}, self.BUSY], [{}, {}, self.THREE_BUSY])
        )
        self.assertEqual(2, len(self.clock.slept))

    def test_is_taken_up_and_done(self) -> None:
        self.assertTrue(
            self._is_taken_up([{}, self.DONE], [{}, self.THREE_DONE])
        )

    def test_is_taken_up_and_has_failed(self) -> None:
        self.assertTrue(
            self._is_taken_up([{}, self.FAILED], [{}, self.FAILED])
        )

    def test_is_not_taken_up(self) -> None:
        self.assertFalse(self._is_taken_up([self.DONE], [self.DONE]))
        self.assertEqual(1005.0, self.clock.now)

    def test_it_cannot_be_told_whether_it_is_taken_up(self) -> None:
        before = self._before([{}], [{}])
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', status_code=503
        )
        self.assertRaises(
            exceptions.HttpException,
            self.proxy.is_cluster_resize_taken_up,
            *before,
            3,
        )

    def test_answer_that_is_none(self) -> None:
        self.cloud.clusters(DEV)
        self.cloud.nodegroups(MASTERS)
        before = (
            self.proxy.get_cluster(DEV['uuid']),
            self.proxy.get_nodegroup(DEV['uuid'], MASTERS['uuid']),
        )
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}',
            [
                {'text': '<html>'},
                {'exc': base.dropped()},
                {'json': {**DEV, **self.DONE}},
            ],
        )
        self.cloud.nodegroups({**MASTERS, **self.THREE_DONE})
        found = self.proxy.wait_for_cluster_resize(*before, 3)
        self.assertEqual(3, found.node_count)
