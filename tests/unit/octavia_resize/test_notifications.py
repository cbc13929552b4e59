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

"""What is announced of a resize."""

from unittest import mock

from octavia.common import rpc
from oslo_config import cfg
from oslo_messaging.notify import _impl_test

from octavia_resize.db import repository
from tests.unit.octavia_resize import base


class TestNotifications(base.SingleTestCase):
    def setUp(self) -> None:
        super().setUp()
        _impl_test.reset()
        self.addCleanup(_impl_test.reset)

    def _get_sent(self) -> list[tuple[str, str, str, str | None]]:
        sent = []
        for _, message, priority, _ in _impl_test.NOTIFICATIONS:
            payload = message['payload']
            self.assertEqual(self.lb_id, payload['loadbalancer_id'])
            self.assertEqual(base.PROJECT_ID, payload['project_id'])
            self.assertEqual(self.small, payload['previous_flavor_id'])
            sent.append(
                (
                    message['event_type'],
                    priority,
                    payload['state'],
                    payload['reason'],
                )
            )
        return sent

    def test_completed(self) -> None:
        self.resize(self.lb_id, self.large)
        self.run_worker(self.lb_id)
        self.assertEqual(
            [
                ('octavia.loadbalancer.resize.start', 'INFO', 'RUNNING', None),
                ('octavia.loadbalancer.resize.end', 'INFO', 'COMPLETED', None),
            ],
            self._get_sent(),
        )

    def test_failed(self) -> None:
        self.resize(self.lb_id, self.broken)
        self.run_worker(self.lb_id)
        start, end = self._get_sent()
        self.assertEqual(
            ('octavia.loadbalancer.resize.error', 'ERROR', 'FAILED'), end[:3]
        )
        self.assertEqual(
            'The compute service could not provide an amphora', end[3]
        )

    def test_cancelled(self) -> None:
        self.resize(self.lb_id, self.large)
        self.run_worker(
            self.lb_id,
            after={3: lambda: self.request('DELETE', self.lb_id)},
        )
        self.assertEqual(
            [
                'octavia.loadbalancer.resize.start',
                'octavia.loadbalancer.resize.cancel',
            ],
            [sent[0] for sent in self._get_sent()],
        )

    def test_switched_off(self) -> None:
        cfg.CONF.set_override(
            'event_notifications', False, 'controller_worker'
        )
        self.addCleanup(
            cfg.CONF.clear_override, 'event_notifications', 'controller_worker'
        )
        self.resize(self.lb_id, self.large)
        self.run_worker(self.lb_id)
        self.assertEqual([], self._get_sent())

    def test_message_bus_away(self) -> None:
        self.resize(self.lb_id, self.large)
        with mock.patch.object(rpc, 'get_notifier') as notifier:
            prepare = notifier.return_value.prepare
            prepare.return_value.info.side_effect = OSError('no route')
            self.run_worker(self.lb_id)
        prepare.assert_called_with(retry=2)
        self.assertEqual('COMPLETED', self.get_resize(self.lb_id).state)

    def test_database_away(self) -> None:
        """The resize goes on."""
        self.resize(self.lb_id, self.large)
        with mock.patch.object(
            repository.ResizeRepository,
            'get_project_id',
            side_effect=OSError('no route'),
        ):
            self.run_worker(self.lb_id)
        self.assertEqual([], self._get_sent())
        self.assertEqual('COMPLETED', self.get_resize(self.lb_id).state)
