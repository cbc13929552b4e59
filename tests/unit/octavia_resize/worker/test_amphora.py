# SPDX-License-Identifier: Apache-2.0


"""What an amphora is sent by Octavia's own driver."""

import re
from typing import Any
import uuid

import fixtures
from octavia.amphorae.drivers.haproxy import rest_api_driver
from octavia.common import constants as octavia_constants
from octavia.db import api as db_api
from octavia.db import models as octavia_models
import requests
from requests_mock.contrib import fixture

from octavia_resize.worker import amphora
from octavia_resize.worker import haproxy
from octavia_resize.worker import loading
from tests.unit.octavia_resize import base

_DRIVER = 'amphora_haproxy_rest_driver'
#: The agent of each amphora that the base class creates.
ANYTHING = re.compile('https://192.0.2.1:9443/')
_VERSION = re.compile('https://192.0.2.1:9443//$')
#: An answer without that type is taken for that of an agent not yet ready.
NOT_FOUND: dict[str, Any] = {
    'status_code': 404,
    'json': {},
    'headers': {'Content-Type': 'application/json'},
}


class AmphoraTestCase(base.TestCase):
    """A load balancer with an agent that accepts each request."""

    def setUp(self) -> None:
        super().setUp()
        self.override('controller_worker', 'amphora_driver', _DRIVER)
        self.agent = self.useFixture(fixture.Fixture())
        for method in ('get', 'put', 'delete'):
            getattr(self.agent, method)(ANYTHING, json={})
        self.agent.get(_VERSION, json={'api_version': '1.0'})
        self.lb_id = self.create_load_balancer(self.small)

    def get_amphora(self, role: str = 'STANDALONE') -> amphora.Amphora:
        lb = loading.get_load_balancer(self.lb_id, with_listeners=True)
        ids = [a.id for a in lb.amphorae if a.role == role]
        (found,) = amphora.select(lb, ids)
        return found

    def add_udp_listener(self) -> str:
        """Return the ID of a new listener, which LVS serves."""
        listener_id = str(uuid.uuid4())
        with db_api.session().begin() as session:
            self.repos.listener.create(
                session,
                id=listener_id,
                load_balancer_id=self.lb_id,
                protocol=octavia_constants.PROTOCOL_UDP,
                protocol_port=53,
                project_id=base.PROJECT_ID,
                provisioning_status='ACTIVE',
                operating_status='ONLINE',
                enabled=True,
            )
        return listener_id

    def get_requests(self) -> list[tuple[str, str]]:
        """Return method and path of what was to change something."""
        return sorted(
            (request.method, request.path.removeprefix('/1.0/'))
            for request in self.agent.request_history
            if request.method != 'GET'
        )


class TestListeners(AmphoraTestCase):
    """One haproxy has all listeners, but those of UDP: each has its own."""

    def setUp(self) -> None:
        super().setUp()
        self.udp_id = self.add_udp_listener()

    def _delete_http_listener(self) -> None:
        model = octavia_models.Listener
        self.delete_rows(model, load_balancer_id=self.lb_id, protocol='HTTP')

    def test_stopped(self) -> None:
        """The agent keeps the configuration: they can be started again."""
        self.get_amphora().stop_listeners()
        self.assertEqual(
            sorted(
                ('PUT', f'loadbalancer/{i}/stop')
                for i in (self.lb_id, self.udp_id)
            ),
            self.get_requests(),
        )

    def test_announced(self) -> None:
        self.get_amphora().announce_vip()
        self.assertEqual(
            sorted(
                ('PUT', f'loadbalancer/{i}/start')
                for i in (self.lb_id, self.udp_id)
            ),
            self.get_requests(),
        )

    def test_of_udp_only(self) -> None:
        self._delete_http_listener()
        self.get_amphora().stop_listeners()
        self.assertEqual(
            [('PUT', f'loadbalancer/{self.udp_id}/stop')], self.get_requests()
        )

    def test_one_is_unknown_to_the_agent(self) -> None:
        """The others are stopped all the same."""
        self.agent.put(ANYTHING, **NOT_FOUND)
        self.get_amphora().stop_listeners()
        self.assertEqual(2, len(self.get_requests()))


