# SPDX-License-Identifier: Apache-2.0

import json
import pathlib
import re

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb
import testtools

from resize_client.sdk import faults
from resize_client.sdk import http
from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.load_balancer import find
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import resize as _resize
from tests.unit.sdk import base
from tests.unit.sdk import cloud

WEB = cloud.load_balancer('web', cloud.flavor('small'))
DEV = cloud.cluster()
MASTERS = cloud.nodegroup(DEV)

_GUIDE = pathlib.Path(__file__).parents[3] / 'doc/source/user/scripting.rst'
_LINES = re.MULTILINE | re.DOTALL


class TestWithField(testtools.TestCase):
    def test_with_field(self) -> None:
        found = _lb.LoadBalancer(name='web')
        self.assertIs(found, http.with_field(found, 'name'))
        exc = self.assertRaises(
            ValueError, http.with_field, found, 'provisioning_status'
        )
        self.assertEqual('there is no provisioning_status in it', str(exc))


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
        for url, key, body, fields, odd, call in (
            (
                f'{cloud.LBS_URL}/a',
                'loadbalancer',
                WEB,
                ('id', 'name', 'flavor_id', 'project_id'),
                text,
                lambda: octavia.get_load_balancer('a'),
            ),
            (
                f'{cloud.LBS_URL}/a/resize',
                'resize',
                resize,
                ('state', 'phase', 'reason', 'detail', 'new_flavor_name'),
                text,
                lambda: octavia.get_load_balancer_resize('a'),
            ),
            (
                f'{cloud.LBS_URL}/a/resize',
                'resize',
                resize,
                ('amphorae_built', 'amphorae_to_build'),
                number,
                lambda: octavia.get_load_balancer_resize('a'),
            ),
            (
                f'{cloud.LBS_URL}/a/resize',
                'resize',
                resize,
                ('can_cancel',),
                boolean,
                lambda: octavia.get_load_balancer_resize('a'),
            ),
            (
                f'{cloud.CLUSTERS_URL}/a',
                None,
                DEV,
                ('uuid', 'name', 'status', 'status_reason', 'project_id'),
                text,
                lambda: magnum.get_cluster('a'),
            ),
            (
                f'{cloud.CLUSTERS_URL}/a',
                None,
                DEV,
                ('master_lb_enabled',),
                boolean,
                lambda: magnum.get_cluster('a'),
            ),
            (
                f'{cloud.CLUSTERS_URL}/a/nodegroups/b',
                None,
                MASTERS,
                ('uuid', 'name', 'role', 'status', 'status_reason'),
                text,
                lambda: magnum.get_nodegroup('a', 'b'),
            ),
            (
                f'{cloud.CLUSTERS_URL}/a/nodegroups/b',
                None,
                MASTERS,
                ('node_count', 'min_node_count', 'max_node_count'),
                number,
                lambda: magnum.get_nodegroup('a', 'b'),
            ),
        ):
            for field in fields:
                for value in odd:
                    text = json.dumps({**body, field: None})
                    text = text.replace(
                        f'"{field}": null', f'"{field}": {value}'
                    )
                    self.cloud.requests.get(
                        url, text=f'{{"{key}": {text}}}' if key else text
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


class TestOnce(base.TestCase):
    """What changes something isn't sent twice by keystoneauth."""

    def test_whatever_retries_are_configured(self) -> None:
        octavia = self.conn.load_balancer
        magnum = self.conn.container_infrastructure_management
        for proxy in (octavia, magnum):
            proxy.connect_retries = proxy.status_code_retries = 2
        web, dev = cloud.load_balancer('web', None), cloud.cluster()
        workers = cloud.nodegroup(dev, 'default-worker')
        self.cloud.load_balancers(web)
        self.cloud.latest_resize(web, 'RUNNING')
        busy = {'status_code': 503}
        self.cloud.resize(web, **busy)
        self.cloud.answer_to_dry_run(web, **busy)
        self.cloud.requests.delete(
            f'{cloud.LBS_URL}/{web["id"]}/resize?cancel=true', **busy
        )
        self.cloud.clusters(dev)
        self.cloud.nodegroups(workers)
        self.cloud.resize_cluster(dev, **busy)
        for method, call in (
            ('PUT', lambda: octavia.resize_load_balancer(web['id'], 'b')),
            (
                'PUT',
                lambda: octavia.preview_load_balancer_resize(web['id'], 'b'),
            ),
            ('DELETE', lambda: octavia.cancel_load_balancer_resize(web['id'])),
            (
                'POST',
                lambda: magnum.resize_cluster(
                    dev['uuid'], 3, nodegroup=workers['uuid']
                ),
            ),
        ):
            before = self.cloud.count(method)
            self.assertRaises(exceptions.HttpException, call)
            self.assertEqual(1, self.cloud.count(method) - before, method)


class TestNextPage(base.TestCase):
    def test_only_the_requested_service(self) -> None:
        web, shop = (cloud.load_balancer(n, None) for n in ('web', 'shop'))
        for link in (
            'https://inside.example.net:9876/v2.0/lbaas/loadbalancers',
            'https://inside.example.net/load-balancer/v2.0/lbaas/loadbalancers',
            '//inside.example.net/v2/lbaas/loadbalancers',
        ):
            self.cloud.requests.get(
                cloud.LBS_URL,
                json={
                    'loadbalancers': [web],
                    'loadbalancers_links': [
                        {'rel': 'next', 'href': f'{link}?marker={web["id"]}'}
                    ],
                },
            )
            self.cloud.requests.get(
                f'{cloud.LBS_URL}?marker={web["id"]}',
                json={'loadbalancers': [shop]},
            )
            found = list(self.conn.load_balancer.load_balancers())
            self.assertEqual([web['id'], shop['id']], [f.id for f in found])
            self.assertEqual(
                [
                    f'GET {cloud.LBS_URL}',
                    f'GET {cloud.LBS_URL}?marker={web["id"]}',
                ],
                self.cloud.requested()[-2:],
            )

    def test_of_magnum(self) -> None:
        dev, prod = cloud.cluster('dev'), cloud.cluster('prod')
        link = 'https://inside.example.net/container-infra/v1/clusters'
        marker = f'limit=1&marker={dev["uuid"]}'
        self.cloud.requests.get(
            cloud.CLUSTERS_URL,
            json={'clusters': [dev], 'next': f'{link}?{marker}'},
        )
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}?{marker}', json={'clusters': [prod]}
        )
        magnum = self.conn.container_infrastructure_management
        self.assertEqual(['dev', 'prod'], [c.name for c in magnum.clusters()])
        self.assertEqual(2, len(self.cloud.requested()))

    def test_that_was_read_before(self) -> None:
        web, shop = (cloud.load_balancer(n, None) for n in ('web', 'shop'))
        octavia = self.conn.load_balancer

        def page(load_balancer, link):
            return {
                'loadbalancers': [load_balancer],
                'loadbalancers_links': [{'rel': 'next', 'href': link}],
            }

        first, second = cloud.LBS_URL, f'{cloud.LBS_URL}?marker=web'
        for links in (
            # The first page links to itself
            (first, first),
            # The second page does
            (second, second),
            # The second page has lost its marker
            (second, first),
            (second, f'{cloud.LBS_URL}?limit=1'),
        ):
            self.cloud.requests.get(first, json=page(web, links[0]))
            self.cloud.requests.get(second, json=page(shop, links[1]))
            before = self.cloud.count('GET')
            exc = self.assertRaises(
                exceptions.SDKException, list, octavia.load_balancers()
            )
            self.assertEqual(
                'A list of the service has no end: the link to its next page '
                'leads to one that was read before',
                str(exc),
            )
            self.assertLess(self.cloud.count('GET') - before, 4)

    def test_without_news(self) -> None:
        """Each page has another link, and what was read before."""
        web, shop = (cloud.load_balancer(n, None) for n in ('web', 'shop'))

        def page(request, context):
            number = self.cloud.count('GET')
            link = f'{cloud.LBS_URL}?page={number}'
            return {
                'loadbalancers': [web] if number == 1 else [shop],
                'loadbalancers_links': [{'rel': 'next', 'href': link}],
            }

        self.cloud.requests.get(cloud.LBS_URL, json=page)
        exc = self.assertRaises(
            exceptions.SDKException,
            list,
            self.conn.load_balancer.load_balancers(),
        )
        self.assertIn('has no end', str(exc))
        self.assertEqual(4, self.cloud.count('GET'))

    def test_that_was_read_before_of_flavors_and_nodegroups(self) -> None:
        small = cloud.flavor('small')
        self.cloud.requests.get(
            cloud.FLAVORS_URL,
            json={
                'flavors': [small],
                'flavors_links': [{'rel': 'next', 'href': cloud.FLAVORS_URL}],
            },
        )
        self.cloud.requests.get(f'{cloud.FLAVORS_URL}/large', status_code=404)
        nodegroups = f'{cloud.CLUSTERS_URL}/a/nodegroups'
        self.cloud.requests.get(
            nodegroups, json={'nodegroups': [MASTERS], 'next': nodegroups}
        )
        magnum = self.conn.container_infrastructure_management
        for call in (
            lambda: self.conn.load_balancer.find_flavor('large'),
            lambda: list(self.conn.load_balancer.flavors()),
            lambda: list(magnum.nodegroups('a')),
        ):
            exc = self.assertRaises(exceptions.SDKException, call)
            self.assertIn('has no end', str(exc))

    def test_the_same_list_twice(self) -> None:
        self.cloud.flavors(cloud.flavor('small'))
        for _ in range(2):
            self.assertEqual(1, len(list(self.conn.load_balancer.flavors())))


