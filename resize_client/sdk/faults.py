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

"""What a request that failed tells: in whose words, and what to do next."""

import email.utils
import html
import re
import time

from keystoneauth1 import exceptions as ks_exceptions
from openstack import exceptions
import requests

# Seconds. Nobody waits for longer than a day.
_LONGEST_RETRY_AFTER = 86400.0

_TITLE = re.compile(r'<title[^>]*>(.*?)</title>', re.IGNORECASE | re.DOTALL)


def words(exc: exceptions.HttpException) -> str:
    """Give the words for why a request was not done.

    :param exc: What a request has raised.
    :returns: The service's own words on one line, else the title of the page
        that has come instead, empty if there are none.
    """
    found = _words_of(exc.response) or _title_of(exc.response)
    if not found and exc.response is None:
        found = str(exc.details or '')
    return ' '.join(found.split())


def is_from_service(exc: exceptions.HttpException) -> bool:
    """Tell whether the service itself has answered, not a gateway before it.

    :param exc: What a request has raised.
    :returns: True when its body is one of the services'.
    """
    return bool(_words_of(exc.response))


def is_gone(exc: Exception) -> bool:
    """Tell whether the service knows nothing of what was asked for.

    :param exc: What a request has raised.
    :returns: True for a 404 of the service's own.
    """
    return isinstance(exc, exceptions.NotFoundException) and (
        is_from_service(exc)
    )


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
            return not is_from_service(exc)
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


def is_uncertain(exc: Exception) -> bool:
    """Tell whether a request may have been taken although it failed.

    :param exc: What the request raised.
    :returns: True for 5xx other than 501, connections that broke, and an
        answer that isn't the service's.
    """
    if isinstance(exc, exceptions.HttpException):
        return _is_fault(exc.status_code)
    return isinstance(exc, (ks_exceptions.ConnectionError, ValueError))


def is_broken_off(exc: Exception | None) -> bool:
    """Tell whether a connection failed, or was closed without an answer.

    :param exc: What the request raised, None if nothing.
    :returns: False also for a certificate that isn't trusted, and for an
        answer that takes too long.
    """
    return isinstance(exc, ks_exceptions.ConnectFailure)


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


def _passes(status: int | None) -> bool:
    return status == 429 or _is_fault(status)


def _is_fault(status: int | None) -> bool:
    # 501 is how a service refuses.
    return status is not None and status >= 500 and status != 501


def _title_of(response: requests.Response | None) -> str:
    """Read the title of a page, whose heading mostly says the same again."""
    if response is None or 'html' not in response.headers.get(
        'Content-Type', ''
    ):
        return ''
    found = _TITLE.search(response.text)
    return html.unescape(found.group(1)) if found else ''


def _words_of(response: requests.Response | None) -> str:
    """Read an error body of Octavia, of Magnum, or of what checks tokens.

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
