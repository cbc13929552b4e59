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

"""The way back, from where the resize was when it was cancelled."""

from typing import Any
from unittest import mock

from octavia.api.drivers import utils as provider_utils
from octavia.db import api as db_api
from oslo_config import cfg

from octavia_resize.worker import flows
from resize_sandbox.octavia import network
from tests.unit.octavia_resize import base


class TestCancel(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        self.before = {a[0] for a in self.get_amphorae(self.lb_id)}
        self.children = self.get_children(self.lb_id)
        self.resize(self.lb_id, self.ha_large)

    def _cancel_when_replaced(self, count: int) -> None:
        """Run the resize, and cancel it as soon as it has gone so far."""
        accepted = []

        def look() -> None:
            resize = self.get_resize(self.lb_id)
            if not accepted and len(resize.replaced) == count:
                response = self.request('DELETE', self.lb_id)
                self.assertEqual(202, response.status_int, response.text)
                accepted.append(response)

        base.run_worker(
            self, self.lb_id, after=dict.fromkeys(range(500), look)
        )
        self.assertEqual(1, len(accepted))

    def _check(self, kept: int) -> None:
        self.assertEqual('CANCELLED', self.get_resize(self.lb_id).state)
        self.assertEqual(
            {'status': 'ACTIVE', 'flavor_id': self.ha_small},
            self.get_load_balancer(self.lb_id),
        )
        amphorae = self.get_amphorae(self.lb_id)
        self.assertEqual(
            {
                ('BACKUP', 'ALLOCATED', 'sandbox.small'),
                ('MASTER', 'ALLOCATED', 'sandbox.small'),
            },
            {a[1:] for a in amphorae},
        )
        self.assertEqual(2, len(amphorae))
        self.assertEqual(kept, len(self.before & {a[0] for a in amphorae}))
        self.assertEqual(self.children, self.get_children(self.lb_id))

    def test_before_the_first_is_replaced(self) -> None:
        self._cancel_when_replaced(0)
        self._check(kept=2)

    def test_certificates_are_fetched_for_new_amphorae_only(self) -> None:
        for replaced, expected in ((0, True), (1, False)):
            with mock.patch.object(
                provider_utils,
                'db_loadbalancer_to_provider_loadbalancer',
                wraps=provider_utils.db_loadbalancer_to_provider_loadbalancer,
            ) as convert:
                self._cancel_when_replaced(replaced)
            self.assertEqual(
                [False, expected],
                [
                    call.kwargs['for_delete']
                    for call in convert.mock_calls
                    if 'for_delete' in call.kwargs
                ],
            )
            self.resize(self.lb_id, self.ha_large)

    def test_between_the_two(self) -> None:
        self._cancel_when_replaced(1)
        self._check(kept=1)

    def test_after_both_are_replaced(self) -> None:
        self._cancel_when_replaced(2)
        self._check(kept=0)

    def test_way_back_fails(self) -> None:
        with mock.patch.object(
            flows,
            'get_cancel_resize_flow',
            autospec=True,
            side_effect=RuntimeError('no flow'),
        ):
            self._cancel_when_replaced(0)
        resize = self.get_resize(self.lb_id)
        self.assertEqual('FAILED', resize.state)
        self.assertIn('no flow', resize.detail)
        self.assertEqual(
            {'status': 'ERROR', 'flavor_id': self.ha_small},
            self.get_load_balancer(self.lb_id),
        )


class TestCancelWithIpv6(base.TestCase):
    def test_port_is_enabled_again(self) -> None:
        """Octavia has disabled it before the new amphora got the address."""
        lb_id = self.create_load_balancer(self.small)
        ((amphora_id, *_),) = self.get_amphorae(lb_id)
        with db_api.session().begin() as session:
            self.repos.amphora.update(
                session, amphora_id, vrrp_ip='2001:db8::6'
            )
            port_id = self.repos.amphora.get(
                session, id=amphora_id
            ).vrrp_port_id
        self.resize(lb_id, self.large)
        cfg.CONF.set_override('retry_interval', 0, group='networking')
        self.addCleanup(
            cfg.CONF.clear_override, 'retry_interval', group='networking'
        )
        states: list[bool] = []

        def set_state(driver: Any, changed: str, state: bool) -> None:
            self.assertEqual(port_id, changed)
            states.append(state)
            if not state:
                response = self.request('DELETE', lb_id)
                self.assertEqual(202, response.status_int, response.text)

        with mock.patch.object(
            network.SandboxNetworkDriver, 'set_port_admin_state_up', set_state
        ):
            base.run_worker(self, lb_id)

        self.assertEqual([False, True], states)
        self.assertEqual('CANCELLED', self.get_resize(lb_id).state)
        self.assertEqual(
            [(amphora_id, 'STANDALONE', 'ALLOCATED', 'sandbox.small')],
            self.get_amphorae(lb_id),
        )
