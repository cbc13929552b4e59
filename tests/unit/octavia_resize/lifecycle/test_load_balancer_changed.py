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


"""What happens to a resize whose load balancer somebody else changes."""

from typing import Any

from octavia.db import api as db_api
from octavia.db import models as octavia_models

from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import progress
from tests.unit.octavia_resize import topologies

_CHANGED = 'Something else changed the load balancer meanwhile'


class TestCase(topologies.SingleTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.before = self.get_amphorae(self.lb_id)
        self.resize(self.lb_id, self.large)

    def set_status(self, status: str) -> None:
        with db_api.session().begin() as session:
            self.repos.load_balancer.update(
                session, self.lb_id, provisioning_status=status
            )

    def check_left_alone(self, status: str) -> None:
        resize = self.get_resize(self.lb_id)
        self.assertEqual(
            ('CANCELLED', _CHANGED), (resize.state, resize.reason)
        )
        self.assertEqual(
            {'status': status, 'flavor_id': self.small},
            self.get_load_balancer(self.lb_id),
        )
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
        with db_api.session().begin() as session:
            self.repos.amphora.update(
                session, self.before[0][0], status='PENDING_DELETE'
            )
        self.before = self.get_amphorae(self.lb_id)
        self.run_worker(self.lb_id)
        self.check_left_alone('PENDING_UPDATE')

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

        def look() -> None:
            resize = self.get_resize(self.lb_id)
            if (
                not done
                and resize.phase == phase
                and len(resize.built) >= begun
                and resize.amphorae_built >= built
            ):
                done.append(True)
                change()

        self.run_worker(self.lb_id, after=dict.fromkeys(range(500), look))
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

    def test_new_amphorae_may_serve_already(self) -> None:
        """Once the switch has begun, nothing of either kind is deleted."""
        for phase in ('switching', 'cleaning up'):
            for status in ('ERROR', 'PENDING_DELETE'):
                self.lb_id = self.create_load_balancer(self.small)
                old = {a[0] for a in self.get_amphorae(self.lb_id)}
                self.resize(self.lb_id, self.large)
                self._change_in(phase, lambda s=status: self.set_status(s))
                resize = self.get_resize(self.lb_id)
                self.assertEqual(
                    ('CANCELLED', _CHANGED), (resize.state, resize.reason)
                )
                self.assertEqual(
                    {'status': status, 'flavor_id': self.small},
                    self.get_load_balancer(self.lb_id),
                )
                left = {
                    a[0]
                    for a in self.get_amphorae(self.lb_id)
                    if a[2] == 'ALLOCATED'
                }
                self.assertLessEqual(set(resize.built), left | old)
                self.assertEqual(set(resize.built), left - old)

    def test_failed_over(self) -> None:
        def fail_over() -> None:
            with db_api.session().begin() as session:
                self.repos.amphora.update(
                    session, self.before[0][0], status='PENDING_DELETE'
                )

        self._change_in('building', fail_over)
        self.before = [
            (a[0], a[1], 'PENDING_DELETE', a[3]) for a in self.before
        ]
        self.check_left_alone('PENDING_UPDATE')

    def test_writes_nothing_for_others(self) -> None:
        """Each function that ends a resize, on a load balancer reset."""
        claim = self.start_resize(self.lb_id)
        self.set_status('PENDING_DELETE')
        with db_api.session().begin() as session:
            self.assertFalse(progress.fail(session, claim, 'No room'))
        self.check_left_alone('PENDING_DELETE')
        for end in (progress.complete, progress.end_rollback):
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
            self.resizes.get(session, self.lb_id).built = ['amphora']
        self.set_status('PENDING_DELETE')
        with db_api.session().begin() as session:
            self.assertTrue(progress.fail(session, claim, 'No room'))
        resize = self.get_resize(self.lb_id)
        self.assertEqual(('FAILED', 'No room'), (resize.state, resize.reason))
        self.assertEqual(
            {'status': 'PENDING_DELETE', 'flavor_id': self.small},
            self.get_load_balancer(self.lb_id),
        )

    def test_not_the_owner(self) -> None:
        claim = self.start_resize(self.lb_id)
        stale = claim._replace(owner='host/2')
        with db_api.session().begin() as session:
            self.assertIsNone(ownership.hold(session, stale))
            self.assertFalse(progress.begin_switch(session, stale))
            self.assertFalse(progress.begin_clean_up(session, stale))
            self.assertFalse(progress.begin_rollback(session, stale))
            self.assertFalse(progress.end_rollback(session, stale))
            self.assertFalse(progress.complete(session, stale))
            self.assertFalse(progress.fail(session, stale, 'No room'))
            self.assertFalse(progress.replace(session, stale, 'amphora'))
            progress.resume(session, stale)
            ownership.hand_over(session, stale, 'host/3')
            ownership.beat(session, ['host/2'])
        resize = self.get_resize(self.lb_id)
        self.assertEqual(
            ('RUNNING', 'building', 0, 'host/1'),
            (resize.state, resize.phase, resize.heartbeat, resize.owner),
        )
