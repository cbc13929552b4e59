# SPDX-License-Identifier: Apache-2.0

"""A jobboard in this process, in place of one on Redis.

It claims, expires, abandons and consumes jobs as taskflow's board on Redis
does, and holds their details as JSON. What runs the jobs is real: taskflow's
conductor and engine, with Octavia's persistence on SQLite.
"""

from collections.abc import Iterator
import contextlib
import datetime
import json
from typing import Any

from oslo_utils import uuidutils
from taskflow import exceptions
from taskflow import states
from taskflow.jobs import base

from tests.machine import scheduler

_MANY_SECONDS = 60


class Record:
    """A job as the board keeps it."""

    def __init__(self, name: str, book: Any, details: Any) -> None:
        self.uuid = uuidutils.generate_uuid()
        self.name = name
        self.book = {'name': book.name, 'uuid': book.uuid}
        self.details = json.dumps(details)
        self.owner: str | None = None


class Store:
    """What all boards of an example share."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}

    def expire(self, owner: str) -> None:
        """Let the claims of a conductor that shows no life expire."""
        for record in self.records.values():
            if record.owner == owner:
                record.owner = None


class Job(base.Job):
    """A job on the board."""

    def __init__(self, board: 'Board', record: Record) -> None:
        super().__init__(
            board,
            record.name,
            uuid=record.uuid,
            details=json.loads(record.details),
            backend=board.persistence,
            book_data=record.book,
        )
        self._now = datetime.datetime.now(datetime.UTC)

    @property
    def last_modified(self) -> datetime.datetime:
        return self._now

    @property
    def created_on(self) -> datetime.datetime:
        return self._now

    @property
    def priority(self) -> Any:
        return base.JobPriority.NORMAL

    @property
    def _record(self) -> Record | None:
        found: Record | None = self.board.store.records.get(self.uuid)
        return found

    @property
    def state(self) -> str:
        record = self._record
        if record is None:
            return str(states.COMPLETE)
        return str(states.CLAIMED if record.owner else states.UNCLAIMED)

    def expires_in(self) -> float:
        return _MANY_SECONDS

    def extend_expiry(self, _seconds: float) -> bool:
        _check_alive()
        return self._record is not None and self._record.owner is not None


class Board(base.JobBoard):
    """A board for one caller."""

    def __init__(self, store: Store, persistence: Any) -> None:
        super().__init__('board', {})
        self.store = store
        self.persistence = persistence

    def iterjobs(
        self, only_unclaimed: bool = False, ensure_fresh: bool = False
    ) -> Iterator[Job]:
        _check_alive()
        return base.JobBoardIterator(  # type: ignore[no-any-return]
            self,
            None,
            board_fetch_func=self._fetch,
            only_unclaimed=only_unclaimed,
            ensure_fresh=ensure_fresh,
        )

    def _fetch(self, ensure_fresh: bool = False) -> list[Job]:
        return [Job(self, record) for record in self.store.records.values()]

    def wait(self, timeout: float | None = None) -> Iterator[Job]:
        scheduler.sleep(1)
        return self.iterjobs()

    @property
    def job_count(self) -> int:
        return len(self.store.records)

    def find_owner(self, job: Job) -> str | None:
        return self._get(job).owner

    def post(
        self,
        name: str,
        book: Any = None,
        details: Any = None,
        priority: Any = base.JobPriority.NORMAL,
    ) -> Job:
        _check_alive()
        record = Record(name, book, details)
        self.store.records[record.uuid] = record
        return Job(self, record)

    def claim(self, job: Job, who: str, expiry: float | None = None) -> None:
        record = self._get(job)
        if record.owner is not None:
            raise exceptions.UnclaimableJob(f'{job.name} is claimed')
        record.owner = who

    def consume(self, job: Job, who: str) -> None:
        self._check_owner(job, who)
        del self.store.records[job.uuid]

    def abandon(self, job: Job, who: str) -> None:
        self._check_owner(job, who).owner = None

    def trash(self, job: Job, who: str) -> None:
        self.consume(job, who)

    def _check_owner(self, job: Job, who: str) -> Record:
        record = self._get(job)
        if record.owner != who:
            raise exceptions.JobFailure(f'{job.name} is not owned by {who}')
        return record

    def _get(self, job: Job) -> Record:
        _check_alive()
        record = self.store.records.get(job.uuid)
        if record is None:
            raise exceptions.NotFound(f'{job.name} is not on the board')
        return record

    def register_entity(self, entity: Any) -> None:
        """Do nothing: nobody reads who is registered."""

    @property
    def connected(self) -> bool:
        return True

    def connect(self) -> None:
        """Do nothing: the board is in this process."""

    def close(self) -> None:
        """Do nothing: the board is in this process."""


class Driver:
    """What Octavia's drivers of jobboards are."""

    def __init__(self, store: Store, persistence_driver: Any) -> None:
        self.store = store
        self.persistence_driver = persistence_driver

    @contextlib.contextmanager
    def job_board(self, persistence: Any) -> Iterator[Board]:
        yield Board(self.store, persistence)

    def shutdown(self) -> None:
        """Do nothing: the board is in this process."""


def _check_alive() -> None:
    actor = scheduler.get_current()
    if actor is not None:
        actor.check_alive()
