# SPDX-License-Identifier: Apache-2.0

from unittest import mock

from octavia.api.drivers import utils as provider_utils

from octavia_resize.worker.flows import delete
from tests.unit.octavia_resize.lifecycle import test_rollback


class TestRollbackFlow(test_rollback.TestCase):
    def test_certificates_are_fetched_for_new_amphorae_only(self) -> None:
        with mock.patch.object(
            provider_utils,
            'db_loadbalancer_to_provider_loadbalancer',
            wraps=provider_utils.db_loadbalancer_to_provider_loadbalancer,
        ) as convert:
            self.cancel_in('building', 2)
        self.assertEqual(
            [False, True],
            [
                call.kwargs['for_delete']
                for call in convert.mock_calls
                if 'for_delete' in call.kwargs
            ],
        )

    def test_rollback_fails(self) -> None:
        with mock.patch.object(
            delete,
            'get_rollback_flow',
            autospec=True,
            side_effect=RuntimeError('no flow'),
        ):
            self.cancel_in('building', 2)
        resize = self.get_resize(self.lb_id)
        self.assertEqual('FAILED', resize.state)
        self.assertIn('no flow', resize.detail)
        self.assertEqual(
            {'status': 'ERROR', 'flavor_id': self.ha_small},
            self.get_load_balancer(self.lb_id),
        )
