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
import email.utils
import logging
import time
from typing import TypeVar

from keystoneauth1 import exceptions as ks_exceptions
from openstack import exceptions

from resize_client.sdk import service

LOG = logging.getLogger(__name__)

#: How long a wait lasts unless told otherwise, in seconds
DEFAULT_TIMEOUT = 3600.0

_SHORTEST_INTERVAL = 0.5
_LONGEST_INTERVAL = 10.0
_SHARE_OF_TIME_WAITED = 0.1

# At its end a wait may last longer by this, for a last answer.
_LEAST_PATIENCE = 5.0

# What asks for more than a day is no wish that a client can heed.
_LONGEST_RETRY_AFTER = 86400.0

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


def rounds(look: Callable[[], T], *, timeout: float) -> Iterator[T]:
    """Look again and again, and give what each look that worked has found.

    A look which fails in a way that passes by itself (a 5xx, a 429, a
    dropped connection) is repeated, no sooner than its Retry-After says; one
    that gets no answer is given up when the time is over. The consumer stops
    iterating when it has seen enough.

    :param look: Makes the requests of one look and returns what they found.
    :param timeout: Seconds after which to stop, counted from the first step
        of the iteration. There is always at least one look.
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
        pause = max(interval(waited), not_before)
        time.sleep(max(min(pause, timeout - waited), 0.0))
        left = timeout - (time.monotonic() - began)
        try:
            with service.answered_within(max(left, _LEAST_PATIENCE)):
                found = look()
        except Exception as exc:
            if not is_transient(exc):
                raise
            LOG.debug('Looking again after: %s', exc)
            fault, not_before = exc, retry_after(exc)
        else:
            fault, not_before = None, 0.0
            yield found
        if time.monotonic() - began >= timeout:
            raise exceptions.ResourceTimeout(
                f'Not finished within {count_seconds(timeout)}'
            ) from fault


def count_seconds(seconds: float) -> str:
    """Write a length of time.

    :param seconds: How long.
    :returns: Such as ``1 second`` or ``2.5 seconds``.
    """
    return '1 second' if seconds == 1 else f'{seconds:g} seconds'


def is_transient(exc: Exception) -> bool:
    """Tell whether a request that failed with this is worth repeating.

    :param exc: What the request raised.
    :returns: True for an answer of 429, or 5xx other than 501, a connection
        that failed or broke off, a body that isn't what it says it is, and a
        404 which isn't the service's own: a gateway doesn't know the service
        just now.
    """
    if isinstance(exc, exceptions.HttpException):
        if exc.status_code == 404:
            return not service.is_from_service(exc)
        return _passes(exc.status_code)
    if isinstance(exc, ks_exceptions.HttpError):
        return _passes(exc.http_status)
    if isinstance(exc, (ks_exceptions.SSLError, UnicodeEncodeError)):
        return False
    # Keystone being away while the token is renewed shows as a failed
    # discovery; a proxy's error page with status 200 as a ValueError.
    return isinstance(
        exc,
        (
            ks_exceptions.ConnectionError,
            ks_exceptions.DiscoveryFailure,
            ValueError,
        ),
    )


def _passes(status: int | None) -> bool:
    return status == 429 or is_fault(status)


def is_fault(status: int | None) -> bool:
    """Tell whether an answer says that something has failed on the way.

    :param status: The answer's HTTP status, None without one.
    :returns: True for 5xx other than 501, by which a service refuses.
    """
    return status is not None and status >= 500 and status != 501


def retry_after(exc: Exception) -> float:
    """Tell how long the server has asked to be left alone.

    :param exc: What the request raised.
    :returns: Seconds, 0 when it asked for nothing.
    """
    response = getattr(exc, 'response', None)
    value = response.headers.get('Retry-After') if response is not None else ''
    if not value:
        return 0.0
    if value.isdecimal():
        return min(float(value), _LONGEST_RETRY_AFTER)
    try:
        then = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    seconds = then.timestamp() - time.time()
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)
