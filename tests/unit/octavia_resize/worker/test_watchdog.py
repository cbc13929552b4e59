# SPDX-License-Identifier: Apache-2.0


"""How a resize ends whose worker is gone."""

import threading
from typing import Any
from unittest import mock

import fixtures
from octavia.db import api as db_api
from oslo_config import cfg
from oslo_db import exception as db_exceptions
from sqlalchemy import event

from octavia_resize import opts
from octavia_resize.lifecycle import ownership
from octavia_resize.worker import controller
from octavia_resize.worker import watchdog
from resize_sandbox import database
from tests.unit.octavia_resize import topologies


class TestCase(topologies.SingleTestCase):
    #: So often a watchdog polls before a resize counts as abandoned.
    POLLS = 6

    def setUp(self) -> None:
        super().setUp()
        self.end_all_resizes()
        self.resize(self.lb_id, self.large)
        self.worker = controller.ResizeWorker()
        self.watchdog = watchdog.Watchdog(self.worker)

    def _poll(self, times: int) -> None:
        """Poll so often, and wait for the end of what is taken over."""
        for _ in range(times + 1):
            self.watchdog.check()
        self.watchdog._recoveries.shutdown()
        self.watchdog.stop()

    def _check(self, state: str, status: str, flavor_id: str) -> None:
        self.assertEqual(state, self.get_resize(self.lb_id).state)
        self.assert_load_balancer(self.lb_id, status, flavor_id)


class TestWatchdog(TestCase):
    def _be_cut_off(self, phase: str) -> None:
        """Run a worker until it is killed in a phase."""

        def die() -> None:
            if self.get_resize(self.lb_id).phase == phase:
                raise SystemExit

        self.assertRaises(
            SystemExit,
            self.run_worker,
            self.lb_id,
            after=dict.fromkeys(range(500), die),
        )

    def test_queued(self) -> None:
        self._poll(self.POLLS)
        self._check('COMPLETED', 'ACTIVE', self.large)

    def test_building(self) -> None:
        before = self.get_amphorae(self.lb_id)
        self._be_cut_off('building')
        self._poll(self.POLLS)
        self._check('FAILED', 'ERROR', self.small)
        self.assertEqual(before, self.get_amphorae(self.lb_id))
        self.assertEqual(
            'The worker that ran the resize has stopped',
            self.get_resize(self.lb_id).reason,
        )
        self.resize(self.lb_id, self.large)
        self.run_worker(self.lb_id)
        self._check('COMPLETED', 'ACTIVE', self.large)

    def test_continues_once_all_is_built(self) -> None:
        for phase in ('switching', 'cleaning up'):
            self._be_cut_off(phase)
            self._poll(self.POLLS)
            self._check('COMPLETED', 'ACTIVE', self.large)
            self.assertEqual(
                [('STANDALONE', 'ALLOCATED', 'sandbox.large')],
                [a[1:] for a in self.get_amphorae(self.lb_id)],
            )
            self.resize(self.lb_id, self.small)
            self.run_worker(self.lb_id)
            self.resize(self.lb_id, self.large)
            self.worker = controller.ResizeWorker()
            self.watchdog = watchdog.Watchdog(self.worker)

    def test_cancelling(self) -> None:
        before = self.get_amphorae(self.lb_id)
        self.start_resize(self.lb_id)
        self.request('DELETE', self.lb_id)
        self._check('CANCELLING', 'PENDING_UPDATE', self.small)
        self._poll(self.POLLS)
        self._check('CANCELLED', 'ACTIVE', self.small)
        self.assertEqual(before, self.get_amphorae(self.lb_id))

    def test_database_is_read_only(self) -> None:
        """No worker can write a heartbeat: that says nothing about one."""

        def refuse(_: Any, __: Any, statement: str, *args: Any) -> None:
            if database.is_change(statement):
                raise db_exceptions.DBError('--read-only')

        engine = db_api.get_engine()
        event.listen(engine, 'before_cursor_execute', refuse)
        self.addCleanup(event.remove, engine, 'before_cursor_execute', refuse)
        self.assertRaises(db_exceptions.DBError, self.watchdog.check)

    def test_other_provider(self) -> None:
        """Its own controller runs it, and sends no heartbeats."""
        with db_api.session().begin() as session:
            self.repos.load_balancer.update(
                session, self.lb_id, provider='other'
            )
        self._poll(self.POLLS)
        self._check('QUEUED', 'PENDING_UPDATE', self.small)

    def test_too_early(self) -> None:
        self._poll(self.POLLS - 1)
        self._check('QUEUED', 'PENDING_UPDATE', self.small)

    def test_no_more_than_there_are_free_threads(self) -> None:
        for _ in range(11):
            lb_id = self.create_load_balancer(self.small)
            self.resize(lb_id, self.large)
        may_continue = threading.Event()
        # The threads outlive a test that fails, until then.
        self.addCleanup(may_continue.set)
        recovered: list[str] = []

        def recover(_: Any, resize: Any, claim: Any) -> None:
            recovered.append(resize.id)
            may_continue.wait()

        with mock.patch.object(controller.ResizeWorker, 'recover', recover):
            for _ in range(self.POLLS + 3):
                self.watchdog.check()
            with db_api.session().begin() as session:
                waiting = [
                    resize
                    for resize in self.resizes.get_in_progress(
                        session, of_amphora_provider=True
                    )
                    if not resize.heartbeat
                ]
                self.assertEqual(8, len(waiting))
            may_continue.set()
            self.watchdog.stop()
        self.assertEqual(4, len(recovered))

    def test_recovery_that_fails_is_logged(self) -> None:
        self.start_resize(self.lb_id)
        log = self.useFixture(fixtures.FakeLogger())
        with mock.patch.object(
            self.worker, 'recover', side_effect=OSError('no board')
        ):
            self._poll(self.POLLS)
        self.assertIn(f'load balancer {self.lb_id} was taken over', log.output)
        self.assertIn('no board', log.output)

    def test_taken_over_once(self) -> None:
        """A queued one gets its owner when it is started."""
        for expected_owner in (None, 'host/2'):
            resize = self.get_resize(self.lb_id)
            for owner, expected in (('host/2', True), ('host/3', False)):
                with db_api.session().begin() as session:
                    claim = ownership.take_over(session, resize, owner)
                self.assertEqual(expected, claim is not None)
            self.assertEqual(expected_owner, self.get_resize(self.lb_id).owner)
            if resize.state == 'QUEUED':
                self.start_resize(self.lb_id)

    def test_database_away(self) -> None:
        """While nobody could write, silence means nothing."""
        self.start_resize(self.lb_id)
        for _ in range(self.POLLS):
            self.watchdog.check()
        rounds = iter([False, True])
        with (
            mock.patch.object(
                self.watchdog._stopped, 'wait', lambda _: next(rounds)
            ),
            mock.patch.object(
                db_api, 'session', side_effect=OSError('no route')
            ),
        ):
            self.watchdog.run()
        self._poll(1)
        self._check('RUNNING', 'PENDING_UPDATE', self.small)

    def test_options(self) -> None:
        self.assertEqual(60, cfg.CONF.octavia_resize.abandoned_after)
        self.assertEqual(10, cfg.CONF.octavia_resize.heartbeat_interval)
        opts.check(cfg.CONF)
        self.override('octavia_resize', 'heartbeat_interval', 21)
        error = self.assertRaises(ValueError, opts.check, cfg.CONF)
        self.assertIn(
            'three times heartbeat_interval, which is 21', str(error)
        )
