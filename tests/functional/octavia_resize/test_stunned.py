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

"""A worker that stands still after each task in turn.

Another worker sees to the end of the resize. Then the first one goes on.
"""

import collections
import threading

from octavia.db import api as db_api
from testtools.content import text_content

from octavia_resize.lifecycle import ownership
from octavia_resize.worker import controller
from tests.functional.octavia_resize import base
from tests.functional.octavia_resize import each_task


class StunnedTestCase(base.TestCase):
    def stun_after_each_task(self) -> None:
        for number, name in each_task.chosen(self.run_worker(self.prepare())):
            self.addDetail('stunned after', text_content(f'{number} {name}'))
            lb_id = self.prepare()
            after = {number: lambda lb_id=lb_id: self._take_over(lb_id)}
            self.run_worker(lb_id, after=after)
            self.check_sound(lb_id)

    def stun_in_each_task_back(self) -> None:
        """The same, for the rollback after a cancel of what is built."""
        back = self._cancel(self.prepare(), None)
        for number, name in each_task.chosen(back):
            self.addDetail('stunned after', text_content(f'{number} {name}'))
            lb_id = self.prepare()
            self._cancel(lb_id, number)
            self.assertEqual('CANCELLED', self.get_resize(lb_id).state)
            self.check_sound(lb_id)

    def _cancel(self, lb_id: str, stunned_after: int | None) -> list[str]:
        """Cancel a resize as soon as all its amphorae are built.

        :param stunned_after: Number of a task of the rollback, from 0.
        :returns: Names of the tasks of the rollback.
        """
        counts: collections.Counter[str | None] = collections.Counter()
        # The amphorae of a pair are built, and deleted, side by side.
        lock = threading.Lock()

        def look() -> None:
            with lock:
                resize = self.get_resize(lb_id)
                number = counts[resize.phase]
                counts[resize.phase] += 1
                if (
                    resize.amphorae_built == len(self.before)
                    and resize.state == 'RUNNING'
                ):
                    self.request('DELETE', lb_id)
            if (resize.phase, number) == ('going back', stunned_after):
                self._take_over(lb_id)

        begun = self.run_worker(lb_id, after=dict.fromkeys(range(500), look))
        return begun[counts['building'] :]

    def _take_over(self, lb_id: str) -> None:
        resize = self.get_resize(lb_id)
        with db_api.session().begin() as session:
            claim = ownership.take_over(session, resize, 'another/1')
        assert claim is not None
        controller.ResizeWorker().recover(resize, claim)


class TestSingle(StunnedTestCase):
    topology = 'SINGLE'

    def test_way_there(self) -> None:
        self.stun_after_each_task()

    def test_way_back(self) -> None:
        self.stun_in_each_task_back()


class TestActiveStandby(StunnedTestCase):
    topology = 'ACTIVE_STANDBY'

    def test_way_there(self) -> None:
        self.stun_after_each_task()

    def test_way_back(self) -> None:
        self.stun_in_each_task_back()

    def test_way_back_one_by_one(self) -> None:
        """The old standby, which is gone, is built again."""
        self.build_one_by_one()
        self.stun_in_each_task_back()
