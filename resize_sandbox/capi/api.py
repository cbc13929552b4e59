# SPDX-License-Identifier: Apache-2.0

"""What the stand-ins answer to HTTP requests."""

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
import json
import re
from typing import Any
from urllib import parse

from resize_sandbox.capi import names
from resize_sandbox.capi.management_cluster import Denied
from resize_sandbox.capi.management_cluster import ManagementCluster
from resize_sandbox.octavia import subnets

Answer = tuple[str, Mapping[str, Any]]

_OK = '200 OK'
_NAMESPACED = re.compile(r'/apis?/.+/namespaces/[^/]+/[^/]+(?P<name>/[^/]+)?')

#: The kinds whose definitions are installed in the management cluster
_SUBNETS: Sequence[Mapping[str, str]] = (
    {'id': subnets.VIP_SUBNET, 'name': 'vip-subnet'},
    {'id': subnets.MEMBER_SUBNET, 'name': 'member-subnet'},
)

_KINDS = (
    'secrets',
    'clusters',
    'openstackclusters',
    'kubeadmcontrolplanes',
    'machinedeployments',
    'machines',
    'manifests',
    'helmreleases',
)


class Application:
    """The API of the management cluster, and of what else a cloud has.

    That is one image, one volume type, and the subnets that Octavia's network
    driver believes in.

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
            status, body = _of_cloud(environ, path)
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
        if method == 'PATCH':
            return self._apply(path, _read(environ))
        if found is None or not _is_known(path, bool(found['name'])):
            return _failure('404 Not Found', f'{path} not found')
        if found['name']:
            return self._one(method, path)
        return self._all(method, path, _labels(environ))

    def _apply(self, path: str, applied: Mapping[str, Any]) -> Answer:
        try:
            return _OK, self._cluster.apply(path, applied)
        except Denied as denied:
            return _failure('403 Forbidden', str(denied))

    def _one(self, method: str, path: str) -> Answer:
        if method == 'DELETE':
            if self._cluster.delete(path):
                return _OK, {'kind': 'Status', 'status': 'Success'}
        elif shown := self._cluster.get(path):
            return _OK, shown
        return _failure('404 Not Found', f'{path} not found')

    def _all(
        self, method: str, path: str, labels: Mapping[str, str]
    ) -> Answer:
        if method == 'DELETE':
            self._cluster.delete_all(path, labels)
            return _OK, {'kind': 'Status', 'status': 'Success'}
        return _OK, {
            'kind': 'List',
            'metadata': {'continue': ''},
            'items': self._cluster.list(path, labels),
        }


def _is_known(path: str, has_name: bool) -> bool:
    return path.split('/')[-2 if has_name else -1] in _KINDS


def _read(environ: Mapping[str, Any]) -> Mapping[str, Any]:
    length = int(environ.get('CONTENT_LENGTH') or 0)
    body = json.loads(environ['wsgi.input'].read(length))
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


def _of_cloud(environ: Mapping[str, Any], path: str) -> Answer:
    """Answer as Glance, Cinder and Neutron do, to what they are asked here."""
    host = environ['HTTP_HOST']
    answers: Mapping[str, Mapping[str, Any]] = {
        '/image': _versions('v2.9', f'http://{host}/image/v2/'),
        f'/image/v2/images/{names.IMAGE_ID}': {
            'id': names.IMAGE_ID,
            'name': names.IMAGE_NAME,
            'status': 'active',
            'os_distro': names.IMAGE_DISTRO,
            'kube_version': names.KUBE_VERSION,
        },
        # python-glanceclient, up to Magnum 22, asks how to read an image.
        '/image/v2/schemas/image': {'name': 'image', 'properties': {}},
        '/volume/v3': _versions('v3.0', f'http://{host}/volume/v3/'),
        '/volume/v3/types': {
            'volume_types': [{'id': names.VOLUME_TYPE_ID, 'name': 'standard'}]
        },
        '/network': _versions('v2.0', f'http://{host}/network/v2.0/'),
        '/network/v2.0/floatingips': {'floatingips': []},
        '/network/v2.0/subnets': {'subnets': _find_subnets(environ)},
        **{
            f'/network/v2.0/subnets/{subnet["id"]}': {'subnet': subnet}
            for subnet in _SUBNETS
        },
    }
    if found := answers.get(path.rstrip('/')):
        return _OK, found
    return '404 Not Found', {'message': f'{path} not found'}


def _find_subnets(environ: Mapping[str, Any]) -> list[Mapping[str, str]]:
    query = parse.parse_qs(environ.get('QUERY_STRING', ''))
    return [
        subnet
        for subnet in _SUBNETS
        if all(
            subnet[key] in query.get(key, [subnet[key]])
            for key in ('id', 'name')
        )
    ]


def _versions(number: str, url: str) -> Mapping[str, Any]:
    return {
        'versions': [
            {
                'id': number,
                'status': 'CURRENT',
                'links': [{'rel': 'self', 'href': url}],
            }
        ]
    }
