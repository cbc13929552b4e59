# SPDX-License-Identifier: Apache-2.0


"""The database gives up a transaction, as MariaDB does in a deadlock."""

from collections.abc import Iterator
import contextlib
from typing import Any
from unittest import mock

from octavia.db import api as db_api
from oslo_db import exception
from sqlalchemy import event
from sqlalchemy import exc as sqlalchemy_exceptions

from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.worker import controller
from tests.unit.octavia_resize import base


class TestRun(base.TestCase):
    def test_answer_is_not_retried(self) -> None:
        """A worker that is no longer the runner stops at once."""
        for error in (RuntimeError(), sqlalchemy_exceptions.NoResultFound()):
            function = mock.Mock(side_effect=error)
            self.assertRaises(type(error), transaction.run, function)
            function.assert_called_once()


class TestConflict(base.TestCase):
    """Each kind of transaction fails once, at its commit.

    So do those of Octavia's tasks.
    """

    def setUp(self) -> None:
        super().setUp()
        patch = mock.patch.object(
            transaction.retry_on_conflict, 'retry_interval', 0.001
        )
        patch.start()
        self.addCleanup(patch.stop)

    @contextlib.contextmanager
    def _conflicts(self) -> Iterator[None]:
        engine = db_api.get_engine()
        met: set[str] = set()

        def note(connection: Any, _: Any, statement: str, *__: Any) -> None:
            connection.info['last_statement'] = statement

        def conflict(connection: Any) -> None:
            statement = connection.info.pop('last_statement', None)
            if statement is not None and statement not in met:
                met.add(statement)
                raise exception.DBDeadlock

        event.listen(engine, 'before_cursor_execute', note)
        event.listen(engine, 'commit', conflict)
        try:
            yield
        finally:
            event.remove(engine, 'before_cursor_execute', note)
            event.remove(engine, 'commit', conflict)
        self.assertGreater(len(met), 5)

    def _resize(
        self, topology: str, old: str, new: str, state: str = 'COMPLETED'
    ) -> str:
        lb_id = self.create_load_balancer(old, topology)
        with self._conflicts():
            self.assertEqual(202, self.resize(lb_id, new).status_int)
            self.run_worker(lb_id)
        resize = self.get_resize(lb_id)
        self.assertEqual(state, resize.state, resize.reason)
        return lb_id

    def test_single(self) -> None:
        lb_id = self._resize('SINGLE', self.small, self.large)
        self.assertEqual(1, len(self.get_amphorae(lb_id)))

    def test_active_standby(self) -> None:
        lb_id = self._resize('ACTIVE_STANDBY', self.ha_small, self.ha_large)
        self.assertEqual(2, len(self.get_amphorae(lb_id)))

    def test_one_by_one(self) -> None:
        self.build_one_by_one()
        lb_id = self._resize('ACTIVE_STANDBY', self.ha_small, self.ha_large)
        self.assertEqual(2, len(self.get_amphorae(lb_id)))

    def test_rollback(self) -> None:
        lb_id = self._resize('SINGLE', self.small, self.broken, 'FAILED')
        ((*_, status, compute_flavor),) = self.get_amphorae(lb_id)
        self.assertEqual(
            ('ALLOCATED', 'sandbox.small'), (status, compute_flavor)
        )

    def test_taken_over(self) -> None:
        """The watchdog's transactions, too."""
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        self.start_resize(lb_id)
        worker = controller.ResizeWorker()
        resize = self.get_resize(lb_id)
        with self._conflicts():
            claim = transaction.run(ownership.take_over, resize, 'host/2')
            assert claim is not None
            worker.recover(resize, claim)
        self.assertEqual('FAILED', self.get_resize(lb_id).state)
        self.assertEqual('ERROR', self.get_load_balancer(lb_id)['status'])
