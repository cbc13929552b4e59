# SPDX-License-Identifier: Apache-2.0

from tests.functional.client_faults import base
from tests.functional.client_faults import faults
from tests.functional.client_faults import load_balancer
from tests.functional.client_faults import proxy


class TestResize(load_balancer.TestCase):
    """Each request of a resize fails in turn."""

    def setUp(self) -> None:
        super().setUp()
        self.lb = self.create_load_balancer('small', children=False)
        self.label = f'Load balancer {self.lb.name} \\({self.lb.id}\\)'
        self.command = self.resize_command(self.lb, 'large')

    def _fail_before(self, fault: proxy.Fault) -> None:
        """Nothing is changed by what fails before the request to resize."""
        self.fail_to_log_in(fault, self.command)
        for path in ('/flavors', '/loadbalancers?name='):
            self.proxy.plan_nth(fault, 'GET', path)
            finished = self.through(*self.command, status=1)
            self.assertEqual('', finished.stdout)
            self.assert_message(
                '^Failed to get (the flavors|load balancer '
                f'{self.lb.name}): .+. Nothing was changed; run the same '
                'command again',
                finished,
            )
            self.assertEqual([], self.proxy.made('PUT', '/'))
            self.assert_is(self.lb, 'ACTIVE', 'small')

    def _fail_all_in_turn(self, fault: proxy.Fault) -> None:
        self._fail_before(fault)

        self.proxy.plan_nth(fault, 'PUT', '/resize')
        finished = self.through(*self.command, status=1)
        self.assert_message(
            f'^{self.label} was not resized to large: .*ACTIVE.*; run the '
            'same command again',
            finished,
        )
        row = self.row(finished)
        self.assertEqual('failed', row['result'])
        self.assertEqual('ACTIVE', row['provisioning_status'])
        self.assertEqual([], self.proxy.made('PUT', '/', status=202))
        self.assert_is(self.lb, 'ACTIVE', 'small')

        self.proxy.forget()
        self.plan_polls(self.lb, fault)
        finished = self.through(*self.command)
        self.assertEqual('resized', self.row(finished)['result'])
        self.assert_is(self.lb, 'ACTIVE', 'large')
        self.assertEqual(1, len(self.proxy.made('PUT', '/')))

    def _lose_all_in_turn(self, fault: proxy.Fault) -> None:
        """The service has taken each request; the answer is lost."""
        cloud = self.cloud_for(fault)
        if fault != faults.SILENT:
            self._fail_before(fault)

        self.proxy.plan_nth(fault, 'PUT', '/resize', 1)
        finished = self.through(*self.command, cloud=cloud)
        self.assertEqual('resized', self.row(finished)['result'])
        self.assertEqual(1, len(self.proxy.made('PUT', '/')))
        self.assert_is(self.lb, 'ACTIVE', 'large')

        self.plan_polls(self.lb, fault)
        finished = self.through(
            *self.resize_command(self.lb, 'small'), cloud=cloud
        )
        self.assertEqual('resized', self.row(finished)['result'])
        self.assertEqual(2, len(self.proxy.made('PUT', '/')))
        self.assert_is(self.lb, 'ACTIVE', 'small')

    def test_unavailable(self):
        self._fail_all_in_turn(faults.UNAVAILABLE)

    def test_cut(self):
        self._fail_all_in_turn(faults.CUT)

    def test_cut_now_and_then(self):
        """As a busy service does, which hasn't read the request."""
        self.proxy.plan_nth(faults.CUT, 'PUT', '/resize', 1, 2)
        finished = self.through(*self.command)
        self.assertEqual('resized', self.row(finished)['result'])
        self.assertNotIn('failed', finished.stderr)
        self.assertEqual(3, len(self.proxy.made('PUT', '/')))
        self.assertEqual(1, len(self.proxy.made('PUT', '/', status=202)))
        self.assert_is(self.lb, 'ACTIVE', 'large')

    def test_answer_lost(self):
        self._lose_all_in_turn(faults.ANSWER_LOST)

    def test_truncated(self):
        self._lose_all_in_turn(faults.TRUNCATED)

    def test_silent(self):
        self._lose_all_in_turn(faults.SILENT)

    def test_never_requested_twice(self):
        self.proxy.plan_nth(faults.ANSWER_LOST, 'PUT', '/resize')
        finished = self.through(*self.command, cloud=base.STUBBORN)
        self.assertEqual('resized', self.row(finished)['result'])
        self.assertEqual(1, len(self.proxy.made('PUT', '/')))

    def test_token_expires_at_each_request(self):
        seen = set()

        def choose(request: proxy.Request) -> proxy.Fault | None:
            place = (request.method, request.path)
            if request.token is None or place in seen:
                return None
            seen.add(place)
            return faults.EXPIRED_TOKEN

        self.proxy.plan(choose)
        finished = self.through(*self.command)
        self.assertEqual('resized', self.row(finished)['result'])
        self.assertLessEqual(4, len(seen))
        self.assertEqual(
            len(seen) + 1, len(self.proxy.made('POST', '/auth/tokens'))
        )
        self.assertEqual(1, len(self.proxy.made('PUT', '/', status=202)))

    def test_away_until_the_timeout(self):
        self.proxy.plan_nth(faults.SILENT, 'GET', f'/{self.lb.id}')
        finished = self.through(*self.command, '--timeout', '2', status=124)
        self.assert_message(
            'Timed out after 2 seconds; the last request failed: '
            f'http://127.0.0.1:[0-9]+ did not answer in time. {self.label} '
            'was PENDING_UPDATE at the last poll; the resize continues$',
            finished,
        )
        self.assert_message(
            f'^To check: openstack loadbalancer resize show {self.lb.name}$',
            finished,
        )
        self.proxy.work()
        self.through(*self.command)
        self.assert_is(self.lb, 'ACTIVE', 'large')
        self.assertEqual(1, len(self.proxy.made('PUT', '/')))

    def test_says_so_when_nothing_can_be_known(self):
        def choose(request: proxy.Request) -> proxy.Fault | None:
            if request.method == 'PUT':
                return faults.ANSWER_LOST
            if request.path.endswith(f'/{self.lb.id}'):
                return faults.UNAVAILABLE
            return None

        self.proxy.plan(choose)
        finished = self.through(*self.command, status=1)
        self.assert_message(
            f'^{self.label} was not resized to large: .+ Failed to get the '
            'load balancer afterwards: .+ Run the same command again: it '
            'resizes only what is not being resized yet$',
            finished,
        )
        self.proxy.work()
        self.through(*self.command)
        self.assert_is(self.lb, 'ACTIVE', 'large')
        self.assertEqual(1, len(self.proxy.made('PUT', '/')))


