# SPDX-License-Identifier: Apache-2.0

"""Begin and follow many operations, a few of them at a time."""

import collections
from collections.abc import Callable
from collections.abc import Sequence
import dataclasses
import datetime
import statistics
import time
from typing import Generic
from typing import Protocol
from typing import TypedDict
from typing import TypeVar

from openstack import exceptions

from resize_client.sdk import faults
from resize_client.sdk import http
from resize_client.sdk import outcome as _outcome
from resize_client.sdk import wait
from resize_client.sdk.outcome import Result

#: How many are in progress at a time, unless the caller chooses
DEFAULT_MAX_IN_PROGRESS = 5

_WELL = {Result.RESIZED, Result.REBUILT, Result.CANCELLED, Result.UNCHANGED}

# Once some have ended, poll eight times in the time that one takes. An end is
# then seen late by a sixteenth of that time on average.
_POLLS_PER_OPERATION = 8
_SHORTEST_PAUSE = 0.25
_LONGEST_PAUSE = 10.0
_REMEMBERED_DURATIONS = 10

Item = TypeVar('Item', bound=_outcome.Outcome)


@dataclasses.dataclass(frozen=True)
class Limits:
    """How many operations are in progress, and when no further ones begin.

    :raises: ValueError for an invalid limit.
    """

    #: How many are in progress at a time, 0 for all
    max_in_progress: int = DEFAULT_MAX_IN_PROGRESS
    #: How many must have ended well before others begin
    canary: int = 0
    #: How many may fail; then no further ones begin, nor after a canary's
    #: failure
    max_failures: int = 1
    #: When no further ones begin, with a time zone; None for never
    until: datetime.datetime | None = None
    #: Seconds between polls, None for what suits the time that one takes
    interval: float | None = None
    #: Seconds after which to stop waiting for one, from its begin; the
    #: operation continues, and keeps its place
    timeout: float = wait.DEFAULT_TIMEOUT

    def __post_init__(self) -> None:
        for name, least in (
            ('max_in_progress', 0),
            ('canary', 0),
            ('max_failures', 1),
        ):
            if getattr(self, name) < least:
                raise ValueError(f'{name} must be at least {least}')
        if self.until is not None and self.until.tzinfo is None:
            raise ValueError('until must have a time zone')


class LimitArguments(TypedDict, total=False):
    """The fields of :class:`Limits`, as arguments of a method."""

    max_in_progress: int
    canary: int
    max_failures: int
    until: datetime.datetime | None
    interval: float | None
    timeout: float


class Steps(Protocol[Item]):
    """What a rollout does with its operations."""

    def begin(self, items: Sequence[Item]) -> list[Item]:
        """Send the requests.

        :param items: Some that are NOT_STARTED.
        :returns: The same in their order: ACCEPTED, or with another result
            when the operation has ended, or has not begun.
        """

    def poll(self, items: Sequence[Item]) -> list[Item]:
        """Get the states.

        :param items: All that are ACCEPTED.
        :returns: The same in their order, with another result for each that
            has ended.
        """


