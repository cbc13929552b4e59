# SPDX-License-Identifier: Apache-2.0

"""What the management cluster answers to HTTP requests."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
import json
import re
from typing import Any
from urllib import parse

from resize_sandbox.capi import admission
from resize_sandbox.capi import cloud
from resize_sandbox.capi.management_cluster import Conflict
from resize_sandbox.capi.management_cluster import ManagementCluster

Answer = tuple[str, Mapping[str, Any]]

_OK = '200 OK'
_CREATED = '201 Created'
_NAMESPACED = re.compile(r'/apis?/.+/namespaces/[^/]+/[^/]+(?P<name>/[^/]+)?')

#: The kinds whose definitions are installed in the management cluster
_KINDS = (
    'secrets',
    'clusters',
    'openstackclusters',
    'kubeadmcontrolplanes',
    'machinedeployments',
    'machinesets',
    'machines',
    'openstackmachines',
    'events',
    'leases',
    'manifests',
    'helmreleases',
)


class Application:
    """The API of the management cluster, and of what else a cloud has.

    :param cluster: the management cluster.
    :param token: who has it may use the management cluster.
    """

    def __init__(self, cluster: ManagementCluster, token: str) -> None:
        self._cluster = cluster
        self._token = token

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        path = environ['PATH_INFO']
        if path.startswith(('/api/', '/apis/')):
            status, body = self._of_management_cluster(environ, path)
        else:
            status, body = cloud.answer(environ, path)
        encoded = json.dumps(body).encode()
        start_response(
            status,
            [
                ('Content-Type', 'application/json'),
                ('Content-Length', str(len(encoded))),
            ],
        )
        return [encoded]

    def _of_management_cluster(
        self, environ: Mapping[str, Any], path: str
    ) -> Answer:
        if environ.get('HTTP_AUTHORIZATION') != f'Bearer {self._token}':
            return _failure('401 Unauthorized', 'Unauthorized')
        method = environ['REQUEST_METHOD']
        found = _NAMESPACED.fullmatch(path)
        if found is None or not _is_known(path, bool(found['name'])):
            return _failure('404 Not Found', f'{path} not found')
        body = _read(environ)
        try:
            if found['name']:
                return self._one(method, path, body)
            return self._all(method, path, _labels(environ), body)
        except admission.Denied as denied:
            return _failure('403 Forbidden', str(denied))
        except Conflict as conflict:
            return _failure('409 Conflict', str(conflict))

    def _one(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        if method == 'PATCH':
            return _OK, self._cluster.apply(path, body)
        if method == 'PUT':
            return _OK, self._cluster.replace(path, body)
        if method == 'DELETE':
            if self._cluster.delete(path, body.get('preconditions')):
                return _OK, {'kind': 'Status', 'status': 'Success'}
        elif shown := self._cluster.get(path):
            return _OK, shown
        return _failure('404 Not Found', f'{path} not found')

    def _all(
        self,
        method: str,
        path: str,
        labels: Mapping[str, str],
        body: Mapping[str, Any],
    ) -> Answer:
        if method == 'POST':
            name = body['metadata']['name']
            return _CREATED, self._cluster.create(f'{path}/{name}', body)
        if method == 'DELETE':
            self._cluster.delete_all(path, labels)
            return _OK, {'kind': 'Status', 'status': 'Success'}
        return _OK, {
            'kind': 'List',
            'apiVersion': 'v1',
            'metadata': {'continue': ''},
            'items': self._cluster.list(path, labels),
        }


def _is_known(path: str, has_name: bool) -> bool:
    return path.split('/')[-2 if has_name else -1] in _KINDS


def _read(environ: Mapping[str, Any]) -> Mapping[str, Any]:
    length = int(environ.get('CONTENT_LENGTH') or 0)
    body = json.loads(environ['wsgi.input'].read(length) or '{}')
    assert isinstance(body, dict)
    return body


def _labels(environ: Mapping[str, Any]) -> Mapping[str, str]:
    query = parse.parse_qs(environ.get('QUERY_STRING', ''))
    selector = query.get('labelSelector', [''])[0]
    return dict(
        label.split('=', 1) for label in selector.split(',') if '=' in label
    )


def _failure(status: str, message: str) -> Answer:
    return status, {
        'kind': 'Status',
        'apiVersion': 'v1',
        'status': 'Failure',
        'message': message,
        'code': int(status.split()[0]),
    }
