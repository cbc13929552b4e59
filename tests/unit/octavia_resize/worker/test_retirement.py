# SPDX-License-Identifier: Apache-2.0

"""Old amphorae serve again after a switch that has failed."""

import datetime
import re
import threading
from typing import Any
from unittest import mock

import fixtures
from octavia.amphorae.drivers.haproxy import rest_api_driver
from octavia.common import constants as octavia_constants
from octavia.common import exceptions as octavia_exceptions
from octavia.common import utils
from octavia.db import api as db_api
from octavia.db import models as octavia_models
from oslo_utils import timeutils
from oslo_utils import uuidutils
import requests

from octavia_resize.db import models
from octavia_resize.db import transaction
from octavia_resize.lifecycle import progress
from octavia_resize.worker import amphora
from octavia_resize.worker import haproxy
from octavia_resize.worker import retirement
from octavia_resize.worker import vip_move
from octavia_resize.worker.tasks import new_amphorae
from resize_sandbox.octavia import network
from tests.unit.octavia_resize import topologies
from tests.unit.octavia_resize.worker import test_amphora

_DETAILS = re.compile('/1.0/details$')
_INTERFACE = re.compile('/1.0/interface/198.51.100.5$')
_START = re.compile('/start$')


class RestoreTestCase(test_amphora.AmphoraTestCase):
    """Amphorae that a switch has retired, and their agents."""

    topology = 'SINGLE'
    flavors = ('small', 'large')

    def setUp(self) -> None:
        super().setUp()
        # One try; each further one is a call of restore.
        self.patch(retirement, '_SERVE_SECONDS', 0)
        old, new = (getattr(self, name) for name in self.flavors)
        self.lb_id = self.create_load_balancer(old, self.topology)
        self.agent.get(_DETAILS, json={'haproxy_count': 1})
        self.agent.get(_INTERFACE, json={'interface': 'eth1'})
        self.resize(self.lb_id, new)
        self.claim = self.start_resize(self.lb_id)
        # As if the new amphorae were ready
        self.update_rows(
            models.Resize, {'amphorae_to_build': 0}, id=self.claim.resize_id
        )
        self.old_ids = [row[0] for row in self.get_amphorae(self.lb_id)]
        transaction.run(progress.begin_switch, self.claim)
        transaction.run(progress.retire, self.claim)

    def restore(self) -> dict[str, str]:
        return retirement.restore(self.claim, [])

    def are_started_meanwhile(self, seconds: float) -> bool:
        """Restore them, with a new amphora.

        :param seconds: How long Neutron takes to disable the port, at most.
        :returns: Whether they are started within that time.
        """
        new_id = uuidutils.generate_uuid()
        transaction.run(progress.add_amphora, self.claim, new_id)
        self.update_rows(
            octavia_models.Amphora, {'lb_network_ip': '192.0.2.1'}, id=new_id
        )
        started = threading.Event()
        self.agent.put(_START, json=lambda *_: started.set() or {})
        found: list[bool] = []
        with mock.patch.object(
            amphora.Amphora,
            'disable_port',
            autospec=True,
            side_effect=lambda _: found.append(started.wait(seconds)),
        ):
            self.assertEqual({}, retirement.restore(self.claim, [new_id]))
        (is_started,) = found
        return is_started

    def get_statuses(self) -> set[str]:
        return {status for _, _, status, _ in self.get_amphorae(self.lb_id)}

    def assert_not_restored(self, fault: str) -> None:
        """Check that nothing counts as serving, until nothing is wrong."""
        self.assertEqual(dict.fromkeys(self.old_ids, fault), self.restore())
        self.assertEqual({'PENDING_DELETE'}, self.get_statuses())

    def assert_restored(self) -> None:
        self.assertEqual({}, self.restore())
        self.assertEqual({'ALLOCATED'}, self.get_statuses())

    def get_port(self) -> Any:
        """Return Neutron's port of the first old amphora."""
        with db_api.session().begin() as session:
            port_id = session.get(
                octavia_models.Amphora, self.old_ids[0]
            ).vrrp_port_id
        return utils.get_network_driver().get_port(port_id)


