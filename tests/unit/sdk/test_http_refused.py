# SPDX-License-Identifier: Apache-2.0

import json
import pathlib
import re

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import faults
from resize_client.sdk.container_infra import cluster as _cluster
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import resize as _resize
from tests.unit.sdk import base
from tests.unit.sdk import cloud

WEB = cloud.load_balancer('web', cloud.flavor('small'))
DEV = cloud.cluster()

_GUIDE = pathlib.Path(__file__).parents[3] / 'doc/source/user/scripting.rst'
_LINES = re.MULTILINE | re.DOTALL


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
            ('GET', cloud.CLUSTERS_URL, lambda: list(magnum.clusters())),
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


class TestMessage(_EachRequest):
    def test_of_each_service(self) -> None:
        text = 'Even numbers are odd.'
        for method, url, call in self._calls():
            self.cloud.requests.register_uri(
                method,
                url,
                status_code=400,
                headers={'Content-Type': 'application/json'},
                json=cloud.magnum_fault(400, text)
                if url.startswith(cloud.CLUSTERS_URL)
                else cloud.fault(text),
            )
            exc = self.assertRaises(exceptions.BadRequestException, call)
            self.assertIn(text, str(exc))


class TestOnce(_EachRequest):
    """What changes something isn't sent twice by keystoneauth."""

    def test_whatever_retries_are_configured(self) -> None:
        for proxy in (
            self.conn.load_balancer,
            self.conn.container_infrastructure_management,
        ):
            proxy.connect_retries = proxy.status_code_retries = 2
        for method, url, call in self._calls():
            if method != 'GET':
                self.cloud.requests.register_uri(method, url, status_code=503)
                before = self.cloud.count(method)
                self.assertRaises(exceptions.HttpException, call)
                self.assertEqual(1, self.cloud.count(method) - before, url)


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
                self.assertIn(
                    f'{to}/v2.0/lbaas/a, which does not get the token. If '
                    'that is the ',
                    str(exc),
                )
                self.assertTrue(
                    str(exc).endswith(
                        ' service, its address in the catalog or in '
                        'clouds.yaml is outdated'
                    )
                )

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
