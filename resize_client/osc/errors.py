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

"""Turn what the SDK raises into a sentence for the user."""

from collections.abc import Iterator
import re
import ssl

from keystoneauth1 import exceptions as ks_exceptions
from openstack import exceptions
from osc_lib import exceptions as osc_exceptions

from resize_client.sdk import service
from resize_client.sdk import wait

_ADDRESS = re.compile(r'https?://(?:\[[^\]]*\]|[^/:\s]+)(?::\d+)?')


def explain(exc: BaseException) -> str:
    """Tell what went wrong without the noise.

    :param exc: What the SDK raised.
    :returns: A sentence, without a full stop.
    """
    if isinstance(exc, exceptions.HttpException):
        if exc.response is None:
            return str(exc.message)
        fault = service.fault(exc).rstrip('. ')
        if exc.status_code == 403:
            return f'your roles do not allow it ({fault})'
        if exc.status_code == 406:
            return f'the service is too old for this: {fault}'
        if wait.is_transient(exc) or not fault:
            answer = f'the service answered {exc.status_code}'
            return f'{answer}: {fault}' if fault else answer
        return fault
    if isinstance(exc, ks_exceptions.HttpError):
        return f'{exc.message} (HTTP {exc.http_status})'
    if isinstance(exc, ks_exceptions.ConnectTimeout):
        return f'{_service(exc)} has not answered in time'
    if isinstance(exc, ks_exceptions.ConnectionError):
        return f'the connection to {_service(exc)} failed: {_cause(exc)}'
    if isinstance(exc, UnicodeEncodeError):
        return f'{exc.object!a} is not text that a name or ID can be'
    if isinstance(exc, ValueError):
        return f"the service's answer cannot be read: {exc}"
    if isinstance(exc, exceptions.ResourceTimeout) and exc.__cause__:
        last = explain(exc.__cause__)
        return f'{exc}; when last looked, {last}'
    return ' '.join(str(exc).split()).rstrip('. ')


def is_uncertain(exc: Exception) -> bool:
    """Tell whether a request may have been taken although it failed.

    :param exc: What the request raised.
    :returns: True for 5xx other than 501, connections that broke, and an
        answer that isn't the service's.
    """
    if isinstance(exc, exceptions.HttpException):
        return wait.is_fault(exc.status_code)
    return isinstance(exc, (ks_exceptions.ConnectionError, ValueError))


def is_broken_off(exc: Exception) -> bool:
    """Tell whether a connection failed, or was closed without an answer.

    :param exc: What the request raised.
    :returns: False also for a certificate that isn't trusted, and for an
        answer that takes too long.
    """
    return isinstance(exc, ks_exceptions.ConnectFailure)


def refuse(exc: Exception, subject: str) -> osc_exceptions.CommandError:
    """Tell that a look before any request that changes something has failed.

    :param exc: What the look has raised.
    :param subject: What the command is about.
    :returns: What to raise.
    """
    message = explain(exc)
    if wait.is_transient(exc):
        message = f'{subject} cannot be looked at: {message}'
    return osc_exceptions.CommandError(
        f'{message}. Nothing was changed{advise(exc)}'
    )


def advise(exc: Exception) -> str:
    """Tell what to do when nothing was changed.

    :param exc: What a request raised.
    :returns: What to add to a sentence, empty unless the same command may
        succeed by itself.
    """
    if not wait.is_transient(exc):
        return ''
    seconds = wait.retry_after(exc)
    when = f' in {wait.count_seconds(round(seconds))}' if seconds >= 1 else ''
    return f'; run the same command again{when}'


def _service(exc: BaseException) -> str:
    found = _ADDRESS.search(str(exc))
    return found.group() if found else 'the service'


def _cause(exc: BaseException) -> str:
    """Find the words of the system or of OpenSSL for a failed connection."""
    deepest = 'it was closed before the answer was complete'
    for cause in _causes(exc):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f'{cause.verify_message}; if it is to be trusted, name the '
                'file with the certificate of its authority with --os-cacert'
            )
        if isinstance(cause, OSError) and cause.strerror:
            deepest = cause.strerror
    if isinstance(exc, ks_exceptions.SSLError):
        return ' '.join(str(exc).split()).rstrip('. ')
    return deepest


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """Give an exception and those that it carries along, inmost last."""
    yield exc
    for other in (
        exc.__cause__ or exc.__context__,
        getattr(exc, 'reason', None),
        *exc.args,
    ):
        if isinstance(other, BaseException):
            yield from _causes(other)
