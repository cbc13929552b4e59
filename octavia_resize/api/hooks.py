# SPDX-License-Identifier: Apache-2.0

"""The check of a request, before Octavia's API parses it.

Pecan and WSME answer 500 to some bodies, accept null for a UUID, and take the
first or the last of what is given twice.
"""

import collections
from collections.abc import Collection
import json
from typing import Any
from urllib import parse

from oslo_config import cfg
from oslo_utils import uuidutils
from pecan import hooks
import webob

from octavia_resize import constants
from octavia_resize import exceptions
from octavia_resize.api import resizes

CONF = cfg.CONF

_FLAVOR = 'new_flavor_id'
_DRAIN = 'drain_seconds'
_LIST = 'resizes'
#: Arguments of the list that may be given more than once.
_REPEATABLE = {'fields', *resizes.FILTERS} - {'project_id'}


class _RepeatedField(Exception):
    pass


def find_fault(body: bytes, operation: str) -> str | None:
    """Return what is wrong with the body of a request, or None.

    :param operation: One of the operations in octavia_resize.constants.
    """
    try:
        resize = json.loads(
            body.decode('utf-8'), object_pairs_hook=_make_object
        )
    except _RepeatedField:
        return 'a field is given twice.'
    except (ValueError, RecursionError):
        return 'it is not valid JSON.'
    if not isinstance(resize, dict):
        return 'it is not an object.'
    required = [_FLAVOR] if operation == constants.RESIZE else []
    unknown = sorted(set(resize) - {*required, _DRAIN})
    if unknown:
        return f'unknown field {json.dumps(unknown[0][:100])}.'
    if required and _FLAVOR not in resize:
        return f'{_FLAVOR} is missing.'
    if required and not (
        isinstance(resize[_FLAVOR], str)
        and uuidutils.is_uuid_like(resize[_FLAVOR])
    ):
        return f'{_FLAVOR} is not the UUID of a flavor.'
    return None


def _make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _RepeatedField()
    return made


def find_repeated_argument(
    query: str, repeatable: Collection[str] = ()
) -> str | None:
    """Return the name of an argument that is given twice, or None.

    :param query: The query string of the URL.
    :param repeatable: The names of arguments that may be.
    """
    # For WebOb both characters separate arguments.
    arguments = parse.parse_qsl(
        query.replace(';', '&'), keep_blank_values=True
    )
    names = collections.Counter(name for name, _ in arguments)
    return next(
        (
            name
            for name, count in names.items()
            if count > 1 and name not in repeatable
        ),
        None,
    )


def _check_body(request: Any, parts: set[str]) -> None:
    if constants.REBUILD in parts:
        # The body of a rebuild may be left out.
        request.body = request.body.strip() or b'{}'
        fault = find_fault(request.body, constants.REBUILD)
        if fault is not None:
            raise exceptions.InvalidRebuildBody(reason=fault)
    else:
        fault = find_fault(request.body, constants.RESIZE)
        if fault is not None:
            raise exceptions.InvalidBody(reason=fault)
    seconds = json.loads(request.body).get(_DRAIN, 0)
    maximum = CONF.octavia_resize.max_drain_seconds
    if type(seconds) is not int or not 0 <= seconds <= maximum:
        raise exceptions.InvalidDrain(maximum=maximum)


class ResizeRequestHook(hooks.PecanHook):
    """Refuse a request that has an argument twice, or a wrong body.

    Only PUT has a body. The body of another request is not read.
    """

    def on_route(self, state: Any) -> None:
        request = state.request
        # Pecan takes resize.json for resize.
        parts = {part.partition('.')[0] for part in request.path.split('/')}
        is_list = _LIST in parts
        if parts.isdisjoint(constants.OPERATIONS) and not is_list:
            return
        repeated = find_repeated_argument(
            request.query_string, _REPEATABLE if is_list else ()
        )
        if repeated is not None:
            raise exceptions.RepeatedArgument(name=repeated[:100])
        if is_list:
            return
        if request.method == 'PUT':
            _check_body(request, parts)
        else:
            request.body = b''
        # WSME reads the body only if it is declared to be JSON.
        request.headers['Content-Type'] = 'application/json'

    def on_error(self, state: Any, error: Exception) -> webob.Response | None:
        """Return the refusal in the format of WSME."""
        if not isinstance(
            error,
            exceptions.InvalidBody
            | exceptions.InvalidRebuildBody
            | exceptions.InvalidDrain
            | exceptions.RepeatedArgument,
        ):
            return None
        return webob.Response(
            status=error.code,
            json={
                'faultcode': 'Client',
                'faultstring': error.msg,
                'debuginfo': None,
            },
        )
