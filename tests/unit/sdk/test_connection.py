# SPDX-License-Identifier: Apache-2.0

from keystoneauth1 import fixture as ks_fixture
from openstack import connection
from openstack import exceptions
import testtools

from resize_client.sdk import connection as resize_connection
from resize_client.sdk import http
from resize_client.sdk.container_infra import _proxy as container_infra
from resize_client.sdk.container_infra.nodegroup import NodeGroup
from resize_client.sdk.load_balancer import _proxy as load_balancer
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import WEB
from tests.unit.sdk import base
from tests.unit.sdk import cloud


class TestExtend(base.TestCase):
    def test_same_object(self) -> None:
        conn = base.connect()
        self.assertIs(conn, resize_connection.extend(conn))
        self.assertIs(conn, resize_connection.extend(conn))

    def test_proxy_outlives_its_connection(self) -> None:
        self.cloud.load_balancers(WEB)
        octavia = resize_connection.extend(base.connect()).load_balancer
        self.assertEqual('web', octavia.get_load_balancer(WEB['id']).name)

    def test_no_request(self) -> None:
        resize_connection.extend(base.connect())
        self.assertEqual([], self.cloud.requests.request_history)

    def test_proxies(self) -> None:
        self.assertIsInstance(self.conn.load_balancer, load_balancer.Proxy)
        self.assertIsInstance(
            self.conn.container_infrastructure_management,
            container_infra.Proxy,
        )
        self.assertIs(self.conn.load_balancer, self.conn.load_balancer)
        # One token, and no discovery of either service.
        self.assertEqual([], self.cloud.requested())

    def test_other_connections_stay_as_they_are(self) -> None:
        other = base.connect()
        self.cloud.requests.get(f'{cloud.LB_URL}/v2.0', json={'versions': []})
        self.assertIs(connection.Connection, type(other))
        self.assertNotIsInstance(other.load_balancer, load_balancer.Proxy)

    def test_subclass_of_connection(self) -> None:
        class Own(connection.Connection):
            def greet(self) -> str:
                return 'hello'

        conn = base.connect()
        conn.__class__ = Own
        extended = resize_connection.extend(conn)
        assert isinstance(extended, Own)
        self.assertEqual('hello', extended.greet())
        self.assertIsInstance(extended, resize_connection.ResizeConnection)

    def test_connection_of_its_own(self) -> None:
        conn = resize_connection.ResizeConnection(
            session=self.conn.session, region_name='RegionOne'
        )
        self.assertIsInstance(conn.load_balancer, load_balancer.Proxy)


