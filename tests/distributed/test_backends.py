# SPDX-License-Identifier: Apache-2.0

"""RabbitMQ, MariaDB and Redis that go away and come back."""

import signal
import time

from tests.distributed import base

#: By when a request is answered although a backend is away.
_ANSWER_SECONDS = 30.0


class TestCase(base.TestCase):
    def restart(self, name: str, number: int = signal.SIGTERM) -> None:
        self.stop(name, number=number)
        self.start(name)


class TestRabbitMQ(TestCase):
    def test_restarted_before_the_start(self) -> None:
        """A resize whose message is lost is begun all the same."""
        self.stop(*base.WORKERS)
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        self.start_resize(lb, 'large')
        self.restart('rabbitmq')
        self.assertEqual('QUEUED', self.resize_state(lb.id)['state'])
        self.start(*base.WORKERS)

        self.assertEqual(
            'ACTIVE', self.end_after_fault(lb.id).provisioning_status
        )

        self.assert_unchanged(before, 'large')

    def test_restarted_in_mid_flow(self) -> None:
        """The flow needs no messages: it ends as if nothing had been."""
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        with self.held_mid_flow(lb, base.SLOW):
            self.restart('rabbitmq')

        self.assertEqual(
            'ACTIVE', self.end_after_fault(lb.id).provisioning_status
        )

        self.assert_unchanged(before, base.SLOW)
        # The workers listen again.
        self.assertEqual(202, self.request_resize(lb.id, 'small').status)
        self.until_ended(lb.id)
        self.assert_unchanged(before, 'small')

    def test_down_in_mid_flow(self) -> None:
        """The flow ends without it."""
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        with self.held_mid_flow(lb, base.SLOW):
            self.stop('rabbitmq', number=signal.SIGKILL)

        self.assertEqual(
            'ACTIVE', self.end_after_fault(lb.id).provisioning_status
        )

        self.assert_unchanged(before, base.SLOW)

    def test_down_during_the_request(self) -> None:
        """An error soon, and nothing has changed."""
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        self.stop('rabbitmq')

        # The first request finds a connection that breaks, the second none.
        for _ in range(2):
            answer = self.request_resize(lb.id, 'large')
            self.report(f'answer {answer.status} after {answer.seconds:.1f} s')
            self.assertEqual(500, answer.status)
            self.assertIn(
                'The message bus does not answer. The load', answer.text
            )
            self.assertLess(answer.seconds, _ANSWER_SECONDS)
        self.assert_unchanged(before, 'small')
        self.start('rabbitmq')
        self.assertEqual(202, self.request_resize(lb.id, 'large').status)
        self.until_ended(lb.id)
        self.assert_unchanged(before, 'large')


class TestMariaDB(TestCase):
    def test_restarted_in_mid_flow(self) -> None:
        """ACTIVE with the new flavor, or ERROR and a retry heals."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            lb = self.create_load_balancer('small')
            before = self.everything(lb.id)
            with self.held_mid_flow(lb, base.SLOW):
                self.restart('mariadb', number)

            self.end_after_fault(lb.id)

            status = self.assert_sound(before, flavors=('small', base.SLOW))
            if status == 'ERROR':
                self.heal(before, 'large')

    def test_away_for_a_while_in_mid_flow(self) -> None:
        """As long as it is away nothing is lost: the end is written later."""
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        with self.held_mid_flow(lb, base.SLOW):
            self.stop('mariadb', number=signal.SIGKILL)
            time.sleep(15)
            self.start('mariadb')

        self.end_after_fault(lb.id)

        if self.assert_sound(before, flavors=('small', base.SLOW)) == 'ERROR':
            self.heal(before, 'large')

    def test_down_during_the_request(self) -> None:
        """An error soon, and nothing has changed."""
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        # Keystone, whose database is away too, does not know whose it is.
        self.show_token()
        self.stop('mariadb')

        answer = self.request_resize(lb.id, 'large')

        self.report(f'answer {answer.status} after {answer.seconds:.1f} s')
        self.assertEqual(503, answer.status)
        self.assertIn("Octavia's database did not answer.", answer.text)
        self.assertLess(answer.seconds, _ANSWER_SECONDS)
        self.start('mariadb')
        self.until('an answer', lambda: self.get(lb.id))
        self.assert_unchanged(before, 'small')
        self.assertEqual(202, self.request_resize(lb.id, 'large').status)
        self.until_ended(lb.id)
        self.assert_unchanged(before, 'large')


class TestRedis(base.TestCase):
    jobboard = True

    def test_restarted_in_mid_flow(self) -> None:
        """The flow continues, and so does what comes later."""
        lb = self.create_load_balancer('small')
        for number, old, new in (
            (signal.SIGTERM, 'small', base.SLOW),
            (signal.SIGKILL, base.SLOW, 'large'),
        ):
            before = self.everything(lb.id)
            with self.held_mid_flow(lb, new):
                self.stop('redis', number=number)
                time.sleep(3)
                self.start('redis')

            self.end_after_fault(lb.id)

            status = self.assert_sound(before, flavors=(old, new))
            self.assertEqual('ACTIVE', status)
            self.assert_unchanged(before, new)
        self.assertEqual(202, self.request_resize(lb.id, 'small').status)
        self.wait_for(lb.id, 'ACTIVE')
        self.assertEqual(self.flavors['small'], self.get(lb.id).flavor_id)
