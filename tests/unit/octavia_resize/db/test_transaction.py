# SPDX-License-Identifier: Apache-2.0


"""The database gives up a transaction, as MariaDB does in a deadlock."""

from collections.abc import Iterator
import contextlib
import threading
from typing import Any

from octavia.db import api as db_api
from oslo_db import exception
from sqlalchemy import event

from octavia_resize.db import models
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.worker import controller
from tests.unit.octavia_resize import base

_TABLE = models.Resize.__tablename__
_WRITES = ('INSERT', 'UPDATE', 'DELETE')


class TestConflict(base.TestCase):
    """Each transaction that writes the record fails once, at its commit."""

    def setUp(self) -> None:
        super().setUp()
        self.conflicts = 0

    @contextlib.contextmanager
    def _conflicts(self) -> Iterator[None]:
        engine = db_api.get_engine()
        thread = threading.local()

        def note(connection: Any, _: Any, statement: str, *__: Any) -> None:
            if statement.startswith(_WRITES) and _TABLE in statement:
                connection.info['writes_record'] = True

        def conflict(connection: Any) -> None:
            if not connection.info.pop('writes_record', False):
                return
            thread.is_retry = not getattr(thread, 'is_retry', False)
            if thread.is_retry:
                self.conflicts += 1
                raise exception.DBDeadlock

        event.listen(engine, 'before_cursor_execute', note)
        event.listen(engine, 'commit', conflict)
        try:
            yield
        finally:
            event.remove(engine, 'before_cursor_execute', note)
            event.remove(engine, 'commit', conflict)

    def _resize(
        self, topology: str, old: str, new: str, state: str = 'COMPLETED'
    ) -> str:
        lb_id = self.create_load_balancer(old, topology)
        with self._conflicts():
            self.assertEqual(202, self.resize(lb_id, new).status_int)
            self.run_worker(lb_id)
        self.assertGreater(self.conflicts, 5)
        self.assertEqual(state, self.get_resize(lb_id).state)
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
