# SPDX-License-Identifier: Apache-2.0


"""A resize that is cancelled after each task of its building in turn."""

from testtools.content import text_content

from tests.functional.octavia_resize import each_task
from tests.unit.octavia_resize import base


class CancelTestCase(base.TestCase):
    def _each_task(self, previous: str, new: str, topology: str) -> None:
        lb_id = self.create_load_balancer(previous, topology)
        self.resize(lb_id, new)
        begun = self.run_worker(lb_id)
        for number, name in each_task.sample(each_task.chosen(begun)):
            lb_id = self.create_load_balancer(previous, topology)
            before = self.get_amphorae(lb_id)
            children = self.get_children(lb_id)
            self.resize(lb_id, new)
            answers: list[tuple[str | None, int]] = []

            def cancel() -> None:
                phase = self.get_resize(lb_id).phase
                status = self.request('DELETE', lb_id).status_int
                answers.append((phase, status))

            self.run_worker(lb_id, after={number: cancel})
            self.addDetail('cancelled after', text_content(name))
            ((phase, status),) = answers
            self.assertEqual(children, self.get_children(lb_id))
            if phase != 'building':
                # From here on it is too late, whatever the task.
                self.assertEqual(409, status)
                self.assertEqual('COMPLETED', self.get_resize(lb_id).state)
                return
            self.assertEqual(202, status)
            self.assertEqual('CANCELLED', self.get_resize(lb_id).state)
            self.assertEqual(
                {'status': 'ACTIVE', 'flavor_id': previous},
                self.get_load_balancer(lb_id),
            )
            self.assertEqual(before, self.get_amphorae(lb_id))


class TestSingle(CancelTestCase):
    def test_queued(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        amphorae = self.get_amphorae(lb_id)
        self.resize(lb_id, self.large)
        self.assertEqual(202, self.request('DELETE', lb_id).status_int)
        self.assertEqual([], self.run_worker(lb_id))
        self.assertEqual(
            {'status': 'ACTIVE', 'flavor_id': self.small},
            self.get_load_balancer(lb_id),
        )
        self.assertEqual(amphorae, self.get_amphorae(lb_id))

    def test_each_task(self) -> None:
        self._each_task(self.small, self.large, 'SINGLE')


class TestActiveStandby(CancelTestCase):
    def test_each_task(self) -> None:
        self._each_task(self.ha_small, self.ha_large, 'ACTIVE_STANDBY')
