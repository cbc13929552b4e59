# SPDX-License-Identifier: Apache-2.0

import itertools
import json

from openstack import exceptions

from resize_client.sdk import faults
from resize_client.sdk.load_balancer import find
from tests.unit.sdk import base
from tests.unit.sdk import cloud

WEB = cloud.load_balancer('web', cloud.flavor('small'))
DEV = cloud.cluster()
MASTERS = cloud.nodegroup(DEV)


class TestOddJson(base.TestCase):
    """What no service answers; openstacksdk stumbles over each."""

    ODD = (
        'null',
        '[]',
        '"text"',
        '{"%s": null}',
        '{"%s": []}',
        '{"%s": [null]}',
        '{"%s": ["text"]}',
        '{"%s": "text"}',
        '{"%s": 1}',
        '{}',
    )

    def test_odd(self) -> None:
        octavia = self.conn.load_balancer
        magnum = self.conn.container_infrastructure_management
        self.cloud.clusters(DEV)
        self.cloud.nodegroups(MASTERS)
        a_cluster = f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}'
        for method, url, key, call, *good in (
            (
                'GET',
                cloud.FLAVORS_URL,
                'flavors',
                lambda: list(octavia.flavors()),
                '{"%s": []}',
            ),
            (
                'GET',
                f'{cloud.LBS_URL}/a',
                'loadbalancer',
                lambda: octavia.resize_load_balancer('a', 'b'),
            ),
            (
                'GET',
                f'{cloud.LBS_URL}/a/resize',
                'resize',
                lambda: octavia.get_load_balancer_resize('a'),
                *('{"%s": null}', '{}'),
            ),
            (
                'PUT',
                f'{cloud.LBS_URL}/a/resize',
                'resize',
                lambda: octavia.preview_load_balancer_resize('a', 'b'),
            ),
            (
                'PUT',
                f'{cloud.LBS_URL}/a/rebuild',
                'rebuild',
                lambda: octavia.preview_load_balancer_rebuild('a'),
            ),
            (
                'GET',
                cloud.RESIZES_URL,
                'resizes',
                lambda: list(octavia.load_balancer_resizes()),
                '{"%s": []}',
            ),
            (
                'GET',
                f'{cloud.CLUSTERS_URL}/a/nodegroups',
                'nodegroups',
                lambda: list(magnum.nodegroups('a')),
                '{"%s": []}',
            ),
            (
                'GET',
                f'{cloud.CLUSTERS_URL}/prod',
                'uuid',
                lambda: magnum.get_cluster('prod'),
            ),
            (
                'POST',
                f'{a_cluster}/actions/resize',
                'uuid',
                lambda: magnum.resize_cluster(
                    DEV['uuid'], 3, nodegroup='default-master'
                ),
                '{"%s": "text"}',
            ),
        ):
            for body in self.ODD:
                if body not in good:
                    self.cloud.requests.register_uri(
                        method,
                        url,
                        status_code=202 if method == 'POST' else 200,
                        text=body.replace('%s', key),
                    )
                    self.assertRaises(ValueError, call)

    def test_value_of_another_type(self) -> None:
        octavia = self.conn.load_balancer
        magnum = self.conn.container_infrastructure_management
        resize = {'state': 'FAILED', 'new_flavor_id': 'large'}
        text = ('[]', '[null]', '{}', '1', 'true')
        number = ('1e400', '-1e400', 'NaN', '1.5', '"three"', '"3"', 'true')
        boolean = ('"no"', '1', '[]')
        for url, key, body, call, *fields in (
            (
                *(f'{cloud.LBS_URL}/a', 'loadbalancer', WEB),
                lambda: octavia.get_load_balancer('a'),
                (text, 'id', 'name', 'flavor_id', 'project_id'),
            ),
            (
                *(f'{cloud.LBS_URL}/a/resize', 'resize', resize),
                lambda: octavia.get_load_balancer_resize('a'),
                (text, 'state', 'phase', 'reason', 'detail'),
                (text, 'new_flavor_name'),
                (number, 'amphorae_built', 'amphorae_to_build'),
                (boolean, 'can_cancel'),
            ),
            (
                *(f'{cloud.CLUSTERS_URL}/a', None, DEV),
                lambda: magnum.get_cluster('a'),
                (text, 'uuid', 'name', 'status', 'status_reason'),
                (text, 'project_id'),
                (boolean, 'master_lb_enabled'),
            ),
            (
                *(f'{cloud.CLUSTERS_URL}/a/nodegroups/b', None, MASTERS),
                lambda: magnum.get_nodegroup('a', 'b'),
                (text, 'uuid', 'name', 'role', 'status', 'status_reason'),
                (number, 'node_count', 'min_node_count', 'max_node_count'),
            ),
        ):
            for odd, *names in fields:
                for field, value in itertools.product(names, odd):
                    answer = json.dumps({**body, field: None})
                    answer = answer.replace(
                        f'"{field}": null', f'"{field}": {value}'
                    )
                    self.cloud.requests.get(
                        url, text=f'{{"{key}": {answer}}}' if key else answer
                    )
                    self.assertRaises(ValueError, call)

    def test_value_of_another_type_in_a_list(self) -> None:
        magnum = self.conn.container_infrastructure_management
        for field, value in (('uuid', 1), ('node_count', 'three')):
            self.cloud.requests.get(
                f'{cloud.CLUSTERS_URL}/a/nodegroups',
                json={'nodegroups': [{**MASTERS, field: value}]},
            )
            self.assertRaises(ValueError, list, magnum.nodegroups('a'))
        for field, value in (('id', 1), ('name', 1), ('enabled', 'no')):
            self.cloud.flavors({**cloud.flavor('small'), field: value})
            self.assertRaises(
                ValueError, find.flavors_for, self.conn.load_balancer, 'small'
            )
        for field, value in (('id', 1), ('name', {'a': 1}), ('name', [{}])):
            self.cloud.requests.get(
                f'{cloud.LBS_URL}?name=web',
                json={'loadbalancers': [{**WEB, field: value}]},
            )
            octavia = self.conn.load_balancer
            self.assertRaises(
                ValueError, find.find_load_balancer, octavia, 'web'
            )

    def test_nodegroup_without_a_count(self) -> None:
        magnum = self.conn.container_infrastructure_management
        self.cloud.nodegroups({**MASTERS, 'node_count': None})
        exc = self.assertRaises(
            ValueError, magnum.get_nodegroup, DEV['uuid'], 'default-master'
        )
        self.assertEqual('there is no node_count in it', str(exc))

    def test_profile_of_a_dry_run(self) -> None:
        call = self.conn.load_balancer.preview_load_balancer_resize
        for profile in ('text', '', 0, {}, {'a': 1}, ['text'], [None]):
            resize = {'new_flavor_id': 'b', 'profile': profile}
            self.cloud.requests.put(
                f'{cloud.LBS_URL}/a/resize', json={'resize': resize}
            )
            self.assertRaises(ValueError, call, 'a', 'b')

    def test_error(self) -> None:
        for body in (*self.ODD, '{"errors": null}', '{"faultstring": null}'):
            self.cloud.requests.get(
                cloud.FLAVORS_URL,
                status_code=400,
                text=body.replace('%s', 'error'),
                headers={'Content-Type': 'application/json'},
            )
            exc = self.assertRaises(
                exceptions.BadRequestException,
                list,
                self.conn.load_balancer.flavors(),
            )
            self.assertEqual('', faults.message(exc))

    def test_cluster_whose_name_is_null(self) -> None:
        magnum = self.conn.container_infrastructure_management
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/dev', json={'uuid': 'a', 'name': None}
        )
        self.assertIsNone(magnum.get_cluster('dev').name)


class TestToken(base.TestCase):
    def test_refused_while_another_thread_gets_one(self) -> None:
        tokens = [
            {'json': self.cloud.token, 'headers': {'X-Subject-Token': token}}
            for token in ('first', 'second')
        ]
        self.cloud.requests.post(f'{cloud.AUTH_URL}/auth/tokens', tokens)
        sent = []

        def answer(request, context):
            sent.append(request.headers['X-Auth-Token'])
            if sent[-1] == 'first':
                self.conn.session.invalidate()
                context.status_code = 401
            return {'flavors': []}

        self.cloud.requests.get(cloud.FLAVORS_URL, json=answer)
        self.assertEqual([], list(self.conn.load_balancer.flavors()))
        self.assertEqual(['first', 'second'], sent)