class TestSingle(RestoreTestCase):
    def test_serves(self) -> None:
        self.assert_restored()

    def test_new_one_is_disconnected_first(self) -> None:
        """Else both would announce the VIP."""
        self.assertFalse(self.are_started_meanwhile(0.5))

    def test_health_manager_does_not_take_it_for_dead(self) -> None:
        """Its heartbeats were not recorded while it was PENDING_DELETE."""
        health = octavia_models.AmphoraHealth
        hour = datetime.timedelta(hours=1)
        with db_api.session().begin() as session:
            session.add(
                health(
                    amphora_id=self.old_ids[0],
                    busy=True,
                    last_update=timeutils.utcnow() - hour,
                )
            )
        self.restore()
        with db_api.session().begin() as session:
            found = session.get(health, self.old_ids[0])
            self.assertFalse(found.busy)
            self.assertLess(timeutils.utcnow() - found.last_update, hour)

    def test_announces_the_addresses_of_its_configuration(self) -> None:
        """The agent finds no address in one that was prepared to close."""
        original = 'global\nfrontend a\n    bind 198.51.100.5:80\n'
        self.agent.get(
            re.compile(f'/{self.lb_id}/haproxy$'),
            text=haproxy.close_at_reload(original),
        )
        self.assert_restored()
        self.assertEqual(
            [
                original,
                f'/1.0/loadbalancer/{self.lb_id}/reload',
                f'/1.0/loadbalancer/{self.lb_id}/start',
            ],
            [
                request.text or request.path
                for request in self.agent.request_history
                if request.method == 'PUT'
            ],
        )

    def test_configuration_is_not_restored(self) -> None:
        self.agent.get(re.compile('/haproxy$'), json={}, status_code=500)
        self.assert_not_restored(
            'haproxy does not have its configuration back'
        )

    def test_status_is_changed_in_the_switch(self) -> None:
        """It is out of service all the same, and stays in ERROR."""
        with db_api.session().begin() as session:
            self.repos.amphora.update(
                session, self.old_ids[0], status=octavia_constants.ERROR
            )
        self.agent.get(_DETAILS, json={'haproxy_count': 0})
        self.assertEqual(
            {self.old_ids[0]: 'haproxy does not run'}, self.restore()
        )
        self.agent.get(_DETAILS, json={'haproxy_count': 1})
        for _ in range(2):
            self.assertEqual({}, self.restore())
        self.assertEqual({'ERROR'}, self.get_statuses())

    def test_haproxy_does_not_run(self) -> None:
        self.agent.get(_DETAILS, json={'haproxy_count': 0})
        self.assert_not_restored('haproxy does not run')
        self.agent.get(_DETAILS, json={'haproxy_count': 1})
        self.assert_restored()

    def test_haproxy_has_nothing_to_serve(self) -> None:
        """As before the resize. It does not start then."""
        self.agent.get(_DETAILS, json={'haproxy_count': 0})
        self.agent.get(_INTERFACE, **test_amphora.NOT_FOUND)
        self.agent.put(_START, json={}, status_code=500)
        self.update_rows(
            octavia_models.Listener,
            {'enabled': False},
            load_balancer_id=self.lb_id,
        )
        self.assert_restored()

    def test_listener_of_udp(self) -> None:
        self.update_rows(
            octavia_models.Listener,
            {'protocol': octavia_constants.PROTOCOL_UDP},
            load_balancer_id=self.lb_id,
        )
        for count, check in (
            (
                0,
                lambda: self.assert_not_restored(
                    'keepalived of UDP or SCTP listeners does not run'
                ),
            ),
            (1, self.assert_restored),
        ):
            self.agent.get(
                _DETAILS,
                json={'haproxy_count': 0, 'lvs_listener_process_count': count},
            )
            check()

    def test_agent_does_not_start_haproxy(self) -> None:
        self.agent.put(_START, json={}, status_code=500)
        self.assert_not_restored(
            'its agent did not start the programs that serve'
        )

    def test_vip_is_gone(self) -> None:
        self.agent.get(_INTERFACE, **test_amphora.NOT_FOUND)
        self.assert_not_restored('it does not have the VIP')

    def test_agent_does_not_answer(self) -> None:
        self.agent.get(
            test_amphora.ANYTHING, exc=requests.exceptions.ConnectTimeout
        )
        self.useFixture(
            fixtures.MockPatchObject(rest_api_driver.time, 'sleep')
        )
        self.assert_not_restored('its agent does not answer')

    def test_was_dead_before(self) -> None:
        """It is not waited for; it would not have served anyway."""
        self.useFixture(
            fixtures.MockPatchObject(rest_api_driver.time, 'sleep')
        )
        self.agent.get(
            test_amphora.ANYTHING, exc=requests.exceptions.ConnectTimeout
        )
        with db_api.session().begin() as session:
            session.query(octavia_models.AmphoraHealth).delete()
        other_id = uuidutils.generate_uuid()
        self._beat(self.old_ids[0], seconds_ago=120)
        # As if it lived, and the clock of the health manager were slow
        self._beat(other_id, seconds_ago=110)
        self.assert_not_restored('its agent does not answer')
        self._beat(other_id, seconds_ago=0)
        self.assert_restored()

    def _beat(self, amphora_id: str, seconds_ago: int) -> None:
        with db_api.session().begin() as session:
            session.merge(
                octavia_models.AmphoraHealth(
                    amphora_id=amphora_id,
                    last_update=timeutils.utcnow()
                    - datetime.timedelta(seconds=seconds_ago),
                    busy=True,
                )
            )

    def test_port_is_not_enabled(self) -> None:
        self.get_port().status = 'DOWN'
        with mock.patch.object(
            network.SandboxNetworkDriver,
            'set_port_admin_state_up',
            autospec=True,
            side_effect=octavia_exceptions.NetworkServiceError(net_error='x'),
        ):
            self.assert_not_restored('its VIP port is DOWN')
            self.get_port().admin_state_up = False
            self.assert_not_restored('its VIP port is disabled')
        self.get_port().admin_state_up = True
        self.assert_restored()

    def test_neutron_does_not_answer(self) -> None:
        with mock.patch.object(
            network.SandboxNetworkDriver,
            'get_port',
            autospec=True,
            side_effect=octavia_exceptions.NetworkServiceError(net_error='x'),
        ):
            ((_, fault),) = self.restore().items()
        self.assertIn('its VIP port is unknown', fault)
        self.assertEqual({'PENDING_DELETE'}, self.get_statuses())

    def test_is_waited_for(self) -> None:
        self.patch(retirement, '_SERVE_SECONDS', 60)
        self.useFixture(fixtures.MockPatchObject(retirement.time, 'sleep'))
        self.agent.get(
            _DETAILS,
            [{'json': {'haproxy_count': count}} for count in (0, 0, 1)],
        )
        self.assert_restored()


