# SPDX-License-Identifier: Apache-2.0

import io
import shlex
from unittest import mock

from openstackclient import shell

from tests.unit.osc import base
from tests.unit.osc import cluster
from tests.unit.osc.cluster import CLUSTER_LABEL
from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS


class TestSent(cluster.TestCase):
    """The fate of the request itself."""

    def test_answer_lost_and_failed(self) -> None:
        failed = {'status': 'UPDATE_FAILED', 'status_reason': 'Quota exceeded'}
        self.cloud.clusters(DEV, {**DEV, **failed})
        self.cloud.nodegroups(MASTERS, {**MASTERS, **failed})
        self.cloud.resize_cluster(DEV, status_code=504)
        self.check(self.masters(3, '--wait'), 1, 'failed', 'Quota exceeded')

    def _refused(self, part: str) -> None:
        result = self.masters(3)
        self.assertEqual((1, ''), (result.status, result.stdout))
        self.assertIn(part, result.stderr)

    def test_answer_lost(self) -> None:
        self.cloud.resize_cluster(DEV, status_code=504)
        self._refused('. Run the same command again: it resizes only what is')
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}', status_code=503
        )
        self._refused('. Failed to get nodegroup default-master afterwards: ')

    def test_full_disk(self) -> None:
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

    def test_not_supported(self) -> None:
        for message, part in (
            (
                'Resizing the master nodegroup is not supported by this '
                'driver.',
                "the cluster's driver does not support resizing a control ",
            ),
            # Magnum 18 and 19 return it for every control plane.
            (
                'Resizing a master nodegroup is not supported.',
                'this Magnum is too old to resize a control plane, ',
            ),
        ):
            self.cloud.resize_cluster(
                DEV, status_code=400, json=cloud.magnum_fault(400, message)
            )
            self._refused(f'{CLUSTER_LABEL} was not resized: {part}')

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

    def test_gateway_away_for_a_moment(self) -> None:
        self.cloud.requests.get(f'{cloud.CLUSTERS_URL}/dev', status_code=404)
        self.assertRefused(
            f'Failed to get cluster dev: what answers at {cloud.CLUSTERS_URL}'
            '/dev is not the service (404): check the address in the catalog, '
            'or the endpoint_override in clouds.yaml. Nothing was changed; '
            'run the same command again if that address is right',
            self.masters(3),
        )
