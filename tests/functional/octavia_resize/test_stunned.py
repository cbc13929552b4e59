# SPDX-License-Identifier: Apache-2.0

"""A worker that stands still before each flow, and after each task, in turn.

Another worker ends the resize. Then the first one continues.
"""

import collections
from collections.abc import Callable
import re
import threading
from typing import Any

from octavia.db import api as db_api
from oslo_config import cfg
from testtools.content import text_content

from octavia_resize import opts
from octavia_resize.lifecycle import ownership
from octavia_resize.worker import controller
from tests.functional.octavia_resize import base
from tests.functional.octavia_resize import each_task
from tests.unit.octavia_resize import counted


class _Worker(counted.Worker):
    """A worker that does something before each flow, and after each task.

    :param before_flow: Takes the number of the flow, from 0.
    """

    def __init__(
        self,
        before_flow: Callable[[int], None],
        after_task: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(None, dict.fromkeys(range(500), after_task))
        self.flows = 0
        self._before_flow = before_flow

    def run_flow(self, *args: Any, **kwargs: Any) -> None:
        self._before_flow(self.flows)
        self.flows += 1
        super().run_flow(*args, **kwargs)


class StunnedTestCase(base.TestCase):
    def stun_before_each_flow(self) -> None:
        worker = _Worker(lambda _: None)
        self._run(worker, self.prepare())
        for number in range(worker.flows):
            self.addDetail('stunned before flow', text_content(str(number)))
            lb_id = self.prepare()
            self._run(
                _Worker(
                    lambda flow, number=number, lb_id=lb_id: (
                        self._take_over(lb_id) if flow == number else None
                    )
                ),
                lb_id,
            )
            self.check_sound(lb_id)
            self.assert_no_server_leaked()

    def _run(self, worker: _Worker, lb_id: str) -> None:
        worker.resize_load_balancer(lb_id, self.get_resize(lb_id).id)

    def stun_after_each_task(self) -> None:
        tasks = each_task.chosen(self.run_worker(self.prepare()))
        for number, name in each_task.sample(tasks):
            self.addDetail('stunned after', text_content(f'{number} {name}'))
            lb_id = self.prepare()
            after = {number: lambda lb_id=lb_id: self._take_over(lb_id)}
            self.run_worker(lb_id, after=after)
            self.check_sound(lb_id)
            self.assert_no_server_leaked()

    def stun_on_the_way_back(self, kinds: str = '') -> None:
        """Stun before the rollback after a cancel, and after each task of it.

        The resize is cancelled as soon as all amphorae are built.

        :param kinds: Expression that finds the tasks after which to stun.
        """
        tasks = [
            (number, name)
            for number, name in each_task.chosen(
                self._cancel(self.prepare(), None)
            )
            if re.search(kinds, name)
        ]
        for number, name in ((-1, 'begin'), *each_task.sample(tasks)):
            self.addDetail('stunned after', text_content(f'{number} {name}'))
            lb_id = self.prepare()
            self._cancel(lb_id, number)
            self.assertEqual('CANCELLED', self.get_resize(lb_id).state)
            self.check_sound(lb_id)
            self.assert_no_server_leaked()

    def _cancel(self, lb_id: str, stunned_after: int | None) -> list[str]:
        """Cancel a resize as soon as all its amphorae are built.

        :param stunned_after: Number of a task of the rollback, from 0; -1
            for its beginning.
        :returns: Names of the tasks of the rollback.
        """
        counts: collections.Counter[str | None] = collections.Counter()
        # The amphorae of a pair are built, and deleted, side by side.
        lock = threading.Lock()

        def before_flow(_: int) -> None:
            phase = self.get_resize(lb_id).phase
            if (phase, stunned_after) == ('rolling back', -1):
                self._take_over(lb_id)

        def after_task() -> None:
            with lock:
                resize = self.get_resize(lb_id)
                number = counts[resize.phase]
                counts[resize.phase] += 1
                if (
                    len(resize.ready) == len(self.before)
                    and resize.state == 'RUNNING'
                ):
                    self.request('DELETE', lb_id)
            if (resize.phase, number) == ('rolling back', stunned_after):
                self._take_over(lb_id)

        worker = _Worker(before_flow, after_task)
        self._run(worker, lb_id)
        return worker.begun[counts['building'] :]

    def _take_over(self, lb_id: str) -> None:
        resize = self.get_resize(lb_id)
        with db_api.session().begin() as session:
            claim = ownership.take_over(session, resize, 'another/1')
        assert claim is not None
        controller.ResizeWorker().recover(resize, claim)
        together = opts.get_build_together(cfg.CONF) == opts.TOGETHER
        if len(self.before) == 1 or not together:
            # Else the first worker continues with the other amphora meanwhile.
            self.check_sound(lb_id)


class TestSingle(StunnedTestCase):
    topology = 'SINGLE'

    def test_way_there(self) -> None:
        self.stun_before_each_flow()
        self.stun_after_each_task()

    def test_way_back(self) -> None:
        self.stun_on_the_way_back()


class TestActiveStandby(StunnedTestCase):
    topology = 'ACTIVE_STANDBY'

    def test_way_there(self) -> None:
        self.stun_before_each_flow()
        self.stun_after_each_task()

    def test_way_back(self) -> None:
        self.stun_on_the_way_back()


class TestOneByOne(StunnedTestCase):
    """The old standby is deleted, and built again on the way back."""

    topology = 'ACTIVE_STANDBY'

    def setUp(self) -> None:
        super().setUp()
        self.build_one_by_one()

    def test_way_there(self) -> None:
        self.stun_before_each_flow()

    def test_way_back(self) -> None:
        """Of its many tasks, those that change what the next worker finds."""
        self.stun_on_the_way_back('CheckOwner|^resize-|-indb|-create$|mark-')
