# SPDX-License-Identifier: Apache-2.0

"""What is announced of a resize."""

from unittest import mock

from octavia.certificates.manager import noop
from octavia.common import config  # noqa: F401, defines the options
from octavia.common import rpc
from octavia.controller.worker.v2.tasks import database_tasks
from octavia.db import api as db_apis
from octavia.db import models
from oslo_messaging.notify import _impl_test

from octavia_resize import notifications
from octavia_resize.drivers import status
from tests.unit.octavia_resize import base
from tests.unit.octavia_resize import topologies


class TestCase(topologies.SingleTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.previous = self.small
        _impl_test.reset()
        self.addCleanup(_impl_test.reset)

    def _get_sent(self) -> list[tuple[str, str, str, str | None]]:
        """Return event, priority, state and reason of each, and forget it."""
        sent = []
        for _, message, priority, _ in _impl_test.NOTIFICATIONS:
            payload = message['payload']
            self.assertEqual(self.lb_id, payload['loadbalancer_id'])
            self.assertEqual(base.PROJECT_ID, payload['project_id'])
            self.assertEqual(self.previous, payload['previous_flavor_id'])
            sent.append(
                (
                    message['event_type'],
                    priority,
                    payload['state'],
                    payload['reason'],
                )
            )
        _impl_test.reset()
        return sent

    def get_events(self) -> list[tuple[str, str]]:
        """Return the last part of each event's type, and the state."""
        return [
            (event.rpartition('.')[2], state)
            for event, _, state, _ in self._get_sent()
        ]


class TestNotifications(TestCase):
    def test_completed(self) -> None:
        for provider in ('amphora', 'octavia'):
            self.lb_id = self.create_load_balancer(
                self.small, provider=provider
            )
            self.resize(self.lb_id, self.large)
            self.run_worker(self.lb_id)
            event = 'octavia.loadbalancer.resize'
            self.assertEqual(
                [
                    (f'{event}.start', 'INFO', 'RUNNING', None),
                    (f'{event}.end', 'INFO', 'COMPLETED', None),
                ],
                self._get_sent(),
            )

    def test_end_has_what_other_notifications_of_octavia_have(self) -> None:
        self.resize(self.lb_id, self.large)
        self.run_worker(self.lb_id)
        _, (_, message, _, _) = _impl_test.NOTIFICATIONS
        payload = message['payload']
        load_balancer = database_tasks.ReloadLoadBalancer().execute(self.lb_id)
        self.assertEqual('web', payload['name'])
        self.assertEqual(
            {'compute_flavor': 'sandbox.large'}, payload['flavor']
        )
        self.assertEqual(
            {
                'loadbalancer_id',
                'project_id',
                'previous_flavor_id',
                'new_flavor_id',
                'state',
                'reason',
                'detail',
                *load_balancer,
            },
            set(payload),
        )
        for name, value in load_balancer.items():
            self.assertEqual(value, payload[name], name)

    def test_certificates_are_not_read_for_a_notification(self) -> None:
        self.resize(self.lb_id, self.large)
        with db_apis.session().begin() as session:
            (listener,) = session.query(models.Listener).filter_by(
                load_balancer_id=self.lb_id
            )
            listener.tls_certificate_id = 'https://secrets/1'
        resize_id = self.get_resize(self.lb_id).id
        with mock.patch.object(
            noop.NoopCertManager, 'get_cert', autospec=True
        ) as get_cert:
            status.start(self.lb_id, resize_id)
            status.complete(self.lb_id, resize_id)
        get_cert.assert_not_called()
        self.assertEqual([('end', 'COMPLETED')], self.get_events())

    def test_reported(self) -> None:
        """What the controller of another provider reports, in turn."""
        failed = 'No room'
        for is_cancelled, report, arguments, expected in (
            (False, status.complete, (), ('end', 'COMPLETED')),
            (False, status.fail, (failed,), ('error', 'FAILED')),
            (True, status.complete_cancel, (), ('cancel', 'CANCELLED')),
            (True, status.fail_cancel, (failed,), ('error', 'FAILED')),
        ):
            self.lb_id = self.create_load_balancer(self.small)
            self.resize(self.lb_id, self.large)
            resize_id = self.get_resize(self.lb_id).id
            self.assertTrue(status.start(self.lb_id, resize_id))
            if is_cancelled:
                self.request('DELETE', self.lb_id)
            self.assertTrue(report(self.lb_id, resize_id, *arguments))
            self.assertEqual([expected], self.get_events())

    def test_switched_off(self) -> None:
        self.override('controller_worker', 'event_notifications', False)
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
        """The resize continues."""
        self.resize(self.lb_id, self.large)
        with mock.patch.object(
            notifications,
            '_read_load_balancer',
            autospec=True,
            side_effect=OSError('no route'),
        ):
            self.run_worker(self.lb_id)
        self.assertEqual([], self._get_sent())
        self.assertEqual('COMPLETED', self.get_resize(self.lb_id).state)