class TestPair(RestoreTestCase):
    topology = 'ACTIVE_STANDBY'
    flavors = ('ha_small', 'ha_large')

    def test_neutron_is_not_waited_for(self) -> None:
        """The new amphora has no VIP meanwhile, if its agent answers."""
        self.assertTrue(self.are_started_meanwhile(60))
        self.assertEqual(
            [*[('PUT', 'vrrp/start')] * 2, ('PUT', 'vrrp/stop')],
            self.get_requests(),
        )

    def test_one_has_the_vip(self) -> None:
        """The agents of both have one address here."""
        self.agent.get(
            _INTERFACE,
            [test_amphora.NOT_FOUND, {'json': {'interface': 'eth1'}}],
        )
        self.assert_restored()

    def test_vip_is_waited_for(self) -> None:
        """Each request to start would have keepalived wait anew."""
        self.patch(retirement, '_SERVE_SECONDS', 60)
        self.useFixture(fixtures.MockPatchObject(retirement.time, 'sleep'))
        self.agent.get(
            _INTERFACE,
            [
                *[test_amphora.NOT_FOUND] * 6,
                {'json': {'interface': 'eth1'}},
            ],
        )
        self.assert_restored()
        self.assertEqual([('PUT', 'vrrp/start')] * 2, self.get_requests())

    def test_nobody_takes_the_vip(self) -> None:
        self.agent.get(_INTERFACE, **test_amphora.NOT_FOUND)
        self.assert_not_restored('it does not have the VIP')

    def test_keepalived_does_not_start(self) -> None:
        self.agent.put(_START, json={}, status_code=500)
        self.assert_not_restored(
            'its agent did not start the programs that serve'
        )