class TestPair(AmphoraTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')

    def test_master_is_the_first(self) -> None:
        """The first of a pair to take the VIP keeps it."""
        lb = loading.get_load_balancer(self.lb_id)
        for ids in ('12', '21'):
            roles = {}
            for one, one.id in zip(lb.amphorae, ids, strict=True):
                roles[one.id] = one.role
            first, _ = amphora.select(lb, ids)
            self.assertEqual('MASTER', roles[first.id])

    def test_keepalived(self) -> None:
        self.get_amphora('BACKUP').stop_vrrp()
        self.get_amphora('MASTER').announce_vip()
        self.assertEqual(
            [('PUT', 'vrrp/start'), ('PUT', 'vrrp/stop')], self.get_requests()
        )


class TestConnections(AmphoraTestCase):
    """They are closed, and the amphora serves new ones."""

    _CONFIGURATION = (
        'global\n    daemon\n\nfrontend global\n    bind 198.51.100.5:80\n'
    )
    _CLOSING = haproxy.close_at_reload(_CONFIGURATION)

    def setUp(self) -> None:
        super().setUp()
        self.config = re.compile(f'/loadbalancer/{self.lb_id}/haproxy$')

    def _get_changes(self, **answer: Any) -> list[str]:
        """Prepare and close, and return what was to change something.

        :param answer: That of the agent with the configuration.
        """
        self.agent.get(self.config, **answer)
        for step in (
            amphora.Amphora.prepare_to_close,
            amphora.Amphora.close_connections,
        ):
            step(self.get_amphora())
        return [
            request.text or request.path.removeprefix('/1.0/')
            for request in self.agent.request_history
            if request.method != 'GET'
        ]

    def test_closed(self) -> None:
        """By two reloads that the agent does not announce."""
        self.assertEqual(
            [self._CLOSING, *[f'loadbalancer/{self.lb_id}/reload'] * 2],
            self._get_changes(
                response_list=[
                    {'text': self._CONFIGURATION},
                    {'text': self._CLOSING},
                ]
            ),
        )

    def test_haproxy_refuses_that(self) -> None:
        """It is not reloaded: it would announce the VIP, and close nothing."""
        self.assertEqual(
            [self._CLOSING], self._get_changes(text=self._CONFIGURATION)
        )

    def test_there_is_no_haproxy(self) -> None:
        self.assertEqual([], self._get_changes(**NOT_FOUND))


class TestVIP(AmphoraTestCase):
    def test_held(self) -> None:
        self.agent.get(
            re.compile('/1.0/interface/198.51.100.5$'),
            json={'interface': 'eth1'},
        )
        self.assertIs(True, self.get_amphora().holds_vip())

    def test_not_held(self) -> None:
        self.agent.get(re.compile('/1.0/interface/198.51.100.5$'), **NOT_FOUND)
        self.assertIs(False, self.get_amphora().holds_vip())


class TestDead(AmphoraTestCase):
    """Octavia would try for ten minutes to reach an amphora."""

    def setUp(self) -> None:
        super().setUp()
        self.agent.get(ANYTHING, exc=requests.exceptions.ConnectTimeout)
        self.agent.get(_VERSION, exc=requests.exceptions.ConnectTimeout)
        self.sleep = self.useFixture(
            fixtures.MockPatchObject(rest_api_driver.time, 'sleep')
        ).mock

    def test_is_given_up_after_seconds(self) -> None:
        self.assertIsNone(self.get_amphora().holds_vip())
        waited = sum(call.args[0] for call in self.sleep.call_args_list)
        patience = [r.timeout for r in self.agent.request_history]
        self.assertEqual([(3, 20)] * 2, patience)
        self.assertEqual(2, waited)

    def test_is_sent_nothing_else(self) -> None:
        self.get_amphora().stop_listeners()
        self.assertEqual([], self.get_requests())
