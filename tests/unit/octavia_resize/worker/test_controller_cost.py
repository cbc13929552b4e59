# SPDX-License-Identifier: Apache-2.0

"""A resize hardly sends more to database and Neutron than a failover."""

import collections
from collections.abc import Callable
from typing import Any
from unittest import mock

from keystoneauth1 import fixture as keystone
from octavia.common import exceptions as octavia_exceptions
from octavia.common import utils
from octavia.db import api as db_api
from octavia.network import data_models as network_models
from sqlalchemy import event

from octavia_resize.worker import controller
from octavia_resize.worker import network
from octavia_resize.worker.tasks import new_amphorae
from octavia_resize.worker.tasks import servers
from tests.unit.octavia_resize import base
from tests.unit.octavia_resize.worker import test_clients

#: Before each task the record is read once.
_MOST = 1.30

_DRIVER = 'a driver of its own'
#: HTTP requests of Octavia's Neutron driver, where a call makes several.
_REQUESTS = {_DRIVER: 6, 'get_network_configs': 7, 'update_vip_sg': 4}


class _CostTestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.worker = controller.ResizeWorker()

    def _queue(self, lb_id: str, flavor_id: str) -> Callable[[], None]:
        """Queue a resize, and return what runs it."""
        self.assertEqual(202, self.resize(lb_id, flavor_id).status_int)
        resize_id = self.get_resize(lb_id).id
        return lambda: self.worker.resize_load_balancer(lb_id, resize_id)

    def _queue_failover(self, lb_id: str) -> Callable[[], None]:
        self.set_lb_status(lb_id, 'PENDING_UPDATE')
        return lambda: self.worker.failover_loadbalancer(lb_id)

    def _assert_active(self, lb_id: str) -> None:
        self.assertEqual('ACTIVE', self.get_load_balancer(lb_id)['status'])


class TestDatabase(_CostTestCase):
    def _statements(self, run: Callable[[], None]) -> int:
        """Count the SQL statements of a flow."""
        statements: list[str] = []

        def note(_connection: object, _cursor: object, text: str, *_: object):
            statements.append(text)

        engine = db_api.get_engine()
        event.listen(engine, 'before_cursor_execute', note)
        try:
            run()
        finally:
            event.remove(engine, 'before_cursor_execute', note)
        return len(statements)

    def _compare(self, topology: str, before: str, after: str) -> None:
        resized, failed_over = (
            self.create_load_balancer(before, topology) for _ in range(2)
        )
        ours = self._statements(self._queue(resized, after))
        peer = self._statements(self._queue_failover(failed_over))
        for lb_id in (resized, failed_over):
            self._assert_active(lb_id)
        self.assertLessEqual(ours, peer * _MOST, f'{ours}, {peer}')

    def test_single(self) -> None:
        self._compare('SINGLE', self.small, self.large)

    def test_active_standby(self) -> None:
        self._compare('ACTIVE_STANDBY', self.ha_small, self.ha_large)


class _Counting:
    """A network driver whose calls are counted."""

    def __init__(self, driver: Any, calls: collections.Counter[str]) -> None:
        self._driver = driver
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        self._calls[name] += 1
        return getattr(self._driver, name)


