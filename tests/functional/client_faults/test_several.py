# SPDX-License-Identifier: Apache-2.0

import collections
import csv
import io
import json
import signal

import yaml

from tests.functional import base
from tests.functional import load_balancer as functional
from tests.functional.client_faults import faults
from tests.functional.client_faults import load_balancer
from tests.functional.client_faults import proxy

_MANY = 12


class TestSeveral(load_balancer.TestCase):
    """Several load balancers in one command."""

    def test_one_fails_one_is_refused_the_others_are_done(self):
        good, broken, refused, last = (
            self.create_load_balancer('small', children=False)
            for _ in range(4)
        )

        def choose(request: proxy.Request) -> proxy.Fault | None:
            if request.method != 'PUT' or 'dry_run' in request.path:
                return None
            if broken.id in request.path:
                # A resize that fails on the way
                self.start_resize(broken, 'broken')
                return proxy.Fault(response=proxy.Response(202, {}, b''))
            if refused.id in request.path:
                # Somebody else was quicker.
                self.start_resize(refused, 'large')
            return None

        self.proxy.plan(choose)
        finished = self.through(
            *('loadbalancer', 'resize', '--flavor', 'slow', '--wait'),
            *('-f', 'json', good.name, broken.id, refused.name, last.name),
            status=1,
        )
        self.assertEqual(
            [
                (good.id, 'ACTIVE', 'resized'),
                (broken.id, 'ERROR', 'failed'),
                (refused.id, 'refused'),
                (last.id, 'ACTIVE', 'resized'),
            ],
            [
                (row['id'], row['provisioning_status'], row['result'])
                if row['id'] != refused.id
                # Somebody's resize may be done when it is polled.
                else (row['id'], row['result'])
                for row in finished.data
            ],
        )
        self.assert_message(
            f'{broken.name} .* is ERROR with flavor small: '
            'The compute service could not provide an amphora',
            finished,
        )
        self.assert_message(
            f'{refused.name} .* was not resized to slow: .*'
            'run the same command again',
            finished,
        )
        self.assert_message(
            '^To undo: openstack loadbalancer resize --wait --flavor small '
            f'{good.name} {last.name}$',
            finished,
        )
        self.assert_is(good, 'ACTIVE', 'slow')
        self.assert_is(broken, 'ERROR', 'small')
        self.assert_is(last, 'ACTIVE', 'slow')

    def test_polls_fail(self):
        lbs = [
            self.create_load_balancer('small', children=False)
            for _ in range(4)
        ]
        # After the third one resizes are not listed any more, after the fifth
        # one load balancers are not.
        to_come = [
            faults.NO_ROUTE,
            faults.OTHER_JSON,
            faults.CUT,
            faults.GARBAGE,
            faults.TRUNCATED,
            faults.UNAVAILABLE,
        ]

        lists = ('/resizes?', '/loadbalancers?fields=')

        def is_poll(request: proxy.Request) -> bool:
            path = request.path
            if len(to_come) > 1:
                return any(part in path for part in lists)
            return path.partition('?')[0].endswith(tuple(lb.id for lb in lbs))

        def choose(request: proxy.Request) -> proxy.Fault | None:
            return to_come.pop() if to_come and is_poll(request) else None

        self.proxy.plan(choose)
        finished = self.through(
            *('loadbalancer', 'resize', '--flavor', 'slow', '--wait'),
            *('-f', 'json', *(lb.name for lb in lbs)),
        )
        self.assertEqual([], to_come)
        self.assertEqual(
            ['resized'] * 4, [row['result'] for row in finished.data]
        )
        self.assertEqual(4, len(self.proxy.made('PUT', '/', status=202)))

    def test_same_by_name_and_id(self):
        lb = self.create_load_balancer('small', children=False)
        finished = self.through(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            *('-f', 'json', lb.name, lb.id, lb.name),
        )
        self.assertEqual('resized', self.row(finished)['result'])
        self.assertEqual(1, len(self.proxy.made('PUT', '/')))


class TestMany(load_balancer.TestCase):
    """A wait for many costs requests per page, not for each."""

    def test_requests(self):
        tenant = self.member.load_balancer
        names = [self.unique('lb') for _ in range(_MANY)]
        lbs = [
            tenant.create_load_balancer(
                name=name,
                vip_subnet_id=functional._VIP_SUBNET,
                flavor_id=self.flavors['small'],
            )
            for name in names
        ]
        for lb in lbs:
            self.addCleanup(self._delete, lb.id)
        for lb in lbs:
            self.wait_for(lb.id, 'ACTIVE')

        finished = self.through(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            *('-f', 'json', *names),
        )
        self.assertEqual(
            [(lb.id, 'ACTIVE', 'resized') for lb in lbs],
            [
                (row['id'], row['provisioning_status'], row['result'])
                for row in finished.data
            ],
        )
        self.assertEqual(_MANY, len(self.proxy.made('PUT', '/', status=202)))
        # How often the wait polls is a matter of the cloud's speed.
        polls = self.proxy.made('GET', '/v2.0/lbaas/resizes?')
        self.assertGreaterEqual(
            3 * _MANY + 6, len(self.proxy.requests) - len(polls)
        )
        for lb in lbs:
            self.assert_is(lb, 'ACTIVE', 'large')


