# SPDX-License-Identifier: Apache-2.0

"""Turn what the SDK raises into a sentence for the user."""

from collections.abc import Iterator
import http.client
import re
import ssl
from urllib import parse

from keystoneauth1 import exceptions as ks_exceptions
from openstack import exceptions
from osc_lib import exceptions as osc_exceptions

from resize_client.sdk import faults
from resize_client.sdk import wait
from resize_client.sdk.load_balancer import offer
from resize_client.sdk.outcome import Outcome
from resize_client.sdk.outcome import Result

#: That the same command continues with the others
AGAIN = (
    'Run the same command again: it resizes only what is not being resized yet'
)

_OPERATIONS = ('resize', 'rebuild')
_ADDRESS = re.compile(r'https?://(?:\[[^\]]*\]|[^/:\s]+)(?::\d+)?')


def explain(exc: BaseException) -> str:
    """Return what went wrong.

    :param exc: What the SDK raised.
    :returns: A sentence, without a full stop.
    """
    if isinstance(exc, exceptions.HttpException):
        return _explain_response(exc)
    if isinstance(exc, ks_exceptions.HttpError):
        return f'{exc.message} (HTTP {exc.http_status})'
    if isinstance(exc, ks_exceptions.ConnectTimeout):
        return f'{_service(exc)} did not answer in time'
    if isinstance(exc, ks_exceptions.ConnectionError):
        cause = _cause(exc)
        failed = f'the connection to {_service(exc)} failed'
        return f'{failed}: {cause}' if cause else failed
    if isinstance(exc, UnicodeEncodeError):
        return f'{exc.object!a} is not text that a name or ID can be'
    if isinstance(exc, ValueError):
        return f"the service's answer cannot be read: {exc}"
    if isinstance(exc, exceptions.ResourceTimeout) and exc.__cause__:
        last = explain(exc.__cause__)
        return f'{exc}; the last request failed: {last}'
    return ' '.join(str(exc).split()).rstrip('. ')


def _explain_response(exc: exceptions.HttpException) -> str:
    if exc.response is None:
        return str(exc.message)
    message = faults.message(exc).rstrip('. ')
    is_own = faults.is_from_service(exc)
    if is_own and exc.status_code == 403:
        return f'your roles do not allow it ({_rule(exc)}{message})'
    if is_own and exc.status_code == 406:
        return f'the service is too old for this: {message}'
    if is_own and not faults.is_transient(exc):
        return message
    message = message.removeprefix(str(exc.status_code)).lstrip(' :-')
    message = f': {message}' if message else ''
    if _is_address_in_doubt(exc):
        url = str(exc.response.url).partition('?')[0]
        return (
            f'what answers at {url} is not the service (404{message}): check '
            'the address in the catalog, or the endpoint_override in '
            'clouds.yaml'
        )
    # HTML, or a 4xx without an API error body, is a gateway's; a 5xx without
    # a body may be either's.
    is_fault = faults.is_transient(exc) and exc.status_code != 404
    is_of_service = is_own or (is_fault and not message)
    who = 'the service' if is_of_service else 'something before the service'
    return f'{who} answered {exc.status_code}{message}'


def _rule(exc: exceptions.HttpException) -> str:
    """Return the policy rule of a request for a resize or a rebuild."""
    assert exc.response is not None
    request = exc.response.request
    method = str(request.method).lower()
    path, _, operation = parse.urlsplit(str(request.url)).path.rpartition('/')
    if operation not in _OPERATIONS or '/loadbalancers/' not in path:
        return ''
    return f'rule os_load-balancer_api:loadbalancer:{method}_{operation}: '


def of_get(exc: Exception, subject: str) -> str:
    """Return why a GET failed, with its subject."""
    # The SDK's own message names its subject.
    response = getattr(exc, 'response', None)
    if response is not None and '/lbaas/flavors' in str(response.url):
        subject = 'the flavors'
    if response is not None or faults.is_transient(exc):
        return f'Failed to get {subject}: {explain(exc)}'
    return explain(exc)


def refuse(exc: Exception, subject: str) -> osc_exceptions.CommandError:
    """Make the error of a GET that failed before anything was changed.

    :param exc: What the GET raised.
    :param subject: What was requested, such as ``load balancer web``.
    :returns: What to raise.
    """
    message = of_get(exc, subject)
    stop = '' if message.endswith('?') else '.'
    return osc_exceptions.CommandError(
        f'{message}{stop} Nothing was changed{advise(exc)}'
    )


def advise(exc: Exception) -> str:
    """Return what to do when nothing was changed.

    :param exc: What a request raised.
    :returns: What to add to a sentence, empty unless the same command, or one
        without an option, may succeed.
    """
    if isinstance(exc, offer.DrainingNotOffered):
        return '; run the same command without --drain'
    if not faults.is_transient(exc):
        return ''
    seconds = faults.retry_after(exc)
    when = f' in {wait.count_seconds(round(seconds))}' if seconds >= 1 else ''
    if _is_address_in_doubt(exc):
        when = ' if that address is right'
    return f'; run the same command again{when}'


def end_of_wait(outcome: Outcome) -> str:
    """Return why a wait has ended before what was waited for."""
    if outcome.result is Result.INTERRUPTED or outcome.error is None:
        return 'Interrupted'
    reason = explain(outcome.error)
    if outcome.result is Result.UNKNOWN:
        return f'Stopped waiting: {reason}'
    return reason


def _is_address_in_doubt(exc: Exception) -> bool:
    """Return whether a 404 does not come from the service.

    Before a resize is requested, the service has answered at its address.
    """
    return (
        isinstance(exc, exceptions.NotFoundException)
        and not faults.is_from_service(exc)
        and not str(getattr(exc.response, 'url', '')).endswith(_OPERATIONS)
    )


def _service(exc: BaseException) -> str:
    found = _ADDRESS.search(str(exc))
    return found.group() if found else 'the service'


def _cause(exc: BaseException) -> str:
    """Return the message of the system or of OpenSSL."""
    deepest = ''
    for cause in _causes(exc):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return (
                f'{cause.verify_message}; if it is to be trusted, name the '
                'file with the certificate of its authority with --os-cacert'
            )
        if isinstance(cause, (OSError, http.client.HTTPException)):
            deepest = _own_message(cause) or deepest
    if not deepest and isinstance(exc, ks_exceptions.SSLError):
        return ' '.join(str(exc).split()).rstrip('. ')
    return deepest


def _own_message(cause: OSError | http.client.HTTPException) -> str:
    """Return an exception's own message, not that of its cause."""
    message = getattr(cause, 'strerror', None) or (
        cause.args[0] if len(cause.args) == 1 else ''
    )
    return message.rstrip('. ') if isinstance(message, str) else ''


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those in it, the innermost last."""
    yield exc
    for other in (
        exc.__cause__ or exc.__context__,
        getattr(exc, 'reason', None),
        *exc.args,
    ):
        if isinstance(other, BaseException):
            yield from _causes(other)