class _EachRequest(base.TestCase):
    def _calls(self):
        octavia = self.conn.load_balancer
        magnum = self.conn.container_infrastructure_management
        web, dev = f'{cloud.LBS_URL}/a', f'{cloud.CLUSTERS_URL}/b'
        return (
            ('GET', cloud.FLAVORS_URL, lambda: list(octavia.flavors())),
            ('GET', cloud.LBS_URL, lambda: list(octavia.load_balancers())),
            ('GET', web, lambda: octavia.get_load_balancer('a')),
            (
                'GET',
                f'{web}/resize',
                lambda: octavia.get_load_balancer_resize('a'),
            ),
            (
                'PUT',
                f'{web}/resize',
                lambda: octavia.preview_load_balancer_resize('a', 'large'),
            ),
            (
                'PUT',
                f'{web}/resize',
                lambda: octavia.resize_load_balancer(
                    octavia._get_resource(_lb.LoadBalancer, 'a'), 'large'
                ),
            ),
            (
                'PUT',
                f'{web}/rebuild',
                lambda: octavia.preview_load_balancer_rebuild('a'),
            ),
            (
                'PUT',
                f'{web}/rebuild',
                lambda: octavia.rebuild_load_balancer(
                    octavia._get_resource(_lb.LoadBalancer, 'a')
                ),
            ),
            (
                'GET',
                cloud.RESIZES_URL,
                lambda: list(octavia.load_balancer_resizes()),
            ),
            (
                'DELETE',
                f'{web}/resize',
                lambda: _load_balancer.LoadBalancer.existing(
                    id='a'
                ).cancel_resize(octavia, _resize.LoadBalancerResize()),
            ),
            (
                'POST',
                f'{dev}/actions/resize',
                lambda: _cluster.Cluster.existing(id='b').resize(
                    magnum, node_count=3
                ),
            ),
            ('GET', dev, lambda: magnum.get_cluster('b')),
            (
                'GET',
                f'{dev}/nodegroups',
                lambda: list(magnum.nodegroups('b')),
            ),
            (
                'GET',
                f'{dev}/nodegroups/c',
                lambda: magnum.get_nodegroup('b', 'c'),
            ),
        )


