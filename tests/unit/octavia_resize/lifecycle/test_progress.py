# SPDX-License-Identifier: Apache-2.0

"""Each change of a resize begins with the lock of its load balancer."""

from collections.abc import Callable
from typing import Any
import uuid

from octavia.db import api as db_api
from octavia.db import models as octavia_models
from sqlalchemy import event

from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import progress
from octavia_resize.lifecycle import request
from octavia_resize.lifecycle import rollback
from tests.unit.octavia_resize import base


class TestCase(base.TestCase):
    """No two transactions wait for each other, or see what is over."""

    def collect(self, make: Callable[[], Any]) -> list[list[Any]]:
        """Return the statements of each transaction that is made."""
        transactions: list[list[Any]] = []

        def begin(_: Any) -> None:
            transactions.append([])

        def note(_: Any, statement: Any, *__: Any) -> None:
            transactions[-1].append(statement)

        engine = db_api.get_engine()
        event.listen(engine, 'begin', begin)
        event.listen(engine, 'before_execute', note)
        try:
            make()
        finally:
            event.remove(engine, 'begin', begin)
            event.remove(engine, 'before_execute', note)
        return transactions

    def assert_is_lock(self, statement: Any) -> None:
        self.assertIsNotNone(statement._for_update_arg)
        self.assertEqual(
            [octavia_models.LoadBalancer.__table__],
            statement.get_final_froms(),
        )


class TestBothRows(TestCase):
    """Nobody sees the end of a load balancer without that of its record.

    What a request writes is checked with its lock.
    """

    def test_written_together(self) -> None:
        for flavor_id in (self.large, self.broken):
            lb_id = self.create_load_balancer(self.small)
            self.resize(lb_id, flavor_id)
            written = [
                get_written(statements)
                for statements in self.collect(
                    lambda lb_id=lb_id: self.run_worker(lb_id)
                )
            ]
            (ended,) = (
                tables for tables in written if 'load_balancer' in tables
            )
            self.assertIn('load_balancer_resize', ended)


def get_written(statements: list[Any]) -> set[str]:
    """Return the names of the tables that some statements change."""
    return {
        statement.table.name for statement in statements if statement.is_dml
    }


class TestFirstStatement(TestCase):
    def _check(self, change: Callable[[Any], Any]) -> None:
        def make() -> None:
            with db_api.session().begin() as session:
                change(session)

        (statements,) = self.collect(make)
        self.assert_is_lock(statements[0])

    def test_requested(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self._check(lambda s: request.queue(s, lb_id, self.large, None))
        self._check(lambda s: request.cancel(s, lb_id))

    def test_reported(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        resize = self.get_resize(lb_id)
        claim = ownership.Claim(lb_id, resize.id, 'host/1')
        amphora_id = self.get_amphorae(lb_id)[0][0]
        for change in (
            lambda s: progress.start(s, claim),
            lambda s: progress.resume(s, claim),
            lambda s: progress.begin_switch(s, claim),
            lambda s: progress.note_replaced(s, claim, amphora_id),
            lambda s: progress.add_amphora(s, claim, str(uuid.uuid4())),
            lambda s: progress.note_ready(s, claim, amphora_id),
            lambda s: progress.retire(s, claim),
            lambda s: rollback.lock_old(s, claim),
            lambda s: rollback.put_in_service(s, claim),
            lambda s: rollback.note_standby(s, claim, amphora_id),
            lambda s: progress.begin_clean_up(s, claim),
            lambda s: rollback.begin(s, claim),
            lambda s: rollback.end(s, claim),
            lambda s: progress.complete(s, claim),
            lambda s: progress.fail(s, claim, 'No room'),
            lambda s: ownership.lock_unless_changed(s, claim),
            lambda s: ownership.acquire(s, claim),
            lambda s: ownership.change_owner(s, claim, 'host/2'),
            lambda s: ownership.take_over(s, resize, 'host/2'),
        ):
            self._check(change)


class TestStart(base.TestCase):
    def test_answer_of_the_database_is_lost(self) -> None:
        """The worker that has started a resize starts it again."""
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        claim = self.start_resize(lb_id)
        for owner, may_run in ((claim.owner, True), ('host/2', False)):
            started = transaction.run(
                progress.start, claim._replace(owner=owner)
            )
            self.assertEqual(may_run, started is not None)
