# SPDX-License-Identifier: Apache-2.0


"""The rollback, from where the resize was when it was cancelled or failed."""

import contextlib
import threading
from typing import Any
from unittest import mock

from octavia.amphorae.drivers.noop_driver import driver as noop_driver
from octavia.controller.worker.v2 import controller_worker
from octavia.controller.worker.v2.tasks import database_tasks
from octavia.db import api as db_api
from octavia.db import models as octavia_models

from resize_sandbox.octavia import network
from tests.unit.octavia_resize import topologies


class TestCase(topologies.TopologyTestCase):
    """A resize of a pair that is queued."""

    topology = 'ACTIVE_STANDBY'

    def setUp(self) -> None:
        super().setUp()
        self.lb_id = self.create_load_balancer(self.old, self.topology)
        with db_api.session().begin() as session:
            for amphora_id, *_ in self.get_amphorae(self.lb_id):
                session.add(
                    octavia_models.AmphoraHealth(
                        amphora_id=amphora_id, busy=False
                    )
                )
        self.before = self.get_amphorae(self.lb_id)
        self.children = self.get_children(self.lb_id)
        self.resize(self.lb_id, self.new)

    def cancel_in(self, phase: str, built: int = 0) -> int:
        """Run the resize, and cancel it as soon as it has gone so far.

        :returns: The status of the answer.
        """
        answers: list[int] = []
        self.phases: list[str | None] = []
        # The new amphorae of a pair are built side by side.
        lock = threading.Lock()

        def poll() -> None:
            with lock:
                resize = self.get_resize(self.lb_id)
                self.phases.append(resize.phase)
                if (
                    not answers
                    and resize.phase == phase
                    and len(resize.ready) >= built
                ):
                    answers.append(
                        self.request('DELETE', self.lb_id).status_int
                    )

        self.begun = self.run_worker(
            self.lb_id, after=dict.fromkeys(range(500), poll)
        )
        (answer,) = answers
        return answer

    def check_untouched(self, state: str, status: str) -> None:
        """Check that the old amphorae are as they were, and alone."""
        self.assertEqual(state, self.get_resize(self.lb_id).state)
        self.assert_load_balancer(self.lb_id, status, self.old)
        self.assertEqual(self.before, self.get_amphorae(self.lb_id))
        self.assertEqual(self.children, self.get_children(self.lb_id))
        with db_api.session().begin() as session:
            busy = session.query(octavia_models.AmphoraHealth.busy).filter(
                octavia_models.AmphoraHealth.amphora_id.in_(
                    [a[0] for a in self.before]
                )
            )
            self.assertEqual([False] * len(self.before), [b for (b,) in busy])


class TestCancel(TestCase):
    def test_while_building(self) -> None:
        for built in (0, 1, 2):
            self.assertEqual(202, self.cancel_in('building', built))
            self.check_untouched('CANCELLED', 'ACTIVE')
            self.resize(self.lb_id, self.new)
            if not built:
                # No server is waited for any more.
                self.assertNotIn('connectivity-wait', ' '.join(self.begun))
        # What is built already is deleted in a phase of its own.
        self.assertEqual('rolling back', self.phases[-1])

    def test_rollback_fails_on_the_jobboard(self) -> None:
        """Whoever has posted a job does not learn how the job has ended."""
        run_flow = controller_worker.ControllerWorker.run_flow

        def post(*args: Any, **kwargs: Any) -> None:
            with contextlib.suppress(Exception):
                run_flow(*args, **kwargs)

        with (
            mock.patch.object(
                controller_worker.ControllerWorker, 'run_flow', post
            ),
            mock.patch.object(
                database_tasks.MarkAmphoraDeletedInDB,
                'execute',
                autospec=True,
                side_effect=RuntimeError('no answer'),
            ),
        ):
            self.cancel_in('building', 2)
        resize = self.get_resize(self.lb_id)
        self.assertEqual('FAILED', resize.state)
        self.assertIn('Not deleted: ', resize.detail)
        self.assertEqual('ERROR', self.get_load_balancer(self.lb_id)['status'])