class TestNetwork(_CostTestCase):
    """What a resize requests from Neutron: no more than a failover."""

    def setUp(self) -> None:
        super().setUp()
        self.calls: collections.Counter[str] = collections.Counter()
        make_driver = utils.get_network_driver

        def make_counting_driver() -> _Counting:
            self.calls[_DRIVER] += 1
            return _Counting(make_driver(), self.calls)

        patch = mock.patch.object(
            utils, 'get_network_driver', make_counting_driver
        )
        patch.start()
        self.addCleanup(patch.stop)
        network._make_driver.cache_clear()
        self.addCleanup(network._make_driver.cache_clear)

    def _count(self, run: Callable[[], None]) -> dict[str, int]:
        self.calls.clear()
        run()
        return dict(self.calls)

    def _compare(
        self, lb_ids: list[str], flavor_id: str, expected: dict[str, int]
    ) -> None:
        resized, failed_over = lb_ids
        ours = self._count(self._queue(resized, flavor_id))
        peer = self._count(self._queue_failover(failed_over))
        for lb_id in lb_ids:
            self._assert_active(lb_id)
        self.assertEqual({_DRIVER: 1, **expected}, ours)
        self.assertLessEqual(_add_up(ours), _add_up(peer), f'{ours}, {peer}')

    def test_single(self) -> None:
        self._compare(
            [self.create_load_balancer(self.small) for _ in range(2)],
            self.large,
            {
                'allocate_vip': 1,
                'update_vip_sg': 1,
                'create_port': 1,
                'get_network_configs': 2,
                'get_plugged_networks': 1,
                'set_port_admin_state_up': 1,
                'get_port': 1,
                'delete_port': 1,
            },
        )

    def test_single_with_members_beside_the_vip(self) -> None:
        """The VIP port is created disabled, and enabled once."""
        lb_ids = [self.create_load_balancer(self.small) for _ in range(2)]
        for lb_id in lb_ids:
            self.add_health_monitor(lb_id)
        self._compare(
            lb_ids,
            self.large,
            {
                'allocate_vip': 1,
                'update_vip_sg': 1,
                'create_port': 1,
                'get_network_configs': 1,
                'get_plugged_networks': 1,
                'set_port_admin_state_up': 2,
                'get_port': 2,
                'delete_port': 1,
            },
        )

    def test_active_standby(self) -> None:
        self._compare(
            [
                self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
                for _ in range(2)
            ],
            self.ha_large,
            {
                'allocate_vip': 1,
                'update_vip_sg': 1,
                'create_port': 2,
                'get_network_configs': 4,
                'get_plugged_networks': 2,
                'set_port_admin_state_up': 2,
                'get_port': 2,
                'delete_port': 2,
            },
        )

    def test_next_resize(self) -> None:
        """The driver is made once for all resizes of a process."""
        for _ in range(2):
            lb_id = self.create_load_balancer(self.small)
            calls = self._count(self._queue(lb_id, self.large))
        self.assertNotIn(_DRIVER, calls)

    def test_rollback(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        run = self._queue(lb_id, self.large)
        with mock.patch.object(
            new_amphorae.UpdateListeners, 'execute', side_effect=RuntimeError
        ):
            calls = self._count(run)
        self.assertEqual('FAILED', self.get_resize(lb_id).state)
        self.assertEqual(1, calls[_DRIVER])


class TestNova(test_clients.TestCase):
    """What polls of a server that boots request from Nova."""

    def test_one_request_each(self) -> None:
        url = 'http://nova.example/v2.1'
        token = keystone.V3Token()
        token.add_service('compute').add_standard_endpoints(public=url)
        self.start_keystone(token)
        server = {'id': 'server-id', 'image': {}, 'flavor': {}}
        polls = self.web.get(
            f'{url}/servers/server-id',
            [
                {'json': {'server': server | {'status': status}}}
                for status in ('BUILD', 'ACTIVE')
            ],
        )
        self.override('controller_worker', 'image_driver', 'image_noop_driver')
        self.override('controller_worker', 'amp_active_wait_sec', 0)
        self.override(
            'controller_worker', 'amp_boot_network_list', ['management']
        )
        self.patch(network, 'get_driver', _PluggedDriver)
        task = servers.AwaitServer()
        self.assertRaises(
            octavia_exceptions.ComputeWaitTimeoutException,
            task.execute,
            *('server-id', 'amphora-id', {}),
        )
        found = task.execute('server-id', 'amphora-id', {})
        self.assertEqual('192.0.2.7', found['lb_network_ip'])
        self.assertEqual(2, polls.call_count)
        self.assertEqual('nova.example', self.web.last_request.hostname)


class _PluggedDriver:
    """A network driver that knows the ports of a server."""

    def get_plugged_networks(
        self, server_id: str
    ) -> list[network_models.Interface]:
        addresses = {'other': '198.51.100.7', 'management': '192.0.2.7'}
        return [
            network_models.Interface(
                compute_id=server_id,
                network_id=network_id,
                fixed_ips=[network_models.FixedIP(ip_address=address)],
            )
            for network_id, address in addresses.items()
        ]


def _add_up(calls: dict[str, int]) -> int:
    """Return how many HTTP requests calls of the driver make."""
    return sum(_REQUESTS.get(name, 1) * n for name, n in calls.items())
