# SPDX-License-Identifier: Apache-2.0


"""Each task is executed twice, as the jobboard does after a crash."""

from tests.functional.octavia_resize import base


class RepeatedTestCase(base.TestCase):
    def resize_and_check(self) -> None:
        lb_id = self.prepare()
        self.run_worker(lb_id, repeats=True)
        resize = self.get_resize(lb_id)
        self.assertEqual('COMPLETED', resize.state, resize.detail)
        self.assertEqual(len(self.before), len(resize.ready))
        self.check_sound(lb_id)
        self.assert_no_server_leaked()

    def roll_back_and_check(self) -> None:
        """The resize is cancelled when everything is built."""
        lb_id = self.prepare()

        def cancel() -> None:
            if self.get_resize(lb_id).is_built:
                self.request('DELETE', lb_id)

        self.run_worker(
            lb_id, after=dict.fromkeys(range(500), cancel), repeats=True
        )
        self.assertEqual('CANCELLED', self.get_resize(lb_id).state)
        self.check_sound(lb_id)
        self.assert_no_server_leaked()


class TestSingle(RepeatedTestCase):
    topology = 'SINGLE'

    def test_resize(self) -> None:
        self.resize_and_check()

    def test_rollback(self) -> None:
        self.roll_back_and_check()


class TestActiveStandby(RepeatedTestCase):
    topology = 'ACTIVE_STANDBY'

    def test_resize(self) -> None:
        self.resize_and_check()

    def test_rollback(self) -> None:
        self.roll_back_and_check()


class TestOneByOne(RepeatedTestCase):
    topology = 'ACTIVE_STANDBY'

    def setUp(self) -> None:
        super().setUp()
        self.build_one_by_one()

    def test_resize(self) -> None:
        self.resize_and_check()

    def test_rollback(self) -> None:
        """The old standby is built again."""
        self.roll_back_and_check()
