# SPDX-License-Identifier: Apache-2.0


"""What happens to a resize whose load balancer somebody else changes."""

from typing import Any
from unittest import mock
import uuid

from octavia.controller.worker.v2.tasks import compute_tasks
from octavia.db import api as db_api
from octavia.db import models as octavia_models

from octavia_resize.lifecycle import progress
from octavia_resize.lifecycle import rollback
from tests.unit.octavia_resize import topologies

_CHANGED = 'Something else changed the load balancer meanwhile'


class TestCase(topologies.SingleTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.before = self.get_amphorae(self.lb_id)
        self.resize(self.lb_id, self.large)

    def set_status(self, status: str) -> None:
        self.set_lb_status(self.lb_id, status)

    def add_amphora(self) -> None:
        """Create an amphora, as a failover does."""
        with db_api.session().begin() as session:
            self.repos.amphora.create(
                session,
                id=str(uuid.uuid4()),
                load_balancer_id=self.lb_id,
                status='ALLOCATED',
                role='STANDALONE',
                compute_flavor='sandbox.small',
            )

    def check_left_alone(self, status: str) -> None:
        resize = self.get_resize(self.lb_id)
        self.assertEqual(
            ('CANCELLED', _CHANGED), (resize.state, resize.reason)
        )
        self.assert_load_balancer(self.lb_id, status, self.small)
        self.assertEqual(self.before, self.get_amphorae(self.lb_id))


class TestQueued(TestCase):
    """No worker was there; an operator has reset the load balancer."""

    def test_deleted(self) -> None:
        for status in ('DELETED', 'PENDING_DELETE', 'ERROR', 'ACTIVE'):
            self.set_status(status)
            self.assertEqual([], self.run_worker(self.lb_id))
            self.check_left_alone(status)
            self.set_status('ACTIVE')
            self.resize(self.lb_id, self.large)

    def test_failed_over(self) -> None:
        """PENDING_UPDATE again, but for another reason."""
        self.add_amphora()
        self.before = self.get_amphorae(self.lb_id)
        self.run_worker(self.lb_id)
        self.check_left_alone('PENDING_UPDATE')

    def test_cancelled(self) -> None:
        """The status belongs to somebody else."""
        self.set_status('ERROR')
        for status in ('ERROR', 'PENDING_UPDATE'):
            response = self.request('DELETE', self.lb_id)
            self.assertEqual(202, response.status_int)
            self.check_left_alone(status)
            self.resize(self.lb_id, self.large)
            self.add_amphora()
            self.before = self.get_amphorae(self.lb_id)

    def test_purged(self) -> None:
        """The record goes with the load balancer."""
        resize_id = self.get_resize(self.lb_id).id
        with db_api.session().begin() as session:
            lb = session.get(octavia_models.LoadBalancer, self.lb_id)
            for amphora in list(lb.amphorae):
                session.delete(amphora)
            for rows in (lb.listeners, lb.pools):
                for row in list(rows):
                    session.delete(row)
            session.flush()
            session.query(octavia_models.Vip).filter_by(
                load_balancer_id=self.lb_id
            ).delete()
            session.query(octavia_models.LoadBalancer).filter_by(
                id=self.lb_id
            ).delete()
        with db_api.session().begin() as session:
            self.assertIsNone(self.resizes.get_by_id(session, resize_id))


class TestRunning(TestCase):
    """It is changed while a worker runs the resize."""

    def _change_in(
        self, phase: str, change: Any, begun: int = 0, built: int = 0
    ) -> None:
        """Run the resize, and have a change made once it has gone so far.

        :param begun: Of how many new amphorae the build has begun.
        :param built: How many of them are built.
        """
        done: list[bool] = []

        def poll() -> None:
            resize = self.get_resize(self.lb_id)
            if (
                not done
                and resize.phase == phase
                and len(resize.new_amphorae) >= begun
                and len(resize.ready) >= built
            ):
                done.append(True)
                change()

        self.run_worker(self.lb_id, after=dict.fromkeys(range(500), poll))
        self.assertEqual([True], done)

    def test_deleted(self) -> None:
        for status, begun, built in (
            ('ERROR', 0, 0),
            ('PENDING_DELETE', 1, 0),
            ('DELETED', 1, 1),
        ):
            self._change_in(
                'building', lambda s=status: self.set_status(s), begun, built
            )
            self.check_left_alone(status)
            self.set_status('ACTIVE')
            self.resize(self.lb_id, self.large)

    def test_reset_and_not_rolled_back(self) -> None:
        """A load balancer with an amphora too many is not ACTIVE."""
        with mock.patch.object(
            # Not the driver: Octavia's task retries that for minutes.
            compute_tasks.ComputeDelete,
            'execute',
            autospec=True,
            side_effect=RuntimeError('Nova is away'),
        ):
            self._change_in('switching', lambda: self.set_status('ACTIVE'))
        resize = self.get_resize(self.lb_id)
        self.assertEqual('FAILED', resize.state)
        self.assertTrue(resize.reason.startswith(_CHANGED), resize.reason)
        self.assertEqual('ERROR', self.get_load_balancer(self.lb_id)['status'])

    def test_reset_in_the_switch(self) -> None:
        """The old amphorae serve again; the status is the operator's."""
        for status in ('ERROR', 'ACTIVE'):
            self._change_in('switching', lambda s=status: self.set_status(s))
            self.check_left_alone(status)
            self.set_status('ACTIVE')
            self.resize(self.lb_id, self.large)

    def test_deleted_in_the_switch(self) -> None:
        """What was built is deleted, and nothing else is touched."""
        self._change_in('switching', lambda: self.set_status('PENDING_DELETE'))
        self.check_left_alone('PENDING_DELETE')

    def test_reset_in_the_clean_up(self) -> None:
        """The new amphorae serve: the rest of the resize is done."""
        for status in ('ERROR', 'ACTIVE'):
            self._change_in('cleaning up', lambda s=status: self.set_status(s))
            self.assertEqual('COMPLETED', self.get_resize(self.lb_id).state)
            self.assert_load_balancer(self.lb_id, status, self.large)
            ((*_, amphora_status, compute_flavor),) = self.get_amphorae(
                self.lb_id
            )
            self.assertEqual(
                ('ALLOCATED', 'sandbox.large'),
                (amphora_status, compute_flavor),
            )
            self.lb_id = self.create_load_balancer(self.small)
            self.resize(self.lb_id, self.large)

    def test_deleted_in_the_clean_up(self) -> None:
        self._change_in(
            'cleaning up', lambda: self.set_status('PENDING_DELETE')
        )
        resize = self.get_resize(self.lb_id)
        self.assertEqual(
            ('CANCELLED', _CHANGED), (resize.state, resize.reason)
        )
        self.assert_load_balancer(self.lb_id, 'PENDING_DELETE', self.small)

    def test_failed_over(self) -> None:
        """An amphora of somebody else's is not touched, in no phase."""
        for phase in ('building', 'switching', 'cleaning up'):
            self._change_in(phase, self.add_amphora)
            resize = self.get_resize(self.lb_id)
            self.assertEqual(
                ('CANCELLED', _CHANGED), (resize.state, resize.reason)
            )
            self.assert_load_balancer(self.lb_id, 'PENDING_UPDATE', self.small)
            others = {
                amphora_id
                for amphora_id, *_ in self.get_amphorae(self.lb_id)
                if amphora_id not in {*resize.amphorae, *resize.new_amphorae}
            }
            self.assertEqual(1, len(others))
            self.lb_id = self.create_load_balancer(self.small)
            self.resize(self.lb_id, self.large)

    def test_writes_nothing_for_others(self) -> None:
        """Each function that ends a resize, on a load balancer reset."""
        claim = self.start_resize(self.lb_id)
        self.set_status('PENDING_DELETE')
        with db_api.session().begin() as session:
            self.assertFalse(progress.fail(session, claim, 'No room'))
        self.check_left_alone('PENDING_DELETE')
        for end in (progress.complete, rollback.end):
            self.set_status('ACTIVE')
            self.resize(self.lb_id, self.large)
            claim = self.start_resize(self.lb_id)
            self.set_status('PENDING_DELETE')
            with db_api.session().begin() as session:
                self.assertFalse(end(session, claim))
            self.check_left_alone('PENDING_DELETE')

    def test_rollback_that_fails(self) -> None:
        """What the resize has built is still there: it is not hidden."""
        claim = self.start_resize(self.lb_id)
        with db_api.session().begin() as session:
            self.resizes.get(session, self.lb_id).new_amphorae = ['amphora']
        self.set_status('PENDING_DELETE')
        with db_api.session().begin() as session:
            self.assertTrue(progress.fail(session, claim, 'No room'))
        resize = self.get_resize(self.lb_id)
        self.assertEqual(('FAILED', 'No room'), (resize.state, resize.reason))
        self.assert_load_balancer(self.lb_id, 'PENDING_DELETE', self.small)
