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

"""A resize asks no more of the database than a failover does, or hardly."""

from collections.abc import Callable

from octavia.db import api as db_api
from sqlalchemy import event

from octavia_resize.worker import controller
from tests.unit.octavia_resize import base

#: Before each task the record is read once.
_MOST = 1.30


class TestCost(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.worker = controller.ResizeWorker()

    def _statements(self, run: Callable[[], None]) -> int:
        """Count the SQL statements of a flow."""
        statements: list[str] = []

        def note(_connection: object, _cursor: object, text: str, *_: object):
            statements.append(text)

        engine = db_api.get_engine()
        event.listen(engine, 'before_cursor_execute', note)
        try:
            run()
        finally:
            event.remove(engine, 'before_cursor_execute', note)
        return len(statements)

    def _resize(self, lb_id: str, flavor_id: str) -> int:
        self.assertEqual(202, self.resize(lb_id, flavor_id).status_int)
        resize_id = self.get_resize(lb_id).id
        return self._statements(
            lambda: self.worker.resize_load_balancer(lb_id, resize_id)
        )

    def _fail_over(self, lb_id: str) -> int:
        with db_api.session().begin() as session:
            self.repos.load_balancer.update(
                session, lb_id, provisioning_status='PENDING_UPDATE'
            )
        return self._statements(
            lambda: self.worker.failover_loadbalancer(lb_id)
        )

    def _compare(self, topology: str, before: str, after: str) -> None:
        resized, failed_over = (
            self.create_load_balancer(before, topology) for _ in range(2)
        )
        ours, peer = self._resize(resized, after), self._fail_over(failed_over)
        for lb_id in (resized, failed_over):
            self.assertEqual('ACTIVE', self.get_load_balancer(lb_id)['status'])
        self.assertLessEqual(ours, peer * _MOST, f'{ours}, {peer}')

    def test_single(self) -> None:
        self._compare('SINGLE', self.small, self.large)

    def test_active_standby(self) -> None:
        self._compare('ACTIVE_STANDBY', self.ha_small, self.ha_large)
