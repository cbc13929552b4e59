# SPDX-License-Identifier: Apache-2.0

"""What else a cloud has: images, volume types, flavors and subnets."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from urllib import parse

from resize_sandbox.capi import names
from resize_sandbox.octavia import subnets

Answer = tuple[str, Mapping[str, Any]]

_OK = '200 OK'

_SUBNETS: Sequence[Mapping[str, str]] = (
    {'id': subnets.VIP_SUBNET, 'name': 'vip-subnet'},
    {'id': subnets.MEMBER_SUBNET, 'name': 'member-subnet'},
)


def answer(environ: Mapping[str, Any], path: str) -> Answer:
    """Answer the requests to Glance, Cinder, Nova and Neutron."""
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
        # python-glanceclient, up to Magnum 22, gets the schema of an image.
        '/image/v2/schemas/image': {'name': 'image', 'properties': {}},
        '/volume/v3': _versions('v3.0', f'http://{host}/volume/v3/'),
        '/volume/v3/types': {
            'volume_types': [{'id': names.VOLUME_TYPE_ID, 'name': 'standard'}]
        },
        '/compute/v2.1': _versions('v2.1', f'http://{host}/compute/v2.1/'),
        '/compute/v2.1/flavors/detail': {
            'flavors': [
                {'id': name, 'name': name, 'ram': 4096, 'vcpus': 2}
                for name in (names.MASTER_FLAVOR, names.WORKER_FLAVOR)
            ]
        },
        '/compute/v2.1/os-server-groups': {
            # To GET and to POST
            'server_groups': [],
            'server_group': {'id': names.SERVER_GROUP_ID},
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