class TestRollout(load_balancer.TestCase):
    """A failed rollout leaves few in ERROR; its command continues it."""

    def test_failed_then_killed(self):
        lbs = [
            self.create_load_balancer('small', children=False)
            for _ in range(5)
        ]
        names = [lb.name for lb in lbs]
        limits = ('--wait', '--canary', '1', '--max-in-progress', '2')
        failed = self.through(
            *('loadbalancer', 'resize', '--flavor', 'broken', *limits),
            *('-f', 'json', *names),
            status=1,
        )
        self.assertEqual(
            ['failed', *['not started'] * 4],
            [row['result'] for row in failed.data],
        )
        self.assert_message('^1 failed, 4 not started$', failed)
        self.assert_is(lbs[0], 'ERROR', 'small')
        self.type_hint(failed, 'To return all that failed to what they were')
        self.assert_is(lbs[0], 'ACTIVE', 'small')

        line = ('loadbalancer', 'resize', '--flavor', 'slow', *limits)
        made = len(self.proxy.made('PUT', '/resize', status=202))
        command = self.start(*line, '-f', 'json', *names)
        self.wait_until(
            lambda: (
                len(self.proxy.made('PUT', '/resize', status=202)) >= made + 2
            )
        )
        command.signal(signal.SIGKILL)
        self.end(command, -signal.SIGKILL)
        finished = self.through(*line, '-f', 'json', *names)
        self.assertLessEqual(
            {row['result'] for row in finished.data}, {'resized', 'unchanged'}
        )
        for lb in lbs:
            self.assert_is(lb, 'ACTIVE', 'slow')
        self.assertEqual(
            made + 5, len(self.proxy.made('PUT', '/resize', status=202))
        )

    def test_each_request_without_token_then_unavailable(self):
        names = [
            self.create_load_balancer('small', children=False).name
            for _ in range(3)
        ]
        seen: collections.Counter[tuple[str, str]] = collections.Counter()

        def choose(request: proxy.Request) -> proxy.Fault | None:
            if request.token is None:
                return None
            place = (request.method, request.path)
            seen[place] += 1
            to_come = {1: faults.EXPIRED_TOKEN, 2: faults.UNAVAILABLE}
            return to_come.get(seen[place])

        self.proxy.plan(choose)
        finished = self.through(
            *('loadbalancer', 'resize', '--flavor', 'large', '--wait'),
            *('--max-in-progress', '2', '-f', 'json', *names),
        )
        self.assertEqual(
            ['resized'] * 3, [row['result'] for row in finished.data]
        )
        accepted = self.proxy.made('PUT', '/resize', status=202)
        self.assertEqual(3, len(accepted))
        self.assertLessEqual(3, min(seen[r.method, r.path] for r in accepted))


class TestOutput(load_balancer.TestCase):
    """stdout is data, whatever stderr has."""

    def _resize(self, lb, flavor: str, *options: str) -> base.Finished:
        return self.through(
            *options[:1],
            *('loadbalancer', 'resize', '--flavor', flavor, '--wait'),
            *(*options[1:], lb.name),
        )

    def test_formats(self):
        lb = self.create_load_balancer('small', children=False)
        readers = {
            'json': json.loads,
            'yaml': yaml.safe_load,
            'csv': lambda text: list(csv.DictReader(io.StringIO(text))),
        }
        flavors = ['large', 'small']
        for name, read in readers.items():
            finished = self._resize(lb, flavors[0], '-v', '-f', name)
            self.assertEqual(
                [
                    {
                        'id': lb.id,
                        'name': lb.name,
                        'previous_flavor': flavors[1],
                        'new_flavor': flavors[0],
                        'provisioning_status': 'ACTIVE',
                        'result': 'resized',
                    }
                ],
                read(finished.stdout),
            )
            self.assert_message(': ACTIVE \\(', finished)
            self.assert_message('^To undo: ', finished)
            flavors.reverse()
        finished = self._resize(lb, flavors[0], '-q', '-f', 'value')
        self.assertEqual(
            f'{lb.id} {lb.name} {flavors[1]} {flavors[0]} ACTIVE resized\n',
            finished.stdout,
        )
        self.assertEqual('', finished.stderr)
