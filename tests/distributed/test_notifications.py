# SPDX-License-Identifier: Apache-2.0

"""What is announced of resizes, taken from the real queue."""

from collections.abc import Iterator
import contextlib
import threading
from typing import Any

from oslo_config import cfg
import oslo_messaging

from tests.distributed import base

_OURS = (
    'previous_flavor_id',
    'new_flavor_id',
    'state',
    'reason',
    'detail',
)


class _Endpoint:
    def __init__(self) -> None:
        self.received: list[tuple[str, str, dict[str, Any]]] = []

    def info(
        self,
        context: Any,
        publisher_id: str,
        event_type: str,
        payload: dict[str, Any],
        metadata: Any,
    ) -> None:
        self.received.append(('info', event_type, payload))

    def error(
        self,
        context: Any,
        publisher_id: str,
        event_type: str,
        payload: dict[str, Any],
        metadata: Any,
    ) -> None:
        self.received.append(('error', event_type, payload))


class TestNotifications(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.endpoint_of_test = _Endpoint()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[], default_config_dirs=[])
        transport = oslo_messaging.get_notification_transport(
            conf, url=self.sandbox._deployment().transport_url
        )
        listener = oslo_messaging.get_notification_listener(
            transport,
            [oslo_messaging.Target(exchange='octavia', topic='notifications')],
            [self.endpoint_of_test],
            executor='threading',
        )
        listener.start()
        try:
            yield
        finally:
            listener.stop()
            listener.wait()
            transport.cleanup()

    def payloads(
        self, event: str, load_balancer_id: str
    ) -> list[dict[str, Any]]:
        """Return what was received with an event."""
        return [
            payload
            for _, name, payload in self.endpoint_of_test.received
            if name == event and payload['loadbalancer_id'] == load_balancer_id
        ]

    def payload(self, event: str, load_balancer_id: str) -> dict[str, Any]:
        (payload,) = self.payloads(event, load_balancer_id)
        return payload

    def of(self, load_balancer_id: str) -> list[tuple[str, str, str]]:
        """Return level, event and state of what was received."""
        return [
            (level, event.rpartition('.')[2], payload['state'])
            for level, event, payload in self.endpoint_of_test.received
            if event.startswith('octavia.loadbalancer.resize.')
            and payload['loadbalancer_id'] == load_balancer_id
        ]

    def expect(
        self, load_balancer_id: str, *expected: tuple[str, str, str]
    ) -> None:
        self.until(
            'notifications',
            lambda: len(self.of(load_balancer_id)) >= len(expected),
        )
        # Nothing comes twice.
        threading.Event().wait(1)
        self.assertEqual(list(expected), self.of(load_balancer_id))

    def test_each_way_to_end(self) -> None:
        start = ('info', 'start', 'RUNNING')
        with self.listening():
            lb = self.create_load_balancer('small')
            self.start_resize(lb, 'large')
            self.wait_for(lb.id, 'ACTIVE')
            self.expect(lb.id, start, ('info', 'end', 'COMPLETED'))
            resized = self.payload('octavia.loadbalancer.resize.end', lb.id)
            self.assertEqual(
                {
                    'previous_flavor_id': self.flavors['small'],
                    'new_flavor_id': self.flavors['large'],
                    'state': 'COMPLETED',
                    'reason': None,
                    'detail': None,
                },
                {name: resized.pop(name) for name in _OURS},
            )
            # The rest is what Octavia's own notifications have.
            event = 'octavia.loadbalancer.update.end'
            self.member.load_balancer.update_load_balancer(
                lb.id, description='changed'
            )
            self.until(event, lambda: self.payloads(event, lb.id))
            self.assertEqual(self.payload(event, lb.id), resized)

            lb = self.create_load_balancer('small')
            self.start_resize(lb, 'broken')
            self.wait_for(lb.id, 'ERROR')
            self.expect(lb.id, start, ('error', 'error', 'FAILED'))

            lb = self.create_load_balancer('small')
            with self.held_mid_flow(lb, base.SLOW):
                self.assertEqual(202, self.cancel(lb.id))
            self.wait_for(lb.id, 'ACTIVE')
            self.expect(lb.id, start, ('info', 'cancel', 'CANCELLED'))