class TestEndpoint(testtools.TestCase):
    def _conn(
        self, url: str, **config: str
    ) -> resize_connection.ResizeConnection:
        self.requests = self.useFixture(_At(url)).requests
        conn = base.connect()
        conn.config.config.update(config)
        return resize_connection.extend(conn)

    def _check_none(
        self,
        conn: connection.Connection,
        message: str,
        service='load_balancer',
    ) -> None:
        exc = self.assertRaises(
            exceptions.EndpointNotFound, getattr, conn, service
        )
        self.assertEqual(message, str(exc))

    def test_url(self) -> None:
        override = 'load_balancer_endpoint_override'
        version = 'load_balancer_api_version'
        url = 'https://example.com'
        for found, config, expected in (
            (f'{url}/load-balancer/', {}, f'{url}/load-balancer/v2.0'),
            ('https://v2.com/v2', {}, 'https://v2.com/v2'),
            (f'{url}:9876/v2.0', {}, f'{url}:9876/v2.0'),
            # A version in the name of the host
            ('https://v2.example.com', {}, 'https://v2.example.com/v2.0'),
            ('https://other', {override: url}, f'{url}/v2.0'),
            (url, {version: '2'}, f'{url}/v2.0'),
            (url, {version: '2.0'}, f'{url}/v2.0'),
            (url, {version: 'v2.5'}, f'{url}/v2.0'),
        ):
            conn = self._conn(found, **config)
            self.assertEqual(expected, conn.load_balancer.endpoint_override)

    def test_other_interface_or_region(self) -> None:
        for config, place in (
            ({'interface': 'private'}, 'private in RegionOne'),
            ({'region_name': 'R2'}, 'public in R2'),
        ):
            self.useFixture(cloud.Cloud())
            conn = resize_connection.extend(base.connect())
            conn.config.config.update(config)
            for service, name in (
                ('load-balancer', 'load_balancer'),
                (
                    'container-infrastructure-management',
                    'container_infrastructure_management',
                ),
            ):
                self._check_none(
                    conn,
                    f'The {service} service in the catalog of cloud defaults '
                    f'has no endpoint {place}; it has: public in RegionOne',
                    name,
                )

    def test_other_service_type_or_name(self) -> None:
        for config, message in (
            (
                {'load_balancer_service_type': 'lb'},
                'There is no lb service, as configured for this cloud, in the '
                'catalog of cloud defaults, region RegionOne',
            ),
            (
                {'load_balancer_service_name': 'nope'},
                'There is no load-balancer service named nope, as configured '
                'for this cloud, in the catalog of cloud defaults, region '
                'RegionOne',
            ),
        ):
            at = self.useFixture(cloud.Cloud())
            for service in at.token['token']['catalog']:
                service['name'] = 'octavia'
            conn = resize_connection.extend(base.connect())
            conn.config.config.update(config)
            self._check_none(conn, message)

    def test_that_is_no_address(self) -> None:
        for address in (
            f'https://{"a" * 64}.example.com',
            'https://a..example.com',
            'https:///a',
            'lb.example.com',
            'https://127.0.0.1:99999',
        ):
            conn = self._conn(address)
            self.requests.real_http = True
            exc = self.assertRaises(
                exceptions.SDKException,
                conn.load_balancer.get_load_balancer,
                'a',
            )
            self.assertIn(
                f'No request can be sent to {address}/v2.0, the address of '
                'the load-balancer service in the catalog or in clouds.yaml: ',
                str(exc),
            )

    def test_with_more_than_a_path(self) -> None:
        for end, odd in (('?x=1', '?'), ('#x', '#'), ('%(a)s', '%(a)s')):
            conn = self._conn(f'https://example.com/{end}')
            self._check_none(
                conn,
                'The address of the load-balancer service in the catalog or '
                f'in clouds.yaml, https://example.com/{end}, has "{odd}" in '
                'it, which it must not',
            )

    def test_with_the_path_of_requests(self) -> None:
        for end in ('/lbaas', '/v2.0/lbaas', '/v2.0/lbaas/'):
            conn = self._conn(f'https://example.com{end}')
            exc = self.assertRaises(
                exceptions.EndpointNotFound, lambda: conn.load_balancer
            )
            self.assertIn('must not end with "/lbaas"', str(exc))

    def test_with_a_percent_sign(self) -> None:
        """keystoneauth would take it for a format."""
        for path, requested in (
            ('%20', '%20'),
            ('%%20', '%20'),
            ('%7B%(project_id)s%7D', '%7B{}%7D'),
        ):
            conn = self._conn(f'https://example.com/{path}')
            requested = requested.format(conn.current_project_id)
            self.requests.get(
                f'https://example.com/{requested}/v2.0/lbaas/flavors',
                json={'flavors': []},
            )
            self.assertEqual([], list(conn.load_balancer.flavors()))

    def test_that_is_no_address_for_python(self) -> None:
        conn = self._conn('https://[::1')
        self._check_none(
            conn,
            'The address of the load-balancer service in the catalog of cloud '
            'defaults is none: Invalid IPv6 URL',
        )

    def test_version_of_magnum_in_the_configuration(self) -> None:
        for name in ('container_infra', 'container_infrastructure_management'):
            for version in ('1', '1.0', 'v1', '1.9'):
                at = self.useFixture(cloud.Cloud())
                conn = resize_connection.extend(base.connect())
                conn.config.config[f'{name}_api_version'] = version
                magnum = conn.container_infrastructure_management
                self.assertEqual(cloud.COE_URL, magnum.endpoint_override)
                self.assertEqual([], at.requested())

    def test_token_without_a_project(self) -> None:
        at = self.useFixture(cloud.Cloud(services=()))
        at.requests.post(
            f'{cloud.AUTH_URL}/auth/tokens',
            json=ks_fixture.V3Token(user_name='jo'),
            headers={'X-Subject-Token': 'token'},
        )
        conn = resize_connection.extend(base.connect())
        self._check_none(
            conn,
            'The token for cloud defaults is for no project, and has no '
            'catalog of services: name a project',
        )

    def test_not_in_the_catalog(self) -> None:
        for services in ((), ('container-infra',)):
            self.useFixture(cloud.Cloud(services=services))
            conn = resize_connection.extend(base.connect())
            self._check_none(
                conn,
                'There is no load-balancer service in the catalog of cloud '
                'defaults, region RegionOne',
            )


