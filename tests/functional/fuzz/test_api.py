# SPDX-License-Identifier: Apache-2.0

"""Random requests to .../resize: no 5xx, and no change from a refusal."""

import dataclasses
import http.client
import json
import re
import time
from typing import Any
from urllib import parse
import uuid

import hypothesis
from hypothesis import strategies as st
import requests

from tests.functional import base as functional
from tests.functional import shared_sandbox
from tests.functional.api_ref import test_samples
from tests.functional.fuzz import base

_TIMEOUT_SECONDS = 60

_DOCUMENTED = ('PUT', 'GET', 'DELETE')
_OTHERS = ('POST', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'X')

#: What Octavia's API, or the HTTP server before it, answers to any request:
#: an Accept header without JSON, a body or a path that is too long.
_GENERAL = (406, 413, 414, 431)

#: Load balancers that exist for whoever may see them.
_NAMES = ('idle', 'active-standby', 'failed', 'locked', 'deleted', 'foreign')
_FLAVORS = (
    *('small', 'large', 'ha-small', 'ha-large', 'broken', 'retired'),
    'other',
)
_CLOUDS = (functional.MEMBER, functional.READER, functional.OTHER)

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from([f'flavor:{name}' for name in _FLAVORS]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=10) | st.just('new_flavor_id'), inner, max_size=4
        )
    ),
    max_leaves=8,
)

_SPOOFED = {
    'X-Identity-Status': 'Confirmed',
    'X-Roles': 'admin',
    'X-Project-Id': str(uuid.uuid4()),
    'X-User-Id': str(uuid.uuid4()),
}

_HEADERS = st.fixed_dictionaries(
    {},
    optional={
        'Content-Type': st.sampled_from(
            [
                'application/json',
                'application/json; charset=utf-16',
                'application/xml',
                'text/plain',
                'multipart/form-data',
                'application/x-www-form-urlencoded',
                'x' * 300,
                '/',
                '',
            ]
        ),
        'Accept': st.sampled_from(
            ['*/*', 'application/json', 'application/xml', 'text/html', '/']
        ),
        'Accept-Language': st.sampled_from(['de', '*', ';;', 'x' * 200]),
        'X-HTTP-Method-Override': st.sampled_from(['DELETE', 'GET', 'X']),
        'X-Openstack-Request-Id': st.sampled_from(
            ['req-' + '0' * 36, 'x' * 300, '${jndi}']
        ),
        'Range': st.just('bytes=0-1'),
        'If-None-Match': st.just('*'),
    },
)


@dataclasses.dataclass
class _Request:
    """A request; names stand for what only the sandbox knows."""

    method: str
    #: The name of a load balancer, or something else as its ID.
    load_balancer: str
    #: What follows ``/resize`` in the path.
    tail: str
    query: str
    headers: dict[str, str]
    body: bytes | None
    #: As whom; None for nobody.
    cloud: str | None


def _text() -> st.SearchStrategy[str]:
    return st.text(max_size=60) | st.sampled_from(
        ['x' * 255, 'x' * 4000, '\0', '..', "' OR 1=1 --", '%', '${x}', '🛒']
    )


def _bodies() -> st.SearchStrategy[bytes]:
    valid = st.sampled_from(_FLAVORS).map(
        lambda name: {'new_flavor_id': f'flavor:{name}'}
    )
    fields = st.fixed_dictionaries(
        {'new_flavor_id': _JSON}, optional={'force': _JSON, 'wait': _JSON}
    )
    text = st.one_of(valid, fields, _JSON).map(json.dumps)
    return st.one_of(
        text.map(str.encode),
        st.tuples(
            text, st.sampled_from(['utf-16', 'utf-8-sig', 'utf-32'])
        ).map(lambda pair: pair[0].encode(pair[1])),
        # Cut, or with something in the middle of it.
        st.tuples(text, st.integers(0, 60), st.binary(max_size=4)).map(
            lambda cut: (
                cut[0].encode()[: cut[1]] + cut[2] + cut[0].encode()[cut[1] :]
            )
        ),
        st.binary(max_size=80),
        st.sampled_from(
            [
                b'',
                b'[' * 100_000,
                b'{"new_flavor_id": ' * 5_000,
                b'{"new_flavor_id": "a", "new_flavor_id": "b"}',
                b'9' * 10_000,
                b'{"new_flavor_id": "' + b'x' * 200_000 + b'"}',
                b'{"new_flavor_id": "\\ud800"}',
                b'new_flavor_id=' + str(uuid.uuid4()).encode(),
            ]
        ),
    )


def _mostly(*usual: str, other: st.SearchStrategy[str]) -> Any:
    """Return usual values four times out of five."""
    return st.one_of(*[st.sampled_from(usual)] * 4, other)


