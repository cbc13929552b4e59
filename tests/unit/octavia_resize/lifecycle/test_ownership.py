# SPDX-License-Identifier: Apache-2.0

from octavia.db import api as db_api

from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import phases
from octavia_resize.lifecycle import progress
from octavia_resize.lifecycle import rollback
from tests.unit.octavia_resize.lifecycle import test_rows


class TestOwnership(test_rows.TestCase):
    def test_not_the_owner(self) -> None:
        claim = self.start_resize(self.lb_id)
        self._check_changes_nothing(claim._replace(owner='host/2'))

    def test_not_the_runner(self) -> None:
        """Another conductor continues, for the same owner."""
        claim = self.start_resize(self.lb_id)
        with db_api.session().begin() as session:
            stale = ownership.acquire(session, claim)
            assert stale is not None
            ownership.acquire(session, claim)
        with db_api.session().begin() as session:
            self.assertIsNone(ownership.lock_unless_changed(session, stale))
            self.assertFalse(
                ownership.may_run(session, stale, phases.Flow.BUILD_NEW)
            )
            self.assertFalse(progress.begin_switch(session, stale))

    def _check_changes_nothing(self, stale: ownership.Claim) -> None:
        with db_api.session().begin() as session:
            self.assertIsNone(ownership.lock_unless_changed(session, stale))
            self.assertFalse(progress.begin_switch(session, stale))
            self.assertFalse(progress.begin_clean_up(session, stale))
            self.assertFalse(rollback.begin(session, stale))
            self.assertFalse(rollback.end(session, stale))
            self.assertFalse(progress.complete(session, stale))
            self.assertFalse(progress.fail(session, stale, 'No room'))
            self.assertFalse(progress.note_replaced(session, stale, 'amphora'))
            self.assertFalse(progress.add_amphora(session, stale, 'amphora'))
            self.assertFalse(progress.note_ready(session, stale, 'a'))
            self.assertFalse(progress.retire(session, stale))
            self.assertEqual({}, rollback.lock_old(session, stale))
            self.assertFalse(rollback.put_in_service(session, stale))
            self.assertFalse(rollback.note_standby(session, stale, 'a'))
            progress.resume(session, stale)
            self.assertIsNone(ownership.acquire(session, stale))
            ownership.change_owner(session, stale, 'host/3')
            ownership.beat(session, ['host/2'])
        resize = self.get_resize(self.lb_id)
        self.assertEqual(
            ('RUNNING', 'building', 0, 'host/1'),
            (resize.state, resize.phase, resize.heartbeat, resize.owner),
        )
