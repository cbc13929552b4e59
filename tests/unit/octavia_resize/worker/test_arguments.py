# SPDX-License-Identifier: Apache-2.0

"""What of a load balancer decides which steps a resize has."""

from typing import Any

from octavia.db import api as db_api
from octavia.db import models

from octavia_resize.worker import arguments
from octavia_resize.worker import loading
from tests.unit.octavia_resize import topologies


class ArgumentsTestCase(topologies.SingleTestCase):
    def _get(self) -> Any:
        return loading.get_full_load_balancer(self.lb_id)

    def _change_member(self, **values: Any) -> None:
        with db_api.session().begin() as session:
            (pool,) = session.query(models.Pool).filter_by(
                load_balancer_id=self.lb_id
            )
            session.query(models.Member).filter_by(pool_id=pool.id).update(
                values
            )


class TestCheckSeconds(ArgumentsTestCase):
    def _check(self, expected: int | None) -> None:
        self.assertEqual(expected, arguments.get_check_seconds(self._get()))

    def test_nobody_checks_members(self) -> None:
        self._check(None)

    def test_all_are_up(self) -> None:
        self.add_health_monitor(self.lb_id)
        self._check(0)

    def test_one_is_down(self) -> None:
        self.add_health_monitor(self.lb_id, delay=5, timeout=3)
        self._change_member(operating_status='ERROR')
        self._check(8)

    def test_the_monitor_is_off(self) -> None:
        self.add_health_monitor(self.lb_id, enabled=False)
        self._change_member(operating_status='ERROR')
        self._check(None)


class TestSharesSessions(ArgumentsTestCase):
    def _check(self, expected: bool) -> None:
        self.assertIs(expected, arguments.shares_sessions(self._get()))

    def test_single(self) -> None:
        """Octavia gives its haproxy no peers."""
        self.add_session_persistence(self.lb_id)
        self._check(False)

    def test_active_standby(self) -> None:
        self.lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        self._check(False)
        self.add_session_persistence(self.lb_id)
        self._check(True)

    def test_the_cookie_names_the_member(self) -> None:
        self.lb_id = self.create_load_balancer(self.ha_small, 'ACTIVE_STANDBY')
        self.add_session_persistence(self.lb_id, 'HTTP_COOKIE')
        self._check(False)