def _requests(*methods: str) -> st.SearchStrategy[_Request]:
    return st.builds(
        _Request,
        method=st.sampled_from(methods),
        load_balancer=_mostly(*_NAMES, other=st.uuids().map(str) | _text()),
        tail=_mostly(
            '',
            other=st.sampled_from(['/', '/x', '//', '.json', '/resize'])
            | _text().map(lambda text: '/' + parse.quote(text)),
        ),
        query=_mostly(
            '',
            'cancel=true',
            other=st.sampled_from(
                [
                    'cancel=TRUE',
                    'cancel=false',
                    'cancel=',
                    'cancel',
                    'cancel=true&cancel=true',
                    'cancel=true&x=1',
                    'fields=id',
                    'new_flavor_id=1',
                    '=',
                    '&&',
                    '%00=%ff',
                ]
            )
            | st.dictionaries(_text(), _text(), max_size=3).map(
                parse.urlencode
            ),
        ),
        headers=_HEADERS,
        body=st.none() | _bodies(),
        cloud=st.sampled_from([functional.MEMBER] * 8 + [*_CLOUDS, None]),
    )


def _resize_idle_to(flavor: str) -> _Request:
    body = f'{{"new_flavor_id": "flavor:{flavor}"}}'.encode()
    return _Request('PUT', 'idle', '', '', {}, body, functional.MEMBER)


class TestApi(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        endpoint = parse.urlsplit(self.admin.load_balancer.get_endpoint())
        self.connection = http.client.HTTPConnection(
            str(endpoint.netloc), timeout=_TIMEOUT_SECONDS
        )
        self.addCleanup(self.connection.close)
        self.before = self.state()

    def test_any_request(self):
        @base.settings(150)
        @hypothesis.given(_requests(*_DOCUMENTED * 10, *_OTHERS))
        def one(request: _Request) -> None:
            response = self._send(request)
            self._check(request, response)
            if response.status_code == 202:
                self._settle()
            else:
                self.assertEqual(self.before, self.state(), request)

        one()

    def test_while_a_resize_runs(self):
        """Requests that follow one that was accepted at once."""

        @base.settings(6)
        @hypothesis.given(
            st.lists(_requests(*_DOCUMENTED), min_size=1, max_size=5)
        )
        def follow(following: list[_Request]) -> None:
            self._settle()
            if self.get(self.lbs['idle']).flavor_id != self.flavors['small']:
                self._expect(202, _resize_idle_to('small'))
                self._settle()
            self._expect(202, _resize_idle_to('large'))
            for request in following:
                if request.load_balancer in self.lbs:
                    request.load_balancer = 'idle'
                self._check(request, self._send(request))
            self._settle()

        follow()

    def _expect(self, status: int, request: _Request) -> None:
        response = self._send(request)
        self._check(request, response)
        self.assertEqual(status, response.status_code, response.text)

    def _check(self, request: _Request, response: requests.Response) -> None:
        self.assertLess(
            response.status_code, 500, f'{request}: {response.text}'
        )
        # Which OPTIONS there are, anybody may read.
        if request.cloud is None and request.method != 'OPTIONS':
            self.assertIn(response.status_code, (400, 401, *_GENERAL), request)
        if (
            request.method in _DOCUMENTED
            and not request.tail
            # Else it is the path of something else, or of nothing.
            and re.fullmatch(r'[\w-]+', request.load_balancer)
            and response.status_code not in _GENERAL
            # What is no UTF-8, pecan refuses.
            and not (response.status_code == 400 and '%ff' in request.query)
        ):
            test_samples.check_schema(request.method.lower(), response)
        self.counts[f'{request.method} {response.status_code}'] += 1

    def _send(self, request: _Request) -> requests.Response:
        body = request.body
        for name, flavor_id in self.flavors.items():
            if body is not None:
                body = body.replace(
                    f'flavor:{name}"'.encode(), f'{flavor_id}"'.encode()
                )
        lb_id = self.lbs.get(
            request.load_balancer, parse.quote(request.load_balancer, safe='')
        )
        path = f'/v2.0/lbaas/loadbalancers/{lb_id}/resize{request.tail}'
        headers = dict(request.headers)
        if request.cloud is None:
            headers |= _SPOOFED
        else:
            session = shared_sandbox.connect(request.cloud).session
            headers['X-Auth-Token'] = session.get_token()
        try:
            self.connection.request(
                request.method,
                f'{path}?{request.query}' if request.query else path,
                body,
                headers,
            )
            answer = self.connection.getresponse()
        except OSError as failed:
            # The next request opens a connection.
            self.connection.close()
            raise AssertionError(f'{request}: {failed!r}') from failed
        response = requests.Response()
        response.status_code = answer.status
        response._content = answer.read()
        response.headers.update(answer.getheaders())
        return response

    def _settle(self) -> None:
        """Wait for the end of what was accepted; that is the state then."""
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if not any(
                self.get(self.lbs[name]).provisioning_status.startswith(
                    'PENDING_'
                )
                for name in _NAMES
                if name not in ('locked', 'deleted')
            ):
                self.before = self.state()
                return
            time.sleep(0.2)
        raise AssertionError('a resize has not ended')