class Rollout(Generic[Item]):
    """Operations of which few are in progress at a time.

    :param items: The operations. Those NOT_STARTED begin in their order; those
        ACCEPTED are in progress already, and count. All others have ended.
    :param steps: What sends the requests.
    :param limits: How many are in progress, and when no others begin.
    :param may_begin: Called before further ones begin; once it has returned
        False, none begins.
    :param callback: Called with each after each poll, and at its end.
    """

    def __init__(
        self,
        items: Sequence[Item],
        steps: Steps[Item],
        limits: Limits,
        *,
        may_begin: Callable[[], bool] = lambda: True,
        callback: Callable[[Item], None] = lambda item: None,
    ):
        self._planned = tuple(items)
        self._items = list(items)
        # Those whose answer was lost: the service may have accepted them
        self._in_doubt: set[int] = set()
        self._steps = steps
        self._limits = limits
        self._may_begin = may_begin
        self._callback = callback
        self._queue = collections.deque(self._numbers_of(Result.NOT_STARTED))
        now = time.monotonic()
        # When each that is in progress began
        self._began = dict.fromkeys(self._numbers_of(Result.ACCEPTED), now)
        self._durations: collections.deque[float] = collections.deque(
            maxlen=_REMEMBERED_DURATIONS
        )
        self._ended_well = len(self._numbers_of(Result.UNCHANGED))
        self._failures = 0
        self._polled_at = now
        self._poll_not_before = 0.0
        self._poll_fault: Exception | None = None
        self._failing_since: float | None = None
        self._begin_not_before = 0.0

    def _numbers_of(self, result: Result) -> list[int]:
        return [n for n, i in enumerate(self._items) if i.result is result]

    def run(self) -> list[Item]:
        """Begin all that may begin, and wait for each that has begun.

        A request that fails with a transient fault (5xx, 429, a broken
        connection) is retried.

        :returns: All: with their results, TIMED_OUT, UNKNOWN with what ended
            the wait, or NOT_STARTED.
        """
        self._begin()
        while self._began or (self._queue and not self._is_stopped()):
            time.sleep(max(self._next_turn() - time.monotonic(), 0.0))
            try:
                self._poll()
            except Exception as exc:
                if not faults.is_transient(exc):
                    self._end_all(exc)
                    break
                self._poll_fault = exc
                retry_after = faults.retry_after(exc)
                self._poll_not_before = time.monotonic() + retry_after
            self._end_overdue()
            self._begin()
        return self._items

    # Begin

    def _begin(self) -> None:
        while not self._began or time.monotonic() < self._next_turn():
            room = min(self._room(), wait.CONCURRENT_REQUESTS)
            if room < 1:
                return
            numbers = [self._queue.popleft() for _ in range(room)]
            sent = self._steps.begin([self._items[n] for n in numbers])
            for number, item in zip(numbers, sent, strict=True):
                self._keep_sent(number, item)

    def _room(self) -> int:
        """Return how many may begin now."""
        if self._is_stopped() or time.monotonic() < self._begin_not_before:
            return 0
        busy = len(self._began) + len(self._numbers_of(Result.TIMED_OUT))
        room = len(self._queue)
        if self._limits.max_in_progress:
            room = min(room, self._limits.max_in_progress - busy)
        if self._ended_well < self._limits.canary:
            room = min(room, self._limits.canary - self._ended_well - busy)
        return room

    def _is_stopped(self) -> bool:
        """Return whether no further ones begin."""
        limits = self._limits
        failures = (
            limits.max_failures if self._ended_well >= limits.canary else 1
        )
        # One whose wait has timed out still has its place.
        overdue = len(self._numbers_of(Result.TIMED_OUT))
        return (
            self._failures >= failures
            or 0 < limits.max_in_progress <= overdue
            or (
                limits.until is not None
                and time.time() >= limits.until.timestamp()
            )
            or not self._may_begin()
        )

    def _keep_sent(self, number: int, item: Item) -> None:
        """Keep what a request has led to."""
        if len(self._items) > 1 and self._is_service_away(item):
            if item.result is Result.FAILED:
                self._queue.appendleft(number)
                return
            # Whether it was accepted, the next polls show.
            self._in_doubt.add(number)
            item = dataclasses.replace(
                item, result=Result.ACCEPTED, error=None
            )
        self._items[number] = item
        if item.result is Result.ACCEPTED:
            self._set_begun(number)
        else:
            self._count(item)

    def _set_begun(self, number: int) -> None:
        now = time.monotonic()
        if not self._began:
            self._polled_at = now
        self._began[number] = now
        if number not in self._in_doubt:
            self._failing_since = None

    def _is_service_away(self, item: Item) -> bool:
        """Return whether a request failed as the service is down for now.

        No other request is sent for some seconds then.
        """
        if (
            item.result not in (Result.FAILED, Result.UNKNOWN)
            or item.error is None
            or not faults.is_transient(item.error)
        ):
            return False
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        failing = now - self._failing_since
        if failing > faults.BEGIN_RETRY_SECONDS:
            return False
        self._begin_not_before = now + faults.pause_before_retry(
            failing, item.error
        )
        return True

    # Poll

    def _next_turn(self) -> float:
        """Return when to poll, or to begin one again."""
        if not self._began:
            return self._begin_not_before
        pause = self._limits.interval
        if pause is None and self._durations:
            pause = statistics.median(self._durations) / _POLLS_PER_OPERATION
            pause = min(max(pause, _SHORTEST_PAUSE), _LONGEST_PAUSE)
        elif pause is None:
            waited = self._polled_at - max(self._began.values())
            pause = wait.interval(waited)
        deadline = min(self._began.values()) + self._limits.timeout
        at = max(self._polled_at + pause, self._poll_not_before)
        return min(at, deadline)

    def _poll(self) -> None:
        numbers = list(self._began)
        self._polled_at = time.monotonic()
        if not numbers:
            return
        left = min(self._began.values()) + self._limits.timeout
        left -= self._polled_at
        with http.answered_within(max(left, faults.LAST_GET_SECONDS)):
            found = self._steps.poll([self._items[n] for n in numbers])
        self._poll_fault = None
        for number, item in zip(numbers, found, strict=True):
            self._items[number] = item
            if item.result is not Result.ACCEPTED:
                self._end(number)
            self._callback(item)

    def _end(self, number: int) -> None:
        item = self._items[number]
        began = self._began.pop(number)
        if number in self._in_doubt and item.has_not_begun:
            self._in_doubt.remove(number)
            self._items[number] = self._planned[number]
            self._queue.appendleft(number)
            return
        if item.result in _WELL:
            self._durations.append(time.monotonic() - began)
        self._count(item)

    def _count(self, item: Item) -> None:
        self._ended_well += item.result in _WELL
        self._failures += item.has_failed

    def _end_overdue(self) -> None:
        earliest = time.monotonic() - self._limits.timeout
        for number in [n for n, b in self._began.items() if b <= earliest]:
            error = exceptions.ResourceTimeout(
                f'Timed out after {wait.count_seconds(self._limits.timeout)}'
            )
            error.__cause__ = self._poll_fault
            self._end_early(number, Result.TIMED_OUT, error)

    def _end_all(self, error: Exception) -> None:
        for number in list(self._began):
            self._end_early(number, Result.UNKNOWN, error)

    def _end_early(
        self, number: int, result: Result, error: Exception
    ) -> None:
        self._items[number] = dataclasses.replace(
            self._items[number], result=result, error=error
        )
        self._end(number)
        self._callback(self._items[number])
