# SPDX-License-Identifier: Apache-2.0

"""Poll until something has ended; send several requests at a time."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
from concurrent import futures
import contextvars
import logging
import time
from typing import TypeVar

from openstack import exceptions

from resize_client.sdk import faults
from resize_client.sdk import http

LOG = logging.getLogger(__name__)

#: The default timeout of a wait, in seconds
DEFAULT_TIMEOUT = 3600.0

#: How many requests are sent at a time; the session keeps ten connections
CONCURRENT_REQUESTS = 8

_SHORTEST_INTERVAL = 0.5
_LONGEST_INTERVAL = 10.0
_SHARE_OF_TIME_WAITED = 0.1

T = TypeVar('T')
Item = TypeVar('Item')
Found = TypeVar('Found')


def interval(waited: float) -> float:
    """Return the seconds until the next poll, from 0.5 to 10.

    Short at first, then ever longer: the end is seen late by at most a tenth
    of the time waited.
    """
    return min(
        max(waited * _SHARE_OF_TIME_WAITED, _SHORTEST_INTERVAL),
        _LONGEST_INTERVAL,
    )


def rounds(
    poll: Callable[[], T], *, timeout: float, every: float | None = None
) -> Iterator[T]:
    """Poll again and again, and yield what each successful poll returned.

    A poll that fails with a transient fault (5xx, 429, a broken connection)
    is retried, no sooner than its Retry-After says. The consumer stops
    iterating when the wait is over.

    :param poll: Sends the requests of one poll and returns what they found.
    :param timeout: Seconds after which to stop, counted from the first step
        of the iteration. There is always at least one poll.
    :param every: Seconds between polls; None for :func:`interval`.
    :returns: An iterator over the results of ``poll``.
    :raises: :class:`~openstack.exceptions.ResourceTimeout` after ``timeout``
        seconds, caused by what the last poll raised if it did; what ``poll``
        raises that isn't transient.
    """
    began = time.monotonic()
    not_before = 0.0
    fault: Exception | None = None
    while True:
        waited = time.monotonic() - began
        pause = max(interval(waited) if every is None else every, not_before)
        time.sleep(max(min(pause, timeout - waited), 0.0))
        left = timeout - (time.monotonic() - began)
        try:
            with http.answered_within(max(left, faults.LAST_GET_SECONDS)):
                found = poll()
        except Exception as exc:
            if not faults.is_transient(exc):
                raise
            LOG.debug('Polling again after: %s', exc)
            fault, not_before = exc, faults.retry_after(exc)
        else:
            fault, not_before = None, 0.0
            yield found
        if time.monotonic() - began >= timeout:
            raise exceptions.ResourceTimeout(
                f'Timed out after {count_seconds(timeout)}'
            ) from fault


def retry(call: Callable[[], T]) -> T:
    """Retry a GET for 10 s, so that one 429 doesn't abort a bulk run.

    :param call: Sends the GET and returns what it found.
    :raises: What it raised, when that isn't transient, or still fails after
        10 seconds.
    """
    try:
        return call()
    except Exception as exc:
        if not faults.is_transient(exc):
            raise
        not_before = faults.retry_after(exc)
        if not_before > faults.RETRY_SECONDS:
            raise
        time.sleep(not_before)
    try:
        return next(rounds(call, timeout=faults.RETRY_SECONDS))
    except exceptions.ResourceTimeout as exc:
        if exc.__cause__ is not None:
            raise exc.__cause__ from None
        raise


def once(call: Callable[[], T]) -> T:
    """Call a function, in place of :func:`retry`."""
    return call()


def concurrently(
    call: Callable[[Item], Found], items: Sequence[Item]
) -> list[Found]:
    """Call a function for each item, several at a time.

    :param call: The function. Its requests may share the session.
    :param items: Its arguments.
    :returns: What it returned, in the order of the items.
    :raises: What the first call that fails raised; calls that haven't begun
        by then, or by an interrupt, aren't made.
    """
    # A thread costs more than it saves for a single one.
    if len(items) < 2:
        return [call(item) for item in items]
    pool = futures.ThreadPoolExecutor(CONCURRENT_REQUESTS)
    try:
        # Also in a thread, answered_within counts.
        contexts = [contextvars.copy_context() for _ in items]
        return list(
            pool.map(
                lambda item, context: context.run(call, item), items, contexts
            )
        )
    finally:
        pool.shutdown(cancel_futures=True)


def count_seconds(seconds: float) -> str:
    """Return such as ``1 second`` or ``2.5 seconds``."""
    return '1 second' if seconds == 1 else f'{seconds:g} seconds'