class TestRedirect(_EachRequest):
    """keystoneauth follows a redirect with the token, wherever it leads."""

    def test_to_another_host_or_port(self) -> None:
        for method, url, call in self._calls():
            host = url.partition('/v')[0]
            for to, status in (
                ('https://other.example.net', 301),
                ('//other.example.net', 302),
                (f'{host}:8443', 307),
                (host.replace('https', 'http'), 308),
            ):
                self.cloud.requests.register_uri(
                    method,
                    url,
                    status_code=status,
                    headers={'Location': f'{to}/v2.0/lbaas/a'},
                )
                before = len(self.cloud.requested())
                exc = self.assertRaises(exceptions.SDKException, call)
                self.assertEqual(1, len(self.cloud.requested()) - before)
                self.assertTrue(str(exc).startswith(url), str(exc))
                self.assertIn(f'{to}/v2.0/lbaas/a, which does ', str(exc))

    def test_on_the_same_host(self) -> None:
        octavia = self.conn.load_balancer
        with_port = f'{cloud.LB_URL}:443/v2.0/lbaas/loadbalancers/b'
        for url in (f'{cloud.LBS_URL}/b', with_port):
            self.cloud.requests.get(url, json={'loadbalancer': WEB})
        for to in ('/v2.0/lbaas/loadbalancers/b', with_port):
            self.cloud.requests.get(
                f'{cloud.LBS_URL}/a',
                status_code=301,
                headers={'Location': to},
            )
            found = octavia.get_load_balancer('a')
            self.assertEqual(WEB['id'], found.id)

    def test_of_a_change(self) -> None:
        """Followed only where its path and arguments stay."""
        octavia = self.conn.load_balancer
        resize = '/v2.0/lbaas/loadbalancers/a/resize'
        found = _load_balancer.LoadBalancer.existing(id='a')
        latest = _resize.LoadBalancerResize()
        for method, call, argument in (
            (
                'PUT',
                lambda: octavia.preview_load_balancer_resize('a', 'large'),
                'dry_run=true',
            ),
            (
                'DELETE',
                lambda: found.cancel_resize(octavia, latest),
                'cancel=true',
            ),
        ):
            for to in (
                resize,
                f'{resize}/',
                f'{resize}/?{argument}',
                f'/v2.0/lbaas/loadbalancers/a?{argument}',
            ):
                self._redirect(method, resize, to)
                before = len(self.cloud.requested())
                exc = self.assertRaises(exceptions.SDKException, call)
                self.assertEqual(1, len(self.cloud.requested()) - before)
                self.assertIn('another request and was not sent', str(exc))
            to = f'/octavia{resize}?{argument}'
            self._redirect(method, resize, to)
            self.cloud.requests.register_uri(
                method, f'{cloud.LB_URL}{to}', status_code=409
            )
            self.assertRaises(exceptions.ConflictException, call)

    def _redirect(self, method: str, path: str, to: str) -> None:
        self.cloud.requests.register_uri(
            method,
            f'{cloud.LB_URL}{path}',
            status_code=301,
            headers={'Location': to},
        )

    def test_without_end(self) -> None:
        url = f'{cloud.LBS_URL}/a'
        self.cloud.requests.get(
            url, status_code=302, headers={'Location': url}
        )
        self.assertRaises(
            ValueError, self.conn.load_balancer.get_load_balancer, 'a'
        )
        self.assertEqual(5, len(self.cloud.requested()))


