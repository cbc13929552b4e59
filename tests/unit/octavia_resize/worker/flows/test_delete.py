# SPDX-License-Identifier: Apache-2.0

from unittest import mock

from octavia.api.drivers import utils as provider_utils

from octavia_resize.lifecycle import ownership
from octavia_resize.worker import arguments
from octavia_resize.worker import loading
from octavia_resize.worker.flows import delete
from tests.unit.octavia_resize import base
from tests.unit.octavia_resize.lifecycle import test_rollback


class TestRollbackFlow(test_rollback.TestCase):
    def test_secrets_must_be_there_for_the_standby_only(self) -> None:
        """A build checks them when it configures the listeners."""
        self.build_one_by_one()
        with mock.patch.object(
            provider_utils,
            'db_loadbalancer_to_provider_loadbalancer',
            wraps=provider_utils.db_loadbalancer_to_provider_loadbalancer,
        ) as convert:
            self.cancel_in('building', 2)
        self.assertEqual(
            [True, True, False],
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
        self.assert_load_balancer(self.lb_id, 'ERROR', self.ha_small)


class TestCleanUpFlow(base.TestCase):
    def test_retries_as_configured(self) -> None:
        """Octavia's own defaults are those before the configuration."""
        self.override('controller_worker', 'amphora_delete_retries', 3)
        lb_id = self.create_load_balancer(self.small)
        lb = loading.get_load_balancer(lb_id)
        amphorae = arguments.get_amphora_dicts(lb, [lb.amphorae[0].id])
        claim = ownership.Claim(lb_id, 'resize', 'host/1')
        (deletes,) = delete.get_clean_up_flow(claim._asdict(), amphorae)
        (delete_flow,) = deletes
        self.assertEqual(3, delete_flow.retry._attempts)
