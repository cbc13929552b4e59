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


"""Each task failed in turn, and each worker stunned after each task."""

from typing import Any

from octavia.db import api as db_api
from octavia.db import models
from oslo_config import cfg
import sqlalchemy
from testtools.content import text_content

from octavia_resize.lifecycle import ownership
from octavia_resize.worker import controller
from tests.functional.octavia_resize import each_task
from tests.unit.octavia_resize import base


class FailureTestCase(base.TestCase):
    topology: str

    def setUp(self) -> None:
        super().setUp()
        if self.topology == 'SINGLE':
            self.old, self.new = self.small, self.large
        else:
            self.old, self.new = self.ha_small, self.ha_large

    def _prepare(self) -> str:
        lb_id = self.create_load_balancer(self.old, self.topology)
        self.before = self.get_amphorae(lb_id)
        self.children = self.get_children(lb_id)
        self.resize(lb_id, self.new)
        return lb_id

    def _count_tasks(self) -> list[str]:
        return self.run_worker(self._prepare())

    def _check_each(self, lb_id: str) -> None:
        """Check that the load balancer is as before, or has its new flavor."""
        resize = self.get_resize(lb_id)
        self.assertEqual(self.children, self.get_children(lb_id))
        self._assert_no_server_leaked()
        after = self.get_amphorae(lb_id)
        if resize.state == 'COMPLETED':
            self.assertEqual(
                {'status': 'ACTIVE', 'flavor_id': self.new},
                self.get_load_balancer(lb_id),
            )
            self.assertEqual(
                [('ALLOCATED', 'sandbox.large')] * len(self.before),
                [
                    amphora[2:]
                    for amphora in after
                    if amphora[0] not in {a[0] for a in self.before}
                ],
            )
            return
        self.assertEqual('FAILED', resize.state)
        self.assertEqual(
            {'status': 'ERROR', 'flavor_id': self.old},
            self.get_load_balancer(lb_id),
        )
        self.assertEqual(self.before, after)
        self.assertEqual(202, self.request('DELETE', lb_id).status_int)
        self.assertEqual(
            {'status': 'ACTIVE', 'flavor_id': self.old},
            self.get_load_balancer(lb_id),
        )

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

    def _fail_each_task(self) -> None:
        for number, name in enumerate(self._count_tasks()):
            self.addDetail('failed task', text_content(f'{number} {name}'))
            lb_id = self._prepare()
            self.run_worker(lb_id, fail_at=number)
            resize = self.get_resize(lb_id)
            if resize.state == 'FAILED':
                self.assertEqual('A step of the resize failed', resize.reason)
                self.assertEqual(f'task {number} fails', resize.detail)
            self._check_each(lb_id)

    def _stun_after_each_task(self) -> None:
        """Another worker sees to the end of it, then the first wakes up."""
        for number, name in each_task.chosen(self._count_tasks()):
            self.addDetail('stunned after', text_content(f'{number} {name}'))
            lb_id = self._prepare()
            after = {number: lambda lb_id=lb_id: self._take_over(lb_id)}
            self.run_worker(lb_id, after=after)
            self._check_each(lb_id)

    def _take_over(self, lb_id: Any) -> None:
        resize = self.get_resize(lb_id)
        with db_api.session().begin() as session:
            claim = ownership.take_over(session, resize, 'another/1')
        assert claim is not None
        controller.ResizeWorker().recover(resize, claim)
        self.ended = self.get_resize(lb_id)


class TestSingle(FailureTestCase):
    topology = 'SINGLE'

    def test_each_task(self) -> None:
        self._fail_each_task()

    def test_stunned(self) -> None:
        self._stun_after_each_task()


class TestSingleWithIPv6(FailureTestCase):
    """The new amphora has the VIPs before its port is connected."""

    topology = 'SINGLE'

    def create_load_balancer(self, *args: Any, **kwargs: Any) -> str:
        lb_id = super().create_load_balancer(*args, **kwargs)
        self.add_ipv6_vip(lb_id)
        return lb_id

    def test_each_task(self) -> None:
        self._fail_each_task()


class TestActiveStandby(FailureTestCase):
    topology = 'ACTIVE_STANDBY'

    def test_each_task(self) -> None:
        self._fail_each_task()

    def test_stunned(self) -> None:
        self._stun_after_each_task()
