# SPDX-License-Identifier: Apache-2.0

"""What a failed request means, and when to retry it: the retry policy."""

from collections.abc import Sequence
import email.utils
import html
import re
import time

from keystoneauth1 import exceptions as ks_exceptions
from openstack import exceptions
import requests

#: Seconds after which a request without an answer fails
REQUEST_TIMEOUT = 60.0

#: Arguments of a request that keystoneauth must not repeat, whatever retries
#: are configured: the service may have accepted one whose answer was lost
ONCE = {'connect_retries': 0, 'status_code_retries': 0}

#: How often a resize is sent whose connection breaks
SENDS = 3

#: Seconds for which a GET is retried whose failure would end a rollout
RETRY_SECONDS = 10.0

#: Seconds for which the requests of a rollout are sent again
BEGIN_RETRY_SECONDS = 60.0

#: Seconds that the last GET of a wait gets, whatever its timeout
LAST_GET_SECONDS = 5.0

#: Seconds for which the state is polled after an answer was lost
LOST_ANSWER_SECONDS = 5.0

# Seconds between two requests of a rollout that fail
_LONGEST_PAUSE = 10.0

# Seconds. Nobody waits for longer than a day.
_LONGEST_RETRY_AFTER = 86400.0

_TITLE = re.compile(r'<title[^>]*>(.*?)</title>', re.IGNORECASE | re.DOTALL)


def message(exc: exceptions.HttpException) -> str:
    """Return why a request failed, on one line.

    The service's message, else the title of the page that came instead, empty
    if there is none.
    """
    found = _message_of(exc.response) or _title_of(exc.response)
    if not found and exc.response is None:
        found = str(exc.details or '')
    return ' '.join(found.split())


def is_from_service(exc: exceptions.HttpException) -> bool:
    """Return whether the service itself answered, with its error body."""
    return bool(_message_of(exc.response))


def is_gone(exc: Exception) -> bool:
    """Return whether the resource doesn't exist: the service's own 404."""
    return isinstance(exc, exceptions.NotFoundException) and (
        is_from_service(exc)
    )


def is_transient(exc: Exception) -> bool:
    """Return whether a failed request is worth a retry.

    After 429, 5xx other than 501, a connection that failed or broke, a body
    that isn't what it says it is, and a 404 of a gateway, which has lost the
    service for a moment.
    """
    if isinstance(exc, exceptions.HttpException):
        if exc.status_code == 404:
            return not is_from_service(exc)
        return _is_temporary(exc.status_code)
    if isinstance(exc, ks_exceptions.HttpError):
        return _is_temporary(exc.http_status)
    if isinstance(exc, (ks_exceptions.SSLError, UnicodeEncodeError)):
        return False
    # When Keystone is away while the token is renewed, discovery fails. A
    # gateway's error page with status 200 raises ValueError.
    return isinstance(
        exc,
        (
            ks_exceptions.ConnectionError,
            ks_exceptions.DiscoveryFailure,
            ValueError,
        ),
    )


def is_uncertain(exc: Exception) -> bool:
    """Return whether the service may have accepted a failed request.

    After 5xx other than 501, a connection that broke, and an answer that isn't
    the service's.
    """
    if isinstance(exc, exceptions.HttpException):
        return _is_fault(exc.status_code)
    return isinstance(exc, (ks_exceptions.ConnectionError, ValueError))


def is_refusal(exc: Exception) -> bool:
    """Return whether a request was refused before anything began.

    Not after what is transient or uncertain, nor if the resource is gone.
    """
    return isinstance(exc, exceptions.SDKException) and not (
        is_transient(exc) or is_uncertain(exc) or is_gone(exc)
    )


def is_connection_broken(exc: Exception | None) -> bool:
    """Return whether a connection failed, or was closed without an answer.

    Not after a timeout, nor with a certificate that isn't trusted.
    """
    return isinstance(exc, ks_exceptions.ConnectFailure)


def retry_after(exc: Exception) -> float:
    """Return the seconds of a Retry-After, 0 without one."""
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


def pause_before_retry(failing: float, exc: Exception) -> float:
    """Return the seconds until a rollout sends its next request.

    :param failing: Seconds since the first of its requests in a row failed.
    :param exc: What the latest request raised.
    """
    return max(min(1.0 + failing, _LONGEST_PAUSE), retry_after(exc))


def _is_temporary(status: int | None) -> bool:
    return status == 429 or _is_fault(status)


def _is_fault(status: int | None) -> bool:
    # 501 is how a service refuses.
    return status is not None and status >= 500 and status != 501


def _title_of(response: requests.Response | None) -> str:
    """Return the title of a page, whose heading mostly repeats it."""
    if response is None or 'html' not in response.headers.get(
        'Content-Type', ''
    ):
        return ''
    found = _TITLE.search(response.text)
    return html.unescape(found.group(1)) if found else ''


def _message_of(response: requests.Response | None) -> str:
    """Read an error body of Octavia, Magnum or keystonemiddleware.

    openstacksdk doesn't know Magnum's, and knows Octavia's only with the
    right content type.
    """
    try:
        body = response.json() if response is not None else {}
    except ValueError:
        return ''
    if not isinstance(body, dict):
        return ''
    several = body.get('errors')
    found = [
        body.get('faultstring'),
        _entry(body.get('error'), 'message'),
        *(
            _entry(entry, 'detail')
            for entry in (several if isinstance(several, list) else ())
        ),
    ]
    return '; '.join(entry for entry in found if isinstance(entry, str))


def _entry(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def raise_if_to_pause(answers: Sequence[object], *, is_all: bool) -> None:
    """Raise a fault that the next poll of several must wait for.

    One that can't be read doesn't end the wait for the others.

    :param answers: What the requests of a poll have returned, or raised.
    :param is_all: Whether none could be read.
    :raises: The first of the faults that is such a one.
    """
    for answer in answers:
        if isinstance(answer, Exception) and (is_all or retry_after(answer)):
            raise answer
