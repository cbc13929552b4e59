# SPDX-License-Identifier: Apache-2.0

"""The clients of other services, made by Octavia's own code."""

from concurrent import futures
import threading
import time
from typing import Any
from unittest import mock
import uuid

from keystoneauth1 import fixture as keystone
from keystoneauth1 import loading
from octavia.common import clients as octavia_clients
from octavia.common import rpc
from oslo_config import cfg
from requests_mock.contrib import fixture

from octavia_resize.worker import clients
from octavia_resize.worker import consumer
from octavia_resize.worker import network
from tests.unit.octavia_resize import base

_KEYSTONE = 'http://keystone.example'
_THREADS = 8


class TestCase(base.TestCase):
    """A process with the drivers of a cloud that has made no client yet.

    All credentials are in [service_auth], as in many deployments.
    """

    def setUp(self) -> None:
        super().setUp()
        self.override(
            'controller_worker', 'compute_driver', 'compute_nova_driver'
        )
        self.override(
            'controller_worker',
            'network_driver',
            'allowed_address_pairs_driver',
        )
        loading.register_auth_conf_options(cfg.CONF, 'service_auth')
        for group in ('service_auth', 'neutron'):
            self.override(group, 'auth_type', 'password')
            cfg.CONF.register_opts(
                loading.get_auth_plugin_conf_options('password'), group=group
            )
        for name, value in (
            ('auth_url', f'{_KEYSTONE}/v3'),
            ('username', 'octavia'),
            ('password', 'secret'),
            ('user_domain_id', 'default'),
            ('project_name', 'service'),
            ('project_domain_id', 'default'),
        ):
            self.override('service_auth', name, value)
            # What Octavia copies.
            self.addCleanup(cfg.CONF.clear_override, name, group='neutron')
        for owner, name in (
            (octavia_clients.NeutronAuth, 'neutron_client'),
            (octavia_clients.NovaAuth, 'nova_client'),
        ):
            self.patch(owner, name, None)
        # The driver that all threads share is another one in other tests.
        network._make_driver.cache_clear()
        self.addCleanup(network._make_driver.cache_clear)
        self.web = self.useFixture(fixture.Fixture())

    def start_keystone(self, token: keystone.V3Token | None = None) -> None:
        """Have a Keystone that hands out a token.

        :param token: With a catalog, if services are needed.
        """
        version = keystone.V3Discovery(f'{_KEYSTONE}/v3')
        self.web.get(f'{_KEYSTONE}/v3', json={'version': version})
        self.web.post(
            f'{_KEYSTONE}/v3/auth/tokens',
            headers={'X-Subject-Token': uuid.uuid4().hex},
            json=token or keystone.V3Token(),
        )


class TestRace(TestCase):
    def test_many_messages_at_once(self) -> None:
        """Every thread can use Neutron, whichever was the first."""
        self.start_keystone()
        listener = mock.Mock()
        results: list[str | None] = []
        listener.start.side_effect = lambda: results.extend(self._race())
        set_override = cfg.CONF.set_override

        def take_time(*args: Any, **kwargs: Any) -> None:
            time.sleep(0.01)
            set_override(*args, **kwargs)

        with (
            mock.patch.object(
                rpc, 'get_server', autospec=True, return_value=listener
            ),
            mock.patch.object(cfg.CONF, 'set_override', take_time),
        ):
            service = consumer.ConsumerService(0, cfg.CONF)
            service.run()
        service.terminate()
        self.assertEqual(_THREADS, len(results))
        self.assertNotIn(None, results)

    def _race(self) -> list[str | None]:
        begin = threading.Barrier(_THREADS)

        def get_token(_: int) -> str | None:
            begin.wait()
            neutron = octavia_clients.NeutronAuth.get_neutron_client()
            token: str | None = neutron.session.get_token()
            return token

        with futures.ThreadPoolExecutor(_THREADS) as pool:
            return list(pool.map(get_token, range(_THREADS)))


class TestMake(TestCase):
    def test_no_request_is_sent(self) -> None:
        """The worker starts also if none answers."""
        clients.make()
        self.assertIsNotNone(octavia_clients.NeutronAuth.neutron_client)
        self.assertIsNotNone(octavia_clients.NovaAuth.nova_client)
        self.assertEqual([], self.web.request_history)

    def test_credentials_are_missing(self) -> None:
        """It starts all the same, and logs the error."""
        cfg.CONF.clear_override('auth_url', group='service_auth')
        clients.make()
        self.assertIsNone(octavia_clients.NeutronAuth.neutron_client)

    def test_drivers_for_tests(self) -> None:
        for group, name in (
            ('compute_driver', 'compute_resize_sandbox_driver'),
            ('network_driver', 'network_resize_sandbox_driver'),
        ):
            self.override('controller_worker', group, name)
        clients.make()
        self.assertIsNone(octavia_clients.NeutronAuth.neutron_client)
