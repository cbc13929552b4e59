# SPDX-License-Identifier: Apache-2.0

"""The whole flow, on a real Octavia."""

import time
from typing import Any
from unittest import mock
import uuid

from octavia.amphorae.drivers.haproxy import exceptions as agent_exceptions
from octavia.amphorae.drivers.noop_driver import driver
from octavia.controller.worker.v2 import controller_worker
from octavia.db import api as db_api
from octavia.db import models as octavia_models

from octavia_resize import notifications
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import progress
from octavia_resize.worker import amphora
from octavia_resize.worker import run
from octavia_resize.worker import vip_move
from octavia_resize.worker.tasks import new_amphorae
from tests.unit.octavia_resize import base
from tests.unit.octavia_resize import counted


class _KilledError(BaseException):
    """The worker is killed: no task is reverted."""


class TestTakeover(base.TestCase):
    def test_clean_up(self) -> None:
        """The next worker first ends the switch.

        The old amphora may still serve, and be where clients find the VIP.
        """
        lb_id, begun = self._take_over_clean_up()
        self.assertEqual(
            ['PollOldAmphorae', 'StopOldAmphorae'],
            [name.rpartition('.')[2] for name in begun[:2]],
        )
        self.assertEqual('COMPLETED', self.get_resize(lb_id).state)

    def test_switch_does_not_end(self) -> None:
        """The old amphora is deleted all the same."""
        lb_id, _ = self._take_over_clean_up(fail_at=0)
        resize = self.get_resize(lb_id)
        self.assertEqual(('COMPLETED', None), (resize.state, resize.detail))
        self.assertEqual(1, len(self.get_amphorae(lb_id)))

    def _take_over_clean_up(
        self, fail_at: int | None = None
    ) -> tuple[str, list[str]]:
        """Have a worker continue what another one has begun to clean up.

        :param fail_at: Number of its task to fail, from 0.
        :returns: ID of the load balancer, and names of its tasks.
        """
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)

        def die() -> None:
            if self.get_resize(lb_id).phase == 'cleaning up':
                raise _KilledError

        self.assertRaises(
            _KilledError,
            self.run_worker,
            lb_id,
            after=dict.fromkeys(range(500), die),
        )
        claim = transaction.run(
            ownership.take_over, self.get_resize(lb_id), 'host/2'
        )
        worker = counted.Worker(fail_at)
        run.Run(claim, worker.run_flow).resume()
        return lb_id, worker.begun