class TestCancel(load_balancer.TestCase):
    """Each request of a cancel fails in turn."""

    def setUp(self) -> None:
        super().setUp()
        self.lb = self.create_load_balancer('small', children=False)
        self.command = (
            *('loadbalancer', 'resize', 'cancel', '--wait', '-f', 'json'),
            self.lb.name,
        )

    def _fail_before(self, fault: proxy.Fault) -> None:
        self.proxy.plan_nth(fault, 'GET', '/loadbalancers?name=')
        finished = self.through(*self.command, status=1)
        self.assertEqual('', finished.stdout)
        self.assert_message(
            f'^Failed to get load balancer {self.lb.name}: .+. '
            'Nothing was changed; run the same command again',
            finished,
        )
        self.assertEqual([], self.proxy.made('DELETE', '/'))

    def _fail_all_in_turn(self, fault: proxy.Fault) -> None:
        self._fail_before(fault)
        self.proxy.plan_nth(fault, 'DELETE', '/resize', 1)
        with self.resize_held(self.lb, 'slow'):
            finished = self.through(*self.command, status=1)
            self.assertEqual([], self.proxy.made('DELETE', '/', status=202))
            self.plan_polls(self.lb, fault)
            command = self.start(*self.command)
            self.wait_until(lambda: self.proxy.made('DELETE', '/', status=202))
        again = self.end(command, 0)
        self.assert_message(
            f'^The resize of load balancer {self.lb.name} '
            f'\\({self.lb.id}\\) was not cancelled: .*PENDING_UPDATE; run '
            'the same command again',
            finished,
        )
        self.assertEqual('failed', self.row(finished)['result'])
        self.assertEqual('cancelled', self.row(again)['result'])
        self.assertEqual(1, len(self.proxy.made('DELETE', '/', status=202)))
        self.assert_is(self.lb, 'ACTIVE', 'small')

    def _lose_all_in_turn(self, fault: proxy.Fault) -> None:
        self._fail_before(fault)
        self.proxy.plan_nth(fault, 'DELETE', '/resize', 1)
        with self.resize_held(self.lb, 'slow'):
            command = self.start(*self.command)
            self.wait_until(lambda: self.proxy.made('DELETE', '/', status=202))
        finished = self.end(command, 0)
        self.assertEqual('cancelled', self.row(finished)['result'])
        self.assertEqual(1, len(self.proxy.made('DELETE', '/')))
        self.assert_is(self.lb, 'ACTIVE', 'small')

        finished = self.through(*self.command)
        self.assertEqual('unchanged', self.row(finished)['result'])
        self.assert_message(
            'is cancelled already; the load balancer is ACTIVE with flavor '
            'small$',
            finished,
        )

    def test_unavailable(self):
        self._fail_all_in_turn(faults.UNAVAILABLE)

    def test_cut(self):
        self._fail_all_in_turn(faults.CUT)

    def test_answer_lost(self):
        self._lose_all_in_turn(faults.ANSWER_LOST)

    def test_truncated(self):
        self._lose_all_in_turn(faults.TRUNCATED)