class TestPlainProgram(testtools.TestCase):
    """Each function, from a program that has made nothing before.

    With each way to configure an endpoint.
    """

    WAYS = (
        {},
        {'{}_endpoint_override': '{url}'},
        {'{}_endpoint': '{url}'},
        {'{}_default_microversion': '2.5'},
        {
            '{}_default_microversion': '2.5',
            '{}_endpoint_override': '{url}',
        },
        {'{}_api_version': '2', '{}_service_name': '{service}'},
    )

    def _conns(self, key, service, url):
        self.useFixture(cloud.Clock())
        for way in self.WAYS:
            self.cloud = self.useFixture(cloud.Cloud())
            for root in (url, f'{url}/', f'{url}/v2.0'):
                self.cloud.requests.get(root, json='no versions')
            conn = base.connect()
            conn.config.config.update(
                {
                    name.format(key): value.format(url=url, service=service)
                    for name, value in way.items()
                }
            )
            yield resize_connection.extend(conn)

    def test_load_balancer(self) -> None:
        web, target = WEB['id'], WEB['flavor_id']
        calls = {
            'get_load_balancer': lambda call: call(web),
            'load_balancers': lambda call: list(call(name='web')),
            'flavors': lambda call: list(call()),
            'resize_load_balancer': lambda call: call(web, 'large'),
            'resize_load_balancers': lambda call: call(
                ['web'], 'large', wait=False
            ),
            'preview_load_balancer_resize': lambda call: call(web, 'large'),
            'get_load_balancer_resize': lambda call: call(web),
            'load_balancer_resizes': lambda call: list(call()),
            'wait_for_load_balancer_resize': lambda call: call(web, target),
            'wait_for_load_balancer_resizes': lambda call: list(
                call([(web, target)])
            ),
            'cancel_load_balancer_resize': lambda call: call(web),
            'rebuild_load_balancer': lambda call: call(web),
            'rebuild_load_balancers': lambda call: call(['web'], wait=False),
            'preview_load_balancer_rebuild': lambda call: call(web),
            'wait_for_load_balancer_rebuild': lambda call: call(web),
        }
        for conn in self._conns(
            'load_balancer', 'load-balancer', cloud.LB_URL
        ):
            self.cloud.load_balancers(WEB)
            self.cloud.flavors(LARGE, cloud.flavor('small'))
            self.cloud.resize(WEB)
            self.cloud.dry_run(WEB, LARGE)
            self.cloud.rebuild(WEB)
            running, ended = ({'state': s} for s in ('RUNNING', 'COMPLETED'))
            self.cloud.latest_resize(
                WEB, running, running, {'operation': 'rebuild', **ended}
            )
            self.cloud.requests.get(cloud.RESIZES_URL, json={'resizes': []})
            self.cloud.requests.delete(
                f'{cloud.LBS_URL}/{web}/resize?cancel=true', status_code=202
            )
            self._assert_answered(conn.load_balancer, calls, 'lbaas')

    def test_clusters(self) -> None:
        dev = cloud.cluster()
        workers = cloud.nodegroup(dev, 'default-worker')
        masters = cloud.nodegroup(dev)
        calls = {
            'get_cluster': lambda call: call('dev'),
            'clusters': lambda call: list(call()),
            'nodegroups': lambda call: list(call(dev['uuid'])),
            'find_nodegroup': lambda call: call(dev['uuid']),
            'get_nodegroup': lambda call: call(dev['uuid'], 'default-worker'),
            'resize_cluster': lambda call: call('dev', 3),
            'check_and_resize_cluster': lambda call: call('dev', 3),
            'resize_clusters': lambda call: call(['dev'], 3, wait=False),
            'resize_control_plane_in_steps': lambda call: call(
                'dev', masters['node_count'], nodegroup='default-master'
            ),
            'wait_for_cluster_resize': lambda call: call(
                call.__self__.get_cluster('dev'),
                NodeGroup(id=workers['uuid'], cluster_id=dev['uuid']),
                workers['node_count'],
            ),
        }
        nodegroups = f'{cloud.CLUSTERS_URL}/{dev["uuid"]}/nodegroups'
        for conn in self._conns(
            'container_infra', 'container-infra', cloud.COE_URL
        ):
            self.cloud.clusters(dev)
            self.cloud.nodegroups(workers)
            self.cloud.nodegroups(masters)
            self.cloud.requests.get(
                cloud.CLUSTERS_URL, json={'clusters': [dev]}
            )
            self.cloud.requests.get(nodegroups, json={'nodegroups': [workers]})
            self.cloud.resize_cluster(dev)
            self._assert_answered(
                conn.container_infrastructure_management, calls, 'clusters'
            )

    def _assert_answered(self, proxy, calls, in_url: str) -> None:
        """Check that calls send requests, and none to discover versions.

        All of our functions are called.
        """
        ours = {
            name
            for cls in type(proxy).__mro__
            for name, value in vars(cls).items()
            if cls.__module__.startswith('resize_client.sdk.')
            and cls is not http.BoundedProxy
            and not name.startswith('_')
            and callable(value)
        }
        self.assertEqual(set(), ours - calls.keys() - {'request'})
        for name, call in calls.items():
            call(getattr(proxy, name))
        self.assertEqual(
            [], [url for url in self.cloud.requested() if in_url not in url]
        )


class _At(cloud.Cloud):
    """A cloud whose load balancing service is at another URL."""

    def __init__(self, url: str) -> None:
        super().__init__(services=())
        self.url = url

    def _setUp(self) -> None:
        super()._setUp()
        self.token.add_service('load-balancer').add_standard_endpoints(
            public=self.url, region='RegionOne'
        )
        self.requests.post(
            f'{cloud.AUTH_URL}/auth/tokens',
            json=self.token,
            headers={'X-Subject-Token': 'token'},
        )
