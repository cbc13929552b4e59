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

import io
import json
import shlex
from unittest import mock

from openstackclient import shell

from tests.unit.osc import base
from tests.unit.osc import cluster
from tests.unit.osc.cluster import BUSY
from tests.unit.osc.cluster import CLUSTER_LABEL
from tests.unit.osc.cluster import LABEL
from tests.unit.osc.cluster import LOOK
from tests.unit.osc.cluster import MASTERS_3
from tests.unit.sdk import base as sdk_base
from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS


class TestAsking(cluster.TestCase):
    """What becomes of the request itself."""

    def test_answer_lost_but_taken(self) -> None:
        self.take_long()
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
            'Failed to get nodegroup default-master afterwards: the service '
            'answered 503. Run the same command again: it resizes '
            'only what is not being resized yet\n',
            result.stderr,
        )

    def test_nobody_reads_that_it_is_accepted(self) -> None:
        self.take_long()
        full = mock.Mock(spec=io.TextIOWrapper, encoding='utf-8', closed=False)
        full.isatty.return_value = False
        full.write.side_effect = OSError(28, 'No space left on device')
        stderr = io.StringIO()
        with base.streams(full, stderr):
            shell.main(
                shlex.split(
                    'coe cluster resize --nodegroup default-master --wait '
                    '--timeout 5 dev 3'
                )
            )
        self.assertIn('Timed out after 5 seconds', stderr.getvalue())

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
                'Interrupted while sending the request: it is unknown whether '
                f'Magnum accepted it. {LABEL} had 1 node before. If no resize '
                f'is in progress, run the same command again\nTo check: '
                f'{LOOK}\n',
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
            'Failed to get cluster dev: something before the service '
            'answered 404. Nothing was changed; run the same command again',
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
