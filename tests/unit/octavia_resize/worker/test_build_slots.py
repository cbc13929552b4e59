# SPDX-License-Identifier: Apache-2.0

"""The slots of [haproxy_amphora] build_rate_limit."""

from collections.abc import Callable
from unittest import mock
import uuid

from octavia.common import exceptions
from octavia.controller.worker.v2.tasks import compute_tasks
from octavia.db import api as db_api
from octavia.db import models as octavia_models
from oslo_config import cfg
from taskflow.patterns import linear_flow

from octavia_resize.db import transaction
from octavia_resize.lifecycle import phases
from octavia_resize.worker import build_slots
from octavia_resize.worker import controller
from octavia_resize.worker import fences
from octavia_resize.worker.tasks import servers
from resize_sandbox.octavia import compute
from tests.unit.octavia_resize.lifecycle import test_rollback

#: How many builds of others run meanwhile.
_OTHERS = 1


class TestCase(test_rollback.TestCase):
    """A queued resize of a pair, while another build holds a slot."""

    def setUp(self) -> None:
        super().setUp()
        for name, value in (
            ('build_rate_limit', _OTHERS + 2),
            ('build_active_retries', 2),
            ('build_retry_interval', 1),
        ):
            self.override('haproxy_amphora', name, value)
        self.other_id = self.add_request()

    def add_request(self, status: str = 'BUILDING') -> str:
        """Have an amphora that is built elsewhere hold a slot, or wait."""
        amphora_id = str(uuid.uuid4())
        with db_api.session().begin() as session:
            session.add(
                octavia_models.AmphoraBuildRequest(
                    amphora_id=amphora_id, priority=40, status=status
                )
            )
        self.addCleanup(self._release_all)
        self._use(1 if status == 'BUILDING' else 0)
        return amphora_id

    def _use(self, slots: int) -> None:
        model = octavia_models.AmphoraBuildSlots
        with db_api.session().begin() as session:
            session.query(model).update(
                {model.slots_used: model.slots_used + slots}
            )

    def _release_all(self) -> None:
        build_slots.BuildSlots().remove_all_from_build_req_queue()

    def get_used(self) -> tuple[int, set[str]]:
        """Return how many slots are used, and who has a request."""
        with db_api.session().begin() as session:
            return (
                session.query(
                    octavia_models.AmphoraBuildSlots.slots_used
                ).scalar(),
                {
                    amphora_id
                    for (amphora_id,) in session.query(
                        octavia_models.AmphoraBuildRequest.amphora_id
                    )
                },
            )

    def assert_released(self) -> None:
        self.assertEqual((_OTHERS, {self.other_id}), self.get_used())


class TestResize(TestCase):
    def test_completed(self) -> None:
        self.run_worker(self.lb_id)
        self.assertEqual('COMPLETED', self.get_resize(self.lb_id).state)
        self.assert_released()

    def test_cancelled(self) -> None:
        self.assertEqual(202, self.cancel_in('building'))
        self.assert_released()
        self.check_untouched('CANCELLED', 'ACTIVE')

    def test_server_is_refused(self) -> None:
        with mock.patch.object(
            compute.SandboxComputeDriver,
            'build',
            autospec=True,
            side_effect=exceptions.ComputeBuildException(fault='no host'),
        ):
            self.run_worker(self.lb_id)
        self.assert_released()
        self.check_untouched('FAILED', 'ERROR')

    def test_server_ends_in_error(self) -> None:
        with mock.patch.object(
            compute.SandboxComputeDriver,
            'get_amphora',
            autospec=True,
            return_value=(mock.Mock(status='ERROR'), 'no host'),
        ):
            self.run_worker(self.lb_id)
        self.assert_released()

    def test_standby_cannot_be_built_again(self) -> None:
        """The rollback builds, too."""
        self.build_one_by_one()
        build = compute.SandboxComputeDriver.build
        with mock.patch.object(
            compute.SandboxComputeDriver,
            'build',
            autospec=True,
            side_effect=build,
        ) as built:

            def have_next_fail() -> None:
                if self.get_resize(self.lb_id).replaced:
                    built.side_effect = exceptions.ComputeBuildException(
                        fault='no host'
                    )

            self.run_worker(
                self.lb_id, after=dict.fromkeys(range(500), have_next_fail)
            )
        self.assertGreater(built.call_count, 2)
        self.assert_released()