class TestCancelOneByOne(TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.build_one_by_one()

    def test_before_the_standby_is_deleted(self) -> None:
        self.assertEqual(202, self.cancel_in('building', 0))
        self.check_untouched('CANCELLED', 'ACTIVE')

    def test_after_both_are_built(self) -> None:
        """The old standby is gone: it is built again."""
        self._cancel_and_check('BACKUP')

    def test_when_the_master_is_the_standby(self) -> None:
        """keepalived has failed over: the roles end true all the same."""
        with mock.patch(
            'octavia_resize.worker.amphora.Amphora.holds_vip',
            lambda one: one._amphora.role == 'BACKUP',
        ):
            self._cancel_and_check('MASTER')

    def test_standby_without_listeners(self) -> None:
        """Octavia only sets the status of an amphora that refuses them."""
        with mock.patch.object(
            noop_driver.NoopAmphoraLoadBalancerDriver,
            'update_amphora_listeners',
            side_effect=RuntimeError('refused'),
        ):
            self.cancel_in('building', 2)
        resize = self.get_resize(self.lb_id)
        self.assertEqual('FAILED', resize.state)
        self.assertIn(f'Not restored: {resize.standby_id}', resize.detail)

    def _cancel_and_check(self, replaced: str) -> None:
        """Cancel the resize, and check that one role was built again."""
        self.assertEqual(202, self.cancel_in('building', 2))
        self.assertEqual('CANCELLED', self.get_resize(self.lb_id).state)
        self.assert_load_balancer(self.lb_id, 'ACTIVE', self.old)
        after = self.get_amphorae(self.lb_id)
        self.assertEqual(
            sorted(old[1:] for old in self.before),
            sorted(one[1:] for one in after),
        )
        (built,) = set(after) - set(self.before)
        self.assertEqual(replaced, built[1])


class TestFailure(TestCase):
    """A failure that changed nothing leaves nothing changed."""

    topology = 'SINGLE'

    def _fail(self) -> None:
        self.request('DELETE', self.lb_id)
        self.resize(self.lb_id, self.broken)
        self.run_worker(self.lb_id)
        self.check_untouched('FAILED', 'ERROR')

    def test_same_call_again(self) -> None:
        self._fail()
        self.resize(self.lb_id, self.new)
        self.run_worker(self.lb_id)
        self.assert_load_balancer(self.lb_id, 'ACTIVE', self.new)

    def test_to_the_flavor_that_it_has(self) -> None:
        self._fail()
        self.assertEqual(202, self.resize(self.lb_id, self.old).status_int)
        self.run_worker(self.lb_id)
        self.assert_load_balancer(self.lb_id, 'ACTIVE', self.old)
        self.assertEqual(400, self.resize(self.lb_id, self.old).status_int)

    def test_cancel(self) -> None:
        self._fail()
        shown = self.request('GET', self.lb_id).json['resize']
        self.assertTrue(shown['can_cancel'])
        self.assertEqual(202, self.request('DELETE', self.lb_id).status_int)
        self.check_untouched('CANCELLED', 'ACTIVE')

    def test_no_cancel_once_it_has_changed(self) -> None:
        self._fail()
        amphora_id = self.before[0][0]
        for amphora_status, status in (
            ('PENDING_DELETE', 'ERROR'),
            ('ALLOCATED', 'ACTIVE'),
        ):
            with db_api.session().begin() as session:
                self.repos.amphora.update(
                    session, amphora_id, status=amphora_status
                )
                self.repos.load_balancer.update(
                    session, self.lb_id, provisioning_status=status
                )
            shown = self.request('GET', self.lb_id).json['resize']
            self.assertFalse(shown['can_cancel'])
            response = self.request('DELETE', self.lb_id)
            self.assertEqual(409, response.status_int)

    def test_ipv6_port_is_enabled_again(self) -> None:
        """That of SR-IOV was disabled before the new amphora was connected."""
        ((amphora_id, *_),) = self.before
        self.add_ipv6_vip(self.lb_id)
        self.use_sriov(self.lb_id)
        self.children = self.get_children(self.lb_id)
        with db_api.session().begin() as session:
            port_id = self.repos.amphora.get(
                session, id=amphora_id
            ).vrrp_port_id
        states: list[bool] = []
        set_state = network._Manager.set_port_admin_state_up

        def note(manager: Any, changed: str, state: bool) -> None:
            if changed == port_id:
                states.append(state)
            set_state(manager, changed, state)

        with (
            mock.patch.object(
                network._Manager, 'set_port_admin_state_up', note
            ),
            mock.patch(
                'octavia_resize.worker.tasks.new_amphorae.AnnounceVIP.execute',
                autospec=True,
                side_effect=RuntimeError('no answer'),
            ),
        ):
            self.run_worker(self.lb_id)
        self.assertEqual(False, states[0])
        self.assertEqual(True, states[-1])
        self.check_untouched('FAILED', 'ERROR')
