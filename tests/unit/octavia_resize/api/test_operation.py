# SPDX-License-Identifier: Apache-2.0

from typing import Any
from unittest import mock

from oslo_db import exception as db_exceptions

from octavia_resize.db import repository
from octavia_resize.lifecycle import request
from tests.unit.octavia_resize import base


class TestDatabase(base.TestCase):
    def test_transaction_given_up(self) -> None:
        """It is made again: the client notices nothing."""
        queue = request.queue
        for error in (
            db_exceptions.DBDeadlock('INSERT'),
            db_exceptions.DBDuplicateEntry(['load_balancer_id']),
        ):
            lb_id = self.create_load_balancer(self.small)
            with mock.patch.object(
                request,
                'queue',
                side_effect=_after(error, queue),
            ):
                response = self.resize(lb_id, self.large)
            self.assertEqual(202, response.status_int, response.text)
            self.assertEqual('QUEUED', self.get_resize(lb_id).state)

    def test_away(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        for error in (
            db_exceptions.DBConnectionError('192.0.2.7'),
            db_exceptions.DBDeadlock('UPDATE load_balancer'),
            db_exceptions.DBError('running with the --read-only option'),
        ):
            for method, module, call, body in (
                ('PUT', request, 'queue', {'new_flavor_id': self.large}),
                ('GET', repository.ResizeRepository, 'get', None),
                ('DELETE', request, 'cancel', None),
            ):
                with (
                    mock.patch.object(module, call, side_effect=error),
                    # Transactions are tried again at once.
                    mock.patch('time.sleep', autospec=True),
                ):
                    self.assert_fault(
                        self.request(method, lb_id, body),
                        503,
                        "Octavia's database did not answer. Check the status "
                        f'of load balancer {lb_id} before you try again.',
                    )
        self.assert_load_balancer(lb_id, 'ACTIVE', self.small)


def _after(error: Exception, function: Any) -> Any:
    """Return a function that fails once and then works."""
    errors = [error]

    def fail_once(*args: Any, **kwargs: Any) -> Any:
        if errors:
            raise errors.pop()
        return function(*args, **kwargs)

    return fail_once