class TestQueue(TestCase):
    """No slot is free when the resize begins."""

    def setUp(self) -> None:
        super().setUp()
        cfg.CONF.set_override(
            'build_rate_limit', _OTHERS, group='haproxy_amphora'
        )
        # One waits at a time: the polls of a test take no time.
        self.build_one_by_one()

    def _run(self, meanwhile: Callable[[], object]) -> str:
        """Run the resize.

        :param meanwhile: What happens between two polls for a slot.
        :returns: The state of the resize.
        """
        with mock.patch.object(build_slots, 'time') as time:
            time.sleep.side_effect = lambda seconds: meanwhile()
            self.run_worker(self.lb_id)
        return self.get_resize(self.lb_id).state

    def test_cancelled(self) -> None:
        state = self._run(lambda: self.request('DELETE', self.lb_id, None))
        self.assertEqual('CANCELLED', state)
        self.assert_released()

    def test_nothing_moves(self) -> None:
        """The builds of others keep their slots."""
        self.assertEqual('FAILED', self._run(lambda: None))
        self.assert_released()

    def test_others_build(self) -> None:
        """They take more than the polls that nothing may move."""
        builds = [self.other_id]

        def build_another() -> None:
            transaction.run(build_slots.release, builds[-1])
            if len(builds) < 9:
                builds.append(self.add_request())

        self.assertEqual('COMPLETED', self._run(build_another))
        self.assertEqual((0, set()), self.get_used())

    def test_queue_is_deleted(self) -> None:
        """By a build of Octavia's that has waited for too long."""
        self.assertEqual('COMPLETED', self._run(self._release_all))
        self.assertEqual((0, set()), self.get_used())


class TestDeadWorker(TestCase):
    def test_taken_over(self) -> None:
        """A dead worker reverts nothing: the next one releases the slots."""
        claim = self.start_resize(self.lb_id)
        built = [self.add_request(), self.add_request('WAITING')]
        with db_api.session().begin() as session:
            self.resizes.get(session, self.lb_id).new_amphorae = built
        controller.ResizeWorker().recover(self.get_resize(self.lb_id), claim)
        self.assert_released()
        self.check_untouched('FAILED', 'ERROR')

    def test_of_an_earlier_resize(self) -> None:
        """Nobody else knows its amphorae: an operator has reset the status."""
        self.request('DELETE', self.lb_id)
        for cancels in (True, False):
            with db_api.session().begin() as session:
                session.add(
                    octavia_models.Amphora(
                        id=self.add_request(),
                        load_balancer_id=self.lb_id,
                        status='BOOTING',
                    )
                )
            self.resize(self.lb_id, self.new)
            if cancels:
                self.assertEqual(202, self.cancel_in('building'))
            else:
                self.run_worker(self.lb_id)
            self.assert_released()

    def test_record_is_deleted(self) -> None:
        """Only the stopped worker knows which amphora it builds."""
        claim = self.start_resize(self.lb_id)
        amphora_id = self.add_request()
        fence = fences.Fence(claim._asdict(), phases.Flow.BUILD_NEW)
        node = servers.replace(
            compute_tasks.CertComputeCreate(name='create'), fence
        )
        fence.guard(linear_flow.Flow('flow').add(node), amphora_id)
        with db_api.session().begin() as session:
            session.delete(self.resizes.get(session, self.lb_id))
        node.revert('server', amphora_id)
        self.assert_released()


class TestRelease(TestCase):
    def test_twice(self) -> None:
        amphora_id = self.add_request()
        for _ in range(2):
            transaction.run(build_slots.release, amphora_id)
            self.assert_released()

    def test_who_waits_has_no_slot(self) -> None:
        transaction.run(build_slots.release, self.add_request('WAITING'))
        self.assert_released()

    def test_all_were_released_meanwhile(self) -> None:
        """As Octavia does when a build has waited for too long."""
        amphora_id = self.add_request()
        self._use(-_OTHERS - 1)
        transaction.run(build_slots.release, amphora_id)
        self.assertEqual((0, {self.other_id}), self.get_used())

    def test_task_is_repeated(self) -> None:
        """As taskflow does when a worker dies before a result is saved."""
        amphora_id = str(uuid.uuid4())
        slots = build_slots.BuildSlots()
        for _ in range(2):
            slots.add_to_build_request_queue(amphora_id, 40)
            self.assertEqual(_OTHERS + 1, self.get_used()[0])
        server_id = compute.SandboxComputeDriver().build()
        for _ in range(2):
            servers.AwaitServer().execute(server_id, amphora_id, None)
            self.assert_released()
