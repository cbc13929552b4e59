# SPDX-License-Identifier: Apache-2.0

import json

from tests.unit.osc import base
from tests.unit.osc import cluster
from tests.unit.osc.cluster import BUSY
from tests.unit.osc.cluster import DONE
from tests.unit.osc.cluster import LABEL
from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS


class TestWait(cluster.TestCase):
    THREE_BUSY = {**BUSY, 'node_count': 3}
    THREE_DONE = {**DONE, 'node_count': 3}

    def _polls(self, clusters: list[dict], nodegroups: list[dict]) -> None:
        """Return these states to polls, which use UUIDs."""
        url = f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}'
        self.cloud.requests.get(
            url, [{'json': {**DEV, **state}} for state in clusters]
        )
        self.cloud.requests.get(
            f'{url}/nodegroups/{MASTERS["uuid"]}',
            [{'json': {**MASTERS, **state}} for state in nodegroups],
        )

    def test_done(self) -> None:
        self._polls([BUSY, DONE], [self.THREE_BUSY, self.THREE_DONE])
        result = self.masters(3, '--wait')
        self.check(result, 0, 'resized')
        self.assertEqual(
            'UPDATE_COMPLETE', json.loads(result.stdout)['status']
        )
        self.assertEqual(
            'Request to resize cluster dev has been accepted.\n'
            f'{LABEL}: UPDATE_IN_PROGRESS, 3 nodes requested (0 s)\n'
            f'{LABEL}: UPDATE_COMPLETE, 3 nodes (1 s)\n'
            'To undo, after a backup of etcd: openstack coe cluster resize '
            '--wait --nodegroup default-master dev 1\n',
            result.stderr,
        )

    def test_failure(self) -> None:
        failed = {'status': 'UPDATE_FAILED', 'status_reason': 'no quota'}
        self._polls([failed], [failed])
        result = self.masters(3, '--wait')
        self.check(result, 1, 'failed', 'with 1 node: no quota\nTo check: ')
        self.cloud.clusters(DEV)
        self.cloud.nodegroups(MASTERS)
        self._polls([failed], [failed])
        quiet = self.openstack(
            '-q coe cluster resize --nodegroup default-master --wait dev 3 '
            '-f value -c result'
        )
        self.assertEqual('failed\n', quiet.stdout)
        self.assertEqual(2, len(quiet.stderr.splitlines()))

    def test_not_begun(self) -> None:
        # A conductor that is busy takes its time.
        self.check(
            self.masters(3, '--wait --timeout 120'),
            124,
            'timed out',
            f'{LABEL}: CREATE_COMPLETE, 1 node, not begun (0 s)\n',
            '; the resize may begin later\n',
        )

    def test_unknown_whether_it_is_in_progress(self) -> None:
        self.cloud.nodegroups({**MASTERS, **self.THREE_BUSY})
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', status_code=503
        )
        self.assertRefused(
            f'Failed to get n{LABEL[1:]}: the service answered 503. Nothing '
            'was changed; run the same command again',
            self.masters(3),
        )

    def test_timeout(self) -> None:
        self.take_long()
        self.check(
            self.masters(3, '--wait --timeout 120'),
            124,
            'timed out',
            f'Timed out after 120 seconds. {LABEL} was UPDATE_IN_PROGRESS ',
            '\nWhat a driver on Cluster API waits for: ',
            '\nMagnum cannot cancel a resize; to undo it afterwards, ',
        )

    def test_interrupt(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', exc=KeyboardInterrupt
        )
        result = self.masters(3, '--wait')
        self.check(result, 130, 'interrupted', 'Interrupted. ')

    def test_same_resize_in_progress(self) -> None:
        self.cloud.clusters({**DEV, **BUSY})
        self.cloud.nodegroups({**MASTERS, **self.THREE_BUSY})
        self._polls([DONE], [self.THREE_DONE])
        result = self.masters(3, '--wait')
        self.check(result, 0, 'resized')
        self.assertEqual(
            f'{LABEL} is being resized to 3 nodes already\n'
            f'{LABEL}: UPDATE_COMPLETE, 3 nodes (0 s)\n',
            result.stderr,
        )
        self.assertNothingChanged()


class TestSent(cluster.TestCase):
    """The fate of the request itself."""

    def test_interrupted_while_sending(self) -> None:
        self.cloud.resize_cluster(DEV, exc=KeyboardInterrupt)
        result = self.masters(3)
        self.assertEqual((130, ''), (result.status, result.stdout))
        self.assertIn('Interrupted while sending the request: ', result.stderr)

    def test_interrupted_before(self) -> None:
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/dev', exc=KeyboardInterrupt
        )
        self.assertEqual(
            base.Result('', 'Interrupted. Nothing was changed\n', 130),
            self.masters(3),
        )
