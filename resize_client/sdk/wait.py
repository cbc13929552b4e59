# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""The one polling loop: when to look again, what to survive, when to stop."""

from collections.abc import Callable
from collections.abc import Iterator
import logging
import time
from typing import TypeVar

from openstack import exceptions

from resize_client.sdk import bounded_proxy
from resize_client.sdk import faults

LOG = logging.getLogger(__name__)

#: How long a wait lasts unless told otherwise, in seconds
DEFAULT_TIMEOUT = 3600.0

_SHORTEST_INTERVAL = 0.5
_LONGEST_INTERVAL = 10.0
_SHARE_OF_TIME_WAITED = 0.1

# At its end a wait may last longer by this, for a last answer.
_LEAST_PATIENCE = 5.0
_LONGEST_PATIENCE = 10.0

T = TypeVar('T')


def interval(waited: float) -> float:
    """Tell how long to sleep before looking again.

    Soon at first and ever less often, so that whoever waits learns of the
    end late by at most a tenth of the time waited.

    :param waited: Seconds since the wait began.
    :returns: Seconds to sleep, from 0.5 to 10.
    """
    return min(
        max(waited * _SHARE_OF_TIME_WAITED, _SHORTEST_INTERVAL),
        _LONGEST_INTERVAL,
    )


def rounds(
    look: Callable[[], T], *, timeout: float, every: float | None = None
) -> Iterator[T]:
    """Look again and again, and give what each look that worked has found.

    A look which fails in a way that passes by itself (a 5xx, a 429, a
    dropped connection) is repeated, no sooner than its Retry-After says; one
    that gets no answer is given up when the time is over. The consumer stops
    iterating when it has seen enough.

    :param look: Makes the requests of one look and returns what they found.
    :param timeout: Seconds after which to stop, counted from the first step
        of the iteration. There is always at least one look.
    :param every: Seconds between looks; None for what :func:`interval` says.
    :returns: An iterator over the results of ``look``.
    :raises: :class:`~openstack.exceptions.ResourceTimeout` when ``timeout``
        seconds have passed, caused by what the last look has raised if it
        has; whatever ``look`` raises that doesn't pass by
        itself.
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
            with bounded_proxy.answered_within(max(left, _LEAST_PATIENCE)):
                found = look()
        except Exception as exc:
            if not faults.is_transient(exc):
                raise
            LOG.debug('Looking again after: %s', exc)
            fault, not_before = exc, faults.retry_after(exc)
        else:
            fault, not_before = None, 0.0
            yield found
        if time.monotonic() - began >= timeout:
            raise exceptions.ResourceTimeout(
                f'Not finished within {count_seconds(timeout)}'
            ) from fault


def ask_patiently(look: Callable[[], T]) -> T:
    """Look until there is an answer, for some seconds.

    For one load balancer of many, whose 429 is not to end the run of all.

    :param look: Makes a request and returns what was found.
    :returns: What it has returned.
    :raises: What it has raised, when that doesn't pass by itself, or hasn't
        after 10 seconds.
    """
    try:
        return look()
    except Exception as exc:
        if not faults.is_transient(exc):
            raise
        not_before = faults.retry_after(exc)
        if not_before > _LONGEST_PATIENCE:
            raise
        time.sleep(not_before)
    try:
        return next(rounds(look, timeout=_LONGEST_PATIENCE))
    except exceptions.ResourceTimeout as exc:
        if exc.__cause__ is not None:
            raise exc.__cause__ from None
        raise


def count_seconds(seconds: float) -> str:
    """Write a length of time.

    :param seconds: How long.
    :returns: Such as ``1 second`` or ``2.5 seconds``.
    """
    return '1 second' if seconds == 1 else f'{seconds:g} seconds'
