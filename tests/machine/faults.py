# SPDX-License-Identifier: Apache-2.0

"""Where actors may be stopped, and what may go wrong there.

That is before and after each task of taskflow, ours and Octavia's, before
each transaction of any database, and where somebody sleeps.
"""

from collections.abc import Iterator
import contextlib
import sqlite3
from typing import Any
from unittest import mock

from octavia.amphorae.drivers.noop_driver import driver as noop_driver
from octavia.common import base_taskflow
from octavia.common import exceptions
from octavia.controller.worker.v2.tasks import compute_tasks
from oslo_db import exception
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine
from taskflow.conductors.backends import impl_executor
from taskflow.engines.action_engine import executor
from taskflow.persistence.backends import impl_sqlalchemy
from taskflow.types import failure

from tests.machine import scheduler

#: The next task raises, before it has done anything.
FAIL = 'fail'
#: The next task of ours raises after all that it does.
FAIL_LATE = 'fail late'
#: The next revert raises, before it has done anything.
FAIL_REVERT = 'fail revert'
#: The next task is executed twice, as a conductor does whose predecessor has
#: died before the result was saved.
REPEAT = 'repeat'
#: The next transaction that has changed something is the victim of a deadlock.
DEADLOCK = 'deadlock'
#: The next transaction that has changed something is committed, but the
#: connection is lost before the answer.
LOSE_ANSWER = 'lose answer'
#: The next amphora that gets a new certificate, or its listeners, refuses.
REFUSE = 'refuse'

_execute = executor._execute_task
_revert = executor._revert_task
_fetch = impl_sqlalchemy.tables.fetch
_made_tables: list[Any] = []


def _execute_task(task: Any, *args: Any, **kwargs: Any) -> Any:
    actor = scheduler.get_current()
    if actor is None:
        return _execute(task, *args, **kwargs)
    actor.pass_point(scheduler.TASK, task.name)
    if actor.take(FAIL):
        return executor.EXECUTED, _fail(task)
    outcome = _execute(task, *args, **kwargs)
    if actor.take(REPEAT):
        outcome = _execute(task, *args, **kwargs)
    if _is_ours(task) and actor.take(FAIL_LATE):
        return executor.EXECUTED, _fail(task)
    actor.pass_point(scheduler.TASK, '')
    return outcome


def _revert_task(task: Any, *args: Any, **kwargs: Any) -> Any:
    actor = scheduler.get_current()
    if actor is None:
        return _revert(task, *args, **kwargs)
    actor.pass_point(scheduler.TASK, f'{task.name} (revert)')
    if actor.take(FAIL_REVERT):
        return executor.REVERTED, _fail(task)
    outcome = _revert(task, *args, **kwargs)
    actor.pass_point(scheduler.TASK, '')
    return outcome


def _is_ours(task: Any) -> bool:
    return type(task).__module__.startswith('octavia_resize')


def _fail(task: Any) -> failure.Failure:
    """Return a failure: that of a full cloud, if the task builds a server."""
    kind: type[Exception] = (
        exceptions.ComputeBuildException
        if isinstance(task, compute_tasks.ComputeCreate)
        else RuntimeError
    )
    try:
        raise kind(f'{task.name} fails: no valid host')
    except kind:
        return failure.Failure()


def _begin(connection: Connection) -> None:
    scheduler.pass_point(scheduler.TRANSACTION, 'transaction')


def _before_statement(connection: Connection, *args: Any) -> None:
    actor = scheduler.get_current()
    if actor is not None:
        actor.check_alive()


def _after_statement(connection: Connection, *args: Any) -> None:
    actor = scheduler.get_current()
    driver = _get_driver(connection)
    if actor is not None and driver is not None and driver.in_transaction:
        actor.locks.add(id(connection))


def _commit(connection: Connection) -> None:
    actor = scheduler.get_current()
    if actor is None:
        return
    driver = _get_driver(connection)
    has_changed = driver is not None and driver.in_transaction
    if actor.is_killed:
        _end(connection)
        actor.check_alive()
    is_octavia = str(connection.engine.url.database).endswith('octavia.db')
    if has_changed and is_octavia:
        if actor.take(DEADLOCK):
            _end(connection)
            raise exception.DBDeadlock
        if actor.take(LOSE_ANSWER):
            assert driver is not None
            driver.commit()
            _rollback(connection)
            raise exception.DBConnectionError
    actor.locks.discard(id(connection))


def _rollback(connection: Connection) -> None:
    actor = scheduler.get_current()
    if actor is not None:
        actor.locks.discard(id(connection))


def _end(connection: Connection) -> None:
    driver = _get_driver(connection)
    if driver is not None:
        driver.rollback()
    _rollback(connection)


def _get_driver(connection: Connection) -> sqlite3.Connection | None:
    driver = connection.connection.dbapi_connection
    return driver if isinstance(driver, sqlite3.Connection) else None


def _refuse(driver: Any, *args: Any) -> None:
    """Take the place of what gives an amphora certificate or listeners."""
    actor = scheduler.get_current()
    if actor is not None and actor.take(REFUSE):
        raise RuntimeError('no answer')


def _get_tables(metadata: sa.MetaData) -> Any:
    """Take the place of what defines taskflow's tables.

    The first metadata, from which the tables are created, has them.
    """
    return _made_tables[0] if _made_tables else _make_tables(metadata)


def _make_tables(metadata: sa.MetaData) -> Any:
    _made_tables.append(_fetch(metadata))
    return _made_tables[0]


def _do_nothing(*args: Any) -> None:
    """Take the place of a method."""


_LISTENERS = {
    'begin': _begin,
    'before_cursor_execute': _before_statement,
    'after_cursor_execute': _after_statement,
    'commit': _commit,
    'rollback': _rollback,
}


@contextlib.contextmanager
def injected() -> Iterator[None]:
    """Have actors pass points and meet faults, meanwhile.

    Connections that are made before are not reached.
    """
    with contextlib.ExitStack() as stack:
        for target, name, new in (
            (executor, '_execute_task', _execute_task),
            (executor, '_revert_task', _revert_task),
            (
                impl_executor.ExecutorConductor,
                '_event_factory',
                scheduler.IdleEvent,
            ),
            (
                noop_driver.NoopAmphoraLoadBalancerDriver,
                'upload_cert_amp',
                _refuse,
            ),
            (
                noop_driver.NoopAmphoraLoadBalancerDriver,
                'update_amphora_listeners',
                _refuse,
            ),
            # taskflow defines its tables with each connection.
            (impl_sqlalchemy.tables, 'fetch', _get_tables),
            # Claims on jobs expire at a call, not as time goes by.
            (base_taskflow.TaskFlowServiceController, '_waiter', _do_nothing),
        ):
            stack.enter_context(mock.patch.object(target, name, new))
        stack.enter_context(mock.patch('time.sleep', scheduler.sleep))
        stack.enter_context(
            mock.patch('time.monotonic', scheduler.get_seconds)
        )
        for name, listener in _LISTENERS.items():
            event.listen(Engine, name, listener)
            stack.callback(event.remove, Engine, name, listener)
        yield
