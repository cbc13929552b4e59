# SPDX-License-Identifier: Apache-2.0

"""Each task of a resize failed in turn."""

from typing import Any

from testtools.content import text_content

from tests.functional.octavia_resize import base
from tests.functional.octavia_resize import each_task


class FailureTestCase(base.TestCase):
    def fail_each_task(self, begin: str = '') -> None:
        """Fail one task after the other.

        :param begin: Part of the name of the first of them.
        """
        tasks = each_task.chosen(self.run_worker(self.prepare()))
        while begin not in tasks[0][1]:
            del tasks[0]
        for number, name in each_task.sample(tasks):
            self.addDetail('failed task', text_content(f'{number} {name}'))
            lb_id = self.prepare()
            self.run_worker(lb_id, fail_at=number)
            resize = self.get_resize(lb_id)
            if resize.state == 'FAILED':
                self.assertEqual('A step of the resize failed', resize.reason)
                self.assertEqual(f'task {number} fails', resize.detail)
            self.check_sound(lb_id)
            self.assert_no_server_leaked()


class TestSingle(FailureTestCase):
    topology = 'SINGLE'

    def test_each_task(self) -> None:
        self.fail_each_task()


class TestSingleWithIPv6(FailureTestCase):
    """The new amphora has the VIPs before its port is connected.

    What comes before the VIPs is as without an IPv6 address.
    """

    topology = 'SINGLE'

    def create_load_balancer(self, *args: Any, **kwargs: Any) -> str:
        lb_id = super().create_load_balancer(*args, **kwargs)
        self.add_ipv6_vip(lb_id)
        return lb_id

    def test_each_task(self) -> None:
        self.fail_each_task('post-vip-plug')


class TestActiveStandby(FailureTestCase):
    """The new pair gets the sessions of clients, too."""

    topology = 'ACTIVE_STANDBY'

    def create_load_balancer(self, *args: Any, **kwargs: Any) -> str:
        lb_id = super().create_load_balancer(*args, **kwargs)
        self.add_session_persistence(lb_id)
        return lb_id

    def test_each_task(self) -> None:
        self.fail_each_task()
