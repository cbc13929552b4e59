# SPDX-License-Identifier: Apache-2.0


"""How an operator frees a load balancer that is stuck."""

import contextlib
import datetime
import io
import uuid

from octavia.db import api as db_api
from octavia.db import models as octavia_models
from oslo_utils import timeutils

from octavia_resize.cmd import unlock
from octavia_resize.db import models
from tests.unit.octavia_resize import topologies


class TestCase(topologies.SingleTestCase):
    """A load balancer that a resize has left PENDING_UPDATE an hour ago."""

    def setUp(self) -> None:
        super().setUp()
        self.resize(self.lb_id, self.large)
        self.run_worker(self.lb_id)
        self.since = timeutils.utcnow() - datetime.timedelta(hours=1)
        self.update_rows(
            models.Resize,
            {'updated_at': self.since},
            load_balancer_id=self.lb_id,
        )
        self.set_load_balancer('PENDING_UPDATE', self.since)

    def set_load_balancer(self, status: str, at: datetime.datetime) -> None:
        self.update_rows(
            octavia_models.LoadBalancer,
            {'provisioning_status': status, 'updated_at': at},
            id=self.lb_id,
        )

    def unlock(self, lb_id: str | None = None) -> tuple[bool, str, str]:
        """Return whether the load balancer is freed, stdout and stderr."""
        with (
            contextlib.redirect_stdout(io.StringIO()) as output,
            contextlib.redirect_stderr(io.StringIO()) as errors,
        ):
            is_freed = unlock.unlock(lb_id or self.lb_id)
        return is_freed, output.getvalue(), errors.getvalue()

    def assert_not_touched(self, status: str) -> None:
        is_freed, _, errors = self.unlock()
        self.assertFalse(is_freed)
        self.assertIn(f'Load balancer {self.lb_id} is not stuck', errors)
        self.assertEqual(status, self.get_load_balancer(self.lb_id)['status'])


class TestNotStuck(TestCase):
    def test_not_pending(self) -> None:
        self.set_load_balancer('ACTIVE', self.since)
        self.assert_not_touched('ACTIVE')

    def test_changed_just_now(self) -> None:
        self.set_load_balancer('PENDING_UPDATE', timeutils.utcnow())
        self.assert_not_touched('PENDING_UPDATE')

    def test_a_listener_is_changed(self) -> None:
        self.update_rows(
            octavia_models.Listener,
            {'provisioning_status': 'PENDING_UPDATE'},
            load_balancer_id=self.lb_id,
        )
        self.assert_not_touched('PENDING_UPDATE')

    def test_failed_over(self) -> None:
        with db_api.session().begin() as session:
            self.repos.amphora.create(
                session,
                id=str(uuid.uuid4()),
                load_balancer_id=self.lb_id,
                status='ALLOCATED',
            )
        self.assert_not_touched('PENDING_UPDATE')

    def test_resize_in_progress(self) -> None:
        self.set_load_balancer('ACTIVE', self.since)
        self.resize(self.lb_id, self.small)
        self.assert_not_touched('PENDING_UPDATE')