class TestFailedSwitch(topologies.TopologyTestCase):
    """A SINGLE load balancer: one serves after the other."""

    topology = 'SINGLE'

    def setUp(self) -> None:
        super().setUp()
        self.patch(retirement, '_SERVE_SECONDS', 0)
        # As where SR-IOV ports have an IPv6 address.
        self.patch(vip_move, 'choose', lambda lb: vip_move.VIPMove.EXCHANGE)
        self.lb_id = self.create_load_balancer(self.old)
        ((self.old_id, *_),) = self.get_amphorae(self.lb_id)
        with db_api.session().begin() as session:
            self.port_id = session.get(
                octavia_models.Amphora, self.old_id
            ).vrrp_port_id
        self.resize(self.lb_id, self.new)

    def _fail(self, refusals: int) -> None:
        """Have the switch fail once the old amphora is disconnected.

        :param refusals: How often Neutron refuses to connect it again.
        """
        left = [True] * refusals
        set_up = network.SandboxNetworkDriver.set_port_admin_state_up

        def refuse(driver: Any, port_id: str, state: bool) -> None:
            if state and port_id == self.port_id and left:
                left.pop()
                raise octavia_exceptions.NetworkServiceError(net_error='x')
            set_up(driver, port_id, state)

        with (
            mock.patch.object(
                network.SandboxNetworkDriver,
                'set_port_admin_state_up',
                autospec=True,
                side_effect=refuse,
            ),
            mock.patch.object(
                new_amphorae.AnnounceVIP,
                'execute',
                autospec=True,
                side_effect=RuntimeError('the switch fails'),
            ),
        ):
            self.run_worker(self.lb_id)

    def _check_alone(self, status: str) -> None:
        ((amphora_id, _, found, _),) = self.get_amphorae(self.lb_id)
        self.assertEqual((self.old_id, status), (amphora_id, found))
        self.assertEqual('ERROR', self.get_load_balancer(self.lb_id)['status'])

    def test_serves_again(self) -> None:
        """At once, or when the rollback tries again."""
        for refusals in (0, 1):
            self._fail(refusals)
            self._check_alone('ALLOCATED')
            self.assertEqual(
                202, self.request('DELETE', self.lb_id).status_int
            )
            self.assertEqual(
                'ACTIVE', self.get_load_balancer(self.lb_id)['status']
            )
            self.resize(self.lb_id, self.new)

    def test_does_not_serve_again(self) -> None:
        """No cancel makes the load balancer ACTIVE; the same call heals it."""
        self._fail(2)
        self._check_alone('PENDING_DELETE')
        resize = self.get_resize(self.lb_id)
        self.assertIn('may not serve', resize.reason)
        self.assertIn(self.old_id, resize.detail)
        self.assertIn('its VIP port is disabled', resize.detail)
        shown = self.request('GET', self.lb_id).json['resize']
        self.assertIs(False, shown['can_cancel'])
        self.assertIn('rebuilds the load balancer', shown['reason'])
        self.assertEqual(409, self.request('DELETE', self.lb_id).status_int)
        self.assertEqual('ERROR', self.get_load_balancer(self.lb_id)['status'])
        self.assertEqual(202, self.resize(self.lb_id, self.new).status_int)
        self.run_worker(self.lb_id)
        self.assert_load_balancer(self.lb_id, 'ACTIVE', self.new)
        ((amphora_id, *_),) = self.get_amphorae(self.lb_id)
        self.assertNotEqual(self.old_id, amphora_id)