class TestAccessRules(_EachRequest):
    """A service answers 401 to what the access rules lack."""

    UNAUTHORIZED = {
        'status_code': 401,
        'json': {
            'error': {
                'code': 401,
                'title': 'Unauthorized',
                'message': 'The request you have made requires '
                'authentication.',
            }
        },
    }

    def test_that_lack_one(self) -> None:
        self.cloud.token.application_credential_id = 'c'
        self.cloud.token.application_credential_access_rules = []
        for method, url, call in self._calls():
            self.cloud.requests.register_uri(method, url, **self.UNAUTHORIZED)
            exc = self.assertRaises(exceptions.HttpException, call)
            path = '/v' + url.partition('/v')[2]
            self.assertIn(
                f'{method} {path} was answered 401: the access rules of the '
                'application credential may lack that request',
                str(exc),
            )
            self.assertIn('resize', str(exc).partition(' make ')[2])
            self.assertIn(' ("Application credentials" in ', str(exc))

    def test_another_401(self) -> None:
        for method, url, call in self._calls():
            self.cloud.requests.register_uri(method, url, **self.UNAUTHORIZED)
            exc = self.assertRaises(exceptions.HttpException, call)
            self.assertIn('requires authentication', faults.message(exc))

    def test_are_documented(self) -> None:
        guide = _GUIDE.read_text().partition('.. _access-rules:')[2]
        documented = [
            f'{rule["method"]} {rule["path"]}'
            for found in re.findall(r'^   \[$.*?^   \]$', guide, _LINES)
            for rule in json.loads(found)
        ]
        made = (
            *self.conn.load_balancer.requests_made,
            *self.conn.container_infrastructure_management.requests_made,
        )
        self.assertEqual(sorted(documented), sorted(made))