class TestResize(base.TestCase):
    def _resize(self, lb_id: str, flavor_id: str) -> None:
        response = self.resize(lb_id, flavor_id)
        self.assertEqual(202, response.status_int, response.text)
        self.assertEqual(
            'PENDING_UPDATE', self.get_load_balancer(lb_id)['status']
        )
        self.run_worker(lb_id)

    def test_new_standby_starts_last(self) -> None:
        """The first of a pair to take the VIP keeps it.

        The old master has the VIP, too, for as short a time as possible.
        """
        lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        self.resize(lb_id, self.ha_large)
        begun = self.run_worker(lb_id)
        (standby,) = (
            amphora_id
            for amphora_id, role, *_ in self.get_amphorae(lb_id)
            if role == 'BACKUP'
        )
        steps = ['AwaitVIP', 'StopOldMaster', f'resize-start-vrrp-{standby}']
        names = [name.rpartition('.')[2] for name in begun]
        self.assertEqual(steps, [name for name in names if name in steps])

    def test_more_than_a_pair(self) -> None:
        """What an earlier resize has left is deleted."""
        lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        with db_api.session().begin() as session:
            self.repos.amphora.create(
                session,
                id=str(uuid.uuid4()),
                load_balancer_id=lb_id,
                status='ERROR',
                role='BACKUP',
            )
        self._resize(lb_id, self.ha_large)
        self.assertEqual('COMPLETED', self.get_resize(lb_id).state)
        self.assertEqual(2, len(self.get_amphorae(lb_id)))

    def test_flow_ends_without_a_result(self) -> None:
        """So a job does if a revert fails. The resize is rolled back."""
        lb_id = self.create_load_balancer(self.small)
        before = self.get_amphorae(lb_id)
        self.resize(lb_id, self.large)
        run_flow = controller_worker.ControllerWorker.run_flow
        begun: list[str] = []

        def run(
            worker: Any, make: Any, claim: Any, *args: Any, **kw: Any
        ) -> None:
            begun.append(make.__name__)
            if begun[1:]:
                run_flow(worker, make, claim, *args, **kw)
                return
            acquired = transaction.run(
                ownership.acquire, ownership.Claim(**claim)
            )
            transaction.run(progress.add_amphora, acquired, str(uuid.uuid4()))

        with mock.patch.object(
            controller_worker.ControllerWorker, 'run_flow', run
        ):
            self.run_worker(lb_id)
        self.assertEqual(['get_build_flow', 'get_rollback_flow'], begun)
        self.assertEqual('FAILED', self.get_resize(lb_id).state)
        self.assertEqual(before, self.get_amphorae(lb_id))

    def test_a_member_is_down(self) -> None:
        """The new amphora knows that when it begins to serve."""
        for flavor, new, topology in (
            (self.small, self.large, 'SINGLE'),
            (self.ha_small, self.ha_large, 'ACTIVE_STANDBY'),
        ):
            lb_id = self.create_load_balancer(flavor, topology)
            self.add_health_monitor(lb_id, delay=5, timeout=3)
            with db_api.session().begin() as session:
                session.query(octavia_models.Member).update(
                    {'operating_status': 'ERROR'}
                )
            self.resize(lb_id, new)
            with mock.patch.object(new_amphorae, 'time', wraps=time) as clock:
                clock.sleep = mock.Mock()
                begun = self.run_worker(lb_id)
            clock.sleep.assert_called_once_with(8)
            self.assertEqual('COMPLETED', self.get_resize(lb_id).state)
            names = [name.rpartition('.')[2] for name in begun]
            waited = names.index('AwaitChecks')
            listeners = [
                i for i, n in enumerate(names) if 'resize-listeners' in n
            ]
            self.assertLess(max(listeners), waited)
            self.assertLess(waited, names.index('BeginCleanUp'))

    def test_a_member_is_down_and_the_vip_is_ipv6(self) -> None:
        """Both amphorae have the VIP while the new one checks, or not."""
        for has_vip in (False, True):
            lb_id = self.create_load_balancer(self.small)
            self.add_ipv6_vip(lb_id)
            self.add_health_monitor(lb_id)
            with db_api.session().begin() as session:
                session.query(octavia_models.Member).update(
                    {'operating_status': 'ERROR'}
                )
            self.resize(lb_id, self.large)
            with (
                mock.patch.object(new_amphorae, 'time', wraps=time) as clock,
                mock.patch.object(
                    vip_move, 'checks_with_vip', return_value=has_vip
                ),
            ):
                clock.sleep = mock.Mock()
                begun = self.run_worker(lb_id)
            self.assertEqual('COMPLETED', self.get_resize(lb_id).state)
            names = [name.rpartition('.')[2] for name in begun]
            self.assertEqual(
                has_vip,
                names.index('ConnectPort') < names.index('AwaitChecks'),
            )

    def test_a_pair_without_listeners(self) -> None:
        """keepalived has no haproxy to watch, and takes the VIP nowhere."""
        lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        with db_api.session().begin() as session:
            session.query(octavia_models.Listener).filter_by(
                load_balancer_id=lb_id
            ).delete()
            vip = session.get(octavia_models.LoadBalancer, lb_id).vip
            vip_address = vip.ip_address

        def find(_: Any, address: str, *args: Any, **kwargs: Any) -> None:
            if address == vip_address:
                raise agent_exceptions.NotFound

        with mock.patch.object(
            driver.NoopAmphoraLoadBalancerDriver,
            'get_interface_from_ip',
            side_effect=find,
        ):
            self._resize(lb_id, self.ha_large)
        self.assertEqual('COMPLETED', self.get_resize(lb_id).state)

    def test_port_is_slow(self) -> None:
        """haproxy forgets that it could not reach the members."""
        for is_slow in (False, True):
            lb_id = self.create_load_balancer(self.small)
            self.add_health_monitor(lb_id)
            self.resize(lb_id, self.large)
            with (
                mock.patch.object(
                    amphora.Amphora, 'restart_listeners'
                ) as restart,
                mock.patch.object(
                    new_amphorae, '_CHECK_SECONDS', -1 if is_slow else 60
                ),
            ):
                self.run_worker(lb_id)
            self.assertEqual('COMPLETED', self.get_resize(lb_id).state)
            self.assertEqual(is_slow, restart.called)

    def test_cancelled_before_the_flow(self) -> None:
        lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        amphorae = self.get_amphorae(lb_id)
        self.resize(lb_id, self.ha_large)
        with mock.patch.object(
            notifications,
            'send_if_wanted',
            lambda event, resize: (
                self.request('DELETE', lb_id)
                if event == notifications.START
                else None
            ),
        ):
            self.run_worker(lb_id)
        self.assertEqual('CANCELLED', self.get_resize(lb_id).state)
        self.assert_load_balancer(lb_id, 'ACTIVE', self.ha_small)
        self.assertEqual(amphorae, self.get_amphorae(lb_id))

    def test_phases(self) -> None:
        """They are in the record as they begin."""
        for flavor_id, new_id, topology, built in (
            (self.small, self.large, 'SINGLE', 1),
            (self.ha_small, self.ha_large, 'ACTIVE_STANDBY', 2),
        ):
            lb_id = self.create_load_balancer(flavor_id, topology)
            self.resize(lb_id, new_id)
            self.assertEqual('queued', self.get_resize(lb_id).phase)
            seen: list[str] = []

            def poll(lb_id: str = lb_id, seen: list[str] = seen) -> None:
                phase = self.get_resize(lb_id).phase
                if phase not in seen:
                    seen.append(phase)

            self.run_worker(lb_id, after=dict.fromkeys(range(500), poll))
            self.assertEqual(['building', 'switching', 'cleaning up'], seen)
            resize = self.get_resize(lb_id)
            self.assertIsNone(resize.phase)
            self.assertEqual(
                (built, built),
                (len(resize.ready), resize.amphorae_to_build),
            )
