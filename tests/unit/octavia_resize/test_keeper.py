# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""What becomes of a resize whose worker is gone."""

from concurrent import futures
import importlib.metadata
import threading
from typing import Any
from unittest import mock

import fixtures
from octavia.db import api as db_api
from oslo_config import cfg

from octavia_resize import constants
from octavia_resize import opts
from octavia_resize.db import models as db_models
from octavia_resize.drivers import loader
from octavia_resize.worker import consumer
from octavia_resize.worker import controller
from octavia_resize.worker import keeper
from tests.unit.octavia_resize import base


class TestKeeper(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.end_all_resizes()
        self.lb_id = self.create_load_balancer(self.small)
        self.resize(self.lb_id, self.large)
        self.worker = controller.ResizeWorker()
        self.keeper = keeper.Keeper(self.worker)
        self.clock = self.useFixture(base.Clock())

    def _set_state(self, *states: str) -> None:
        with db_api.session().begin() as session:
            self.resizes.transition(
                session, self.get_resize(self.lb_id).id, *states
            )

    def _wait(self, seconds: float) -> None:
        """Let time pass, and the keeper take over what it finds."""
        self.keeper.keep()
        self.clock.now += seconds
        self.keeper.keep()
        self.keeper.stop()

    def _check(self, state: str, status: str, flavor_id: str) -> None:
        self.assertEqual(state, self.get_resize(self.lb_id).state)
        self.assertEqual(
            {'status': status, 'flavor_id': flavor_id},
            self.get_load_balancer(self.lb_id),
        )

    def test_queued(self) -> None:
        self._wait(60)
        self._check('COMPLETED', 'ACTIVE', self.large)

    def test_running(self) -> None:
        self._set_state(('QUEUED',), 'RUNNING')
        self._wait(60)
        self._check('FAILED', 'ERROR', self.small)
        self.assertEqual(
            'The worker that ran the resize has stopped',
            self.get_resize(self.lb_id).reason,
        )
        self.resize(self.lb_id, self.large)
        base.run_worker(self, self.lb_id)
        self._check('COMPLETED', 'ACTIVE', self.large)

    def test_cancelling(self) -> None:
        with mock.patch.object(
            controller.ResizeWorker, '_finish', side_effect=SystemExit
        ):
            self.assertRaises(
                SystemExit,
                base.run_worker,
                self,
                self.lb_id,
                after={5: lambda: self.request('DELETE', self.lb_id)},
            )
        self._check('CANCELLING', 'PENDING_UPDATE', self.small)
        self._wait(60)
        self._check('CANCELLED', 'ACTIVE', self.small)
        self.assertEqual(
            [('STANDALONE', 'ALLOCATED', 'sandbox.small')],
            [a[1:] for a in self.get_amphorae(self.lb_id)],
        )

    def test_other_provider(self) -> None:
        """Its own controller runs it, and gives no signs of life."""
        with db_api.session().begin() as session:
            self.repos.load_balancer.update(
                session, self.lb_id, provider='other'
            )
        for state in ('QUEUED', 'RUNNING'):
            self._set_state(('QUEUED',), state)
            self.keeper = keeper.Keeper(self.worker)
            self._wait(60)
            self._check(state, 'PENDING_UPDATE', self.small)

    def test_providers(self) -> None:
        """Those to whose load balancers the amphora driver is bound."""
        drivers = importlib.metadata.entry_points(group=loader.NAMESPACE)
        self.assertEqual(
            set(constants.AMPHORA_PROVIDERS),
            {d.name for d in drivers if 'AmphoraResizeDriver' in d.value},
        )

    def test_too_early(self) -> None:
        self._wait(59)
        self._check('QUEUED', 'PENDING_UPDATE', self.small)

    def test_alive(self) -> None:
        self._set_state(('QUEUED',), 'RUNNING')
        resize_id = self.get_resize(self.lb_id).id
        owner = keeper.Keeper(mock.Mock(running={resize_id}))
        self.keeper.keep()
        for _ in range(10):
            self.clock.now += 20
            owner.keep()
            self.keeper.keep()
        self.keeper.stop()
        self._check('RUNNING', 'PENDING_UPDATE', self.small)

    def test_alive_while_it_ends(self) -> None:
        """A worker that is stopped finishes what it runs."""
        self._set_state(('QUEUED',), 'RUNNING')
        owner = keeper.Keeper(
            mock.Mock(running={self.get_resize(self.lb_id).id})
        )
        owner.drain()
        self.keeper.keep()
        for _ in range(10):
            self.clock.now += 20
            owner.keep()
            self.keeper.keep()
        self.keeper.stop()
        self._check('RUNNING', 'PENDING_UPDATE', self.small)

    def test_nothing_taken_over_while_it_ends(self) -> None:
        self.keeper.drain()
        self._wait(60)
        self._check('QUEUED', 'PENDING_UPDATE', self.small)

    def test_consumer_ends_the_keeper_last(self) -> None:
        order = mock.Mock()
        service = consumer.ConsumerService(0, cfg.CONF)
        service.keeper = order.keeper
        service.message_listener = order.listener
        service.terminate()
        self.assertEqual(
            ['keeper.drain', 'listener.stop', 'listener.wait', 'keeper.stop'],
            [name for name, _, _ in order.mock_calls],
        )

    def test_alive_while_it_waits_its_turn(self) -> None:
        """What was taken over counts as running before a thread is free."""
        self._set_state(('QUEUED',), 'RUNNING')
        resize_id = self.get_resize(self.lb_id).id
        turn: futures.Future[None] = futures.Future()
        with mock.patch.object(
            self.keeper._recoveries, 'submit', return_value=turn
        ):
            self.keeper.keep()
            self.clock.now += 60
            self.keeper.keep()
        self.assertEqual({resize_id}, self.worker.running)
        turn.set_result(None)
        self.assertEqual(set(), self.worker.running)
        self.keeper.stop()

    def test_recovery_that_fails_is_logged(self) -> None:
        self._set_state(('QUEUED',), 'RUNNING')
        log = self.useFixture(fixtures.FakeLogger())
        with mock.patch.object(
            self.worker, 'recover', side_effect=OSError('no board')
        ):
            self._wait(60)
        self.assertIn(f'load balancer {self.lb_id} was taken over', log.output)
        self.assertIn('no board', log.output)
        self.assertEqual(set(), self.worker.running)

    def test_draining_does_not_wait(self) -> None:
        """What has not begun is left to other workers."""
        self._set_state(('QUEUED',), 'RUNNING')
        begun, goes_on = threading.Event(), threading.Event()
        keeper_ = keeper.Keeper(mock.Mock(running=set()))
        keeper_._recoveries = futures.ThreadPoolExecutor(1)

        def recover(resize: Any) -> None:
            begun.set()
            goes_on.wait(30)

        keeper_.worker.recover.side_effect = recover
        resize = self.get_resize(self.lb_id)
        keeper_._take_over(resize)
        begun.wait(30)
        other = self.create_load_balancer(self.small)
        self.resize(other, self.large)
        keeper_._take_over(self.get_resize(other))
        self.assertEqual(2, len(keeper_.worker.running))
        keeper_.drain()
        self.assertEqual({resize.id}, keeper_.worker.running)
        goes_on.set()
        keeper_.stop()
        self.assertEqual(set(), keeper_.worker.running)
        keeper_.worker.recover.assert_called_once_with(resize)

    def test_orphans_are_deleted(self) -> None:
        other = self.create_load_balancer(self.small)
        with db_api.session().begin() as session:
            self.resizes.queue(session, other, self.large, None)
            session.query(db_models.Resize).filter_by(
                load_balancer_id=other
            ).update({'load_balancer_id': 'purged'})
        self.keeper._stopped.set()
        self.keeper.run()
        self.assertIsNone(self.get_resize('purged'))
        self.assertIsNotNone(self.get_resize(self.lb_id))

    def test_database_away_for_orphans(self) -> None:
        self.keeper._stopped.set()
        log = self.useFixture(fixtures.FakeLogger())
        with mock.patch.object(
            db_api, 'session', side_effect=OSError('no route')
        ):
            self.keeper.run()
        self.assertIn('no route', log.output)

    def test_taken_over_once(self) -> None:
        self._set_state(('QUEUED',), 'RUNNING')
        resize = self.get_resize(self.lb_id)
        with db_api.session().begin() as session:
            self.assertTrue(self.resizes.take_over(session, resize))
        with db_api.session().begin() as session:
            self.assertFalse(self.resizes.take_over(session, resize))

    def test_database_away(self) -> None:
        self._set_state(('QUEUED',), 'RUNNING')
        self.keeper.keep()
        self.clock.now += 300
        rounds = iter([False, True])
        with (
            mock.patch.object(
                self.keeper._stopped, 'wait', lambda _: next(rounds)
            ),
            mock.patch.object(
                db_api, 'session', side_effect=OSError('no route')
            ),
        ):
            self.keeper.run()
        self.keeper.keep()
        self.keeper.stop()
        self._check('RUNNING', 'PENDING_UPDATE', self.small)

    def test_options(self) -> None:
        self.assertEqual(60, cfg.CONF.octavia_resize.abandoned_after)
        self.assertEqual(10, cfg.CONF.octavia_resize.heartbeat_interval)
        opts.check(cfg.CONF)
        cfg.CONF.set_override('heartbeat_interval', 21, group='octavia_resize')
        self.addCleanup(
            cfg.CONF.clear_override,
            'heartbeat_interval',
            group='octavia_resize',
        )
        error = self.assertRaises(ValueError, opts.check, cfg.CONF)
        self.assertIn(
            'three times heartbeat_interval, which is 21', str(error)
        )
