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

"""A failure of each task of the flow, on a real Octavia, and the way out."""

from typing import Any

from octavia.controller.worker.v2 import controller_worker
from octavia.db import api as db_api
from octavia.db import models
from oslo_config import cfg
import sqlalchemy
from testtools.content import text_content

from tests.unit.octavia_resize import base


def without_status(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {key: row[key] for key in row if key != 'provisioning_status'}
        for row in rows
    ]


class FailureTestCase(base.TestCase):
    def _fail_each_task(
        self, previous: str, new: str, topology: str, amphorae: int
    ) -> None:
        lb_id = self.create_load_balancer(previous, topology)
        self.resize(lb_id, new)
        begun = base.run_worker(self, lb_id)
        for number, name in enumerate(begun):
            self.addDetail('failed task', text_content(f'{number} {name}'))
            lb_id = self.create_load_balancer(previous, topology)
            children = self.get_children(lb_id)
            self.resize(lb_id, new)
            base.run_worker(self, lb_id, fail_at=number)

            resize = self.get_resize(lb_id)
            if resize.state == 'COMPLETED':
                # Octavia tries the task again, or does without it.
                flavor_id = new
            else:
                self.assertEqual('FAILED', resize.state)
                self.assertEqual('A step of the resize failed', resize.reason)
                self.assertEqual(f'task {number} fails', resize.detail)
                self.assertEqual(
                    {'status': 'ERROR', 'flavor_id': previous},
                    self.get_load_balancer(lb_id),
                )
                # Octavia's tasks set listeners to ERROR when reverted.
                self.assertEqual(
                    without_status(children),
                    without_status(self.get_children(lb_id)),
                )
                if number % 2:
                    self.resize(lb_id, new)
                    base.run_worker(self, lb_id)
                    flavor_id = new
                else:
                    self._fail_over(lb_id)
                    flavor_id = previous
            self.assertEqual(
                {'status': 'ACTIVE', 'flavor_id': flavor_id},
                self.get_load_balancer(lb_id),
            )
            compute_flavor = (
                'sandbox.large' if flavor_id == new else 'sandbox.small'
            )
            after = self.get_amphorae(lb_id)
            self.assertEqual(
                [('ALLOCATED', compute_flavor)] * amphorae,
                [amphora[2:] for amphora in after],
            )
            self.assertEqual(children, self.get_children(lb_id))
            self._assert_no_server_leaked()

    def _fail_over(self, lb_id: str) -> None:
        """Do what Octavia does when an admin asks for a failover."""
        with db_api.session().begin() as session:
            self.repos.load_balancer.update(
                session, lb_id, provisioning_status='PENDING_UPDATE'
            )
        controller_worker.ControllerWorker().failover_loadbalancer(lb_id)

    def _assert_no_server_leaked(self) -> None:
        with db_api.session().begin() as session:
            known = {
                compute_id
                for (compute_id,) in session.query(
                    models.Amphora.compute_id
                ).filter(models.Amphora.status != 'DELETED')
            }
        engine = sqlalchemy.create_engine(
            f'sqlite:///{cfg.CONF.resize_sandbox.cloud_database}'
        )
        with engine.connect() as connection:
            servers = {
                server_id
                for (server_id,) in connection.execute(
                    sqlalchemy.text('SELECT id FROM servers')
                )
            }
        self.assertEqual(set(), servers - known)


class TestSingle(FailureTestCase):
    def test_each_task(self) -> None:
        self._fail_each_task(self.small, self.large, 'SINGLE', 1)


class TestActiveStandby(FailureTestCase):
    def test_each_task(self) -> None:
        self._fail_each_task(self.ha_small, self.ha_large, 'ACTIVE_STANDBY', 2)
