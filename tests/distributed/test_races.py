# SPDX-License-Identifier: Apache-2.0

"""Requests that meet: in loops, with their outcomes counted."""

import collections
from collections.abc import Callable
from collections.abc import Iterator
from concurrent import futures
import functools
import itertools
import json
import random
import threading
import time

from openstack.load_balancer.v2 import load_balancer as _lb

from tests.distributed import base

_Request = Callable[[], int]

#: What a resize of the sandbox takes, about: a cancel comes within.
_RESIZE_SECONDS = 4.0

#: Requests that meet are sent at once, or within this time: one of them may
#: be served faster.
_TOGETHER_SECONDS = 0.05

#: Load balancers on which a race is run side by side.
_LANES = 4

#: Load balancers that are resized at once.
_MANY = 8
_MANY_ITERATIONS = 20


class TestRaces(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        #: How often each set of answers has come.
        self.outcomes: collections.Counter[str] = collections.Counter()
        self._lock = threading.Lock()
        self.addCleanup(self._report)

    def _report(self) -> None:
        for outcome, count in sorted(self.outcomes.items()):
            self.report(f'{count} x {outcome}')

    def together(self, *requests: _Request) -> list[int]:
        """Send requests at once.

        :returns: the status of each answer; none is a fault of the server.
        """
        barrier = threading.Barrier(len(requests))
        spread = random.choice((0, _TOGETHER_SECONDS))

        def send(request: _Request) -> int:
            barrier.wait()
            time.sleep(random.uniform(0, spread))
            return request()

        with futures.ThreadPoolExecutor(len(requests)) as pool:
            statuses = list(pool.map(send, requests))
        self.assertLess(max(statuses), 500, statuses)
        return statuses

    def resize(self, lb: _lb.LoadBalancer, flavor: str) -> _Request:
        return lambda: self.request_resize(lb.id, flavor).status

    def repeat(self, race: Callable[[], Iterator[str]]) -> None:
        """Run a race as often as configured, and count the outcomes.

        :param race: returns an iterator, each step of which runs the race
            once and is its outcome as text; is called for each lane.
        """

        def run(times: int) -> None:
            for outcome in itertools.islice(race(), times):
                with self._lock:
                    self.outcomes[outcome] += 1

        lanes = [
            len(range(lane, base.ITERATIONS, _LANES)) for lane in range(_LANES)
        ]
        with futures.ThreadPoolExecutor(_LANES) as pool:
            for _ in pool.map(run, filter(None, lanes)):
                pass

    def repeat_on_one(
        self,
        race: Callable[[_lb.LoadBalancer, str, str], str],
        flavors: tuple[str, str] = ('small', 'large'),
    ) -> None:
        """Run a race again and again on the load balancer of each lane.

        It ends ACTIVE, as if there were no race.

        :param race: is called with the load balancer, its flavor and
            another one; returns the outcome as text.
        """

        def steps() -> Iterator[str]:
            lb = self.create_load_balancer(flavors[0])
            while True:
                before = self.everything(lb.id)
                now = self.get(lb.id).flavor_id
                old, new = sorted(
                    flavors, key=lambda f: self.flavors[f] != now
                )
                outcome = race(lb, old, new)
                self.until_ended(lb.id)
                status = self.assert_sound(before, flavors=(old, new))
                self.assertEqual('ACTIVE', status, outcome)
                kept = self.get(lb.id).flavor_id == now
                yield f'{outcome}: flavor {"kept" if kept else "changed"}'

        self.repeat(steps)

    def test_resizes(self) -> None:
        def race(lb: _lb.LoadBalancer, old: str, new: str) -> str:
            statuses = self.together(*[self.resize(lb, new)] * 4)
            self.assertEqual([202, 409, 409, 409], sorted(statuses))
            return 'one of four resizes accepted'

        self.repeat_on_one(race)
        self.assertEqual(
            {'one of four resizes accepted: flavor changed'},
            set(self.outcomes),
        )

    def test_resizes_of_many(self) -> None:
        """They don't stand in one another's way in the database."""
        for _ in range(min(base.ITERATIONS, _MANY_ITERATIONS)):
            with futures.ThreadPoolExecutor(_MANY) as pool:
                made = pool.map(
                    lambda _: self.create_load_balancer(
                        'small', children=False
                    ),
                    range(_MANY),
                )
                lbs = list(made)
            # Of what was never resized, and of what was.
            for flavor in ('large', 'small'):
                statuses = self.together(
                    *[self.resize(lb, flavor) for lb in lbs]
                )
                self.assertEqual([202] * _MANY, statuses)
                for lb in lbs:
                    found = self.until_ended(lb.id)
                    self.assertEqual(
                        ('ACTIVE', self.flavors[flavor]),
                        (found.provisioning_status, found.flavor_id),
                    )
                self.outcomes[f'all of {_MANY} accepted and resized'] += 1

    def test_resize_and_failover(self) -> None:
        def race(lb: _lb.LoadBalancer, old: str, new: str) -> str:
            statuses = self.together(
                self.resize(lb, new),
                lambda: (
                    self.request(
                        'PUT',
                        f'loadbalancers/{lb.id}/failover',
                        cloud='sandbox-admin',
                    ).status
                ),
            )
            self.assertEqual([202, 409], sorted(statuses))
            self.until_ended(lb.id)
            self.assertEqual(
                self.flavors[new if statuses[0] == 202 else old],
                self.get(lb.id).flavor_id,
            )
            return f'resize {statuses[0]}, failover {statuses[1]}'

        self.repeat_on_one(race)

    def test_resize_and_listener_update(self) -> None:
        def race(lb: _lb.LoadBalancer, old: str, new: str) -> str:
            (listener, *_) = self.member.load_balancer.listeners(
                load_balancer_id=lb.id
            )
            limit = listener.connection_limit
            change = {'listener': {'connection_limit': limit + 1}}
            path = f'listeners/{listener.id}'
            statuses = self.together(
                self.resize(lb, new),
                lambda: self.request('PUT', path, change).status,
            )
            self.until_ended(lb.id)
            self.assertIn(statuses, ([202, 409], [409, 200]))
            expected = limit + 1 if statuses[1] == 200 else limit
            found = self.member.load_balancer.get_listener(listener.id)
            self.assertEqual(expected, found.connection_limit)
            # What the loop compares with.
            found = (
                self.member.load_balancer.update_listener(
                    listener.id, connection_limit=limit
                )
                if expected != limit
                else found
            )
            return f'resize {statuses[0]}, listener update {statuses[1]}'

        self.repeat_on_one(race)

    def test_resize_and_delete(self) -> None:
        def race() -> str:
            lb = self.create_load_balancer('small')
            before = self.everything(lb.id)
            resized, deleted = self.together(
                self.resize(lb, 'large'),
                lambda: (
                    self.request(
                        'DELETE', f'loadbalancers/{lb.id}?cascade=true'
                    ).status
                ),
            )
            outcome = f'resize {resized}, delete {deleted}'
            if deleted == 204:
                self.assertIn(resized, (404, 409))
                self.until(
                    'the deletion',
                    lambda: (
                        self.member.load_balancer.find_load_balancer(
                            lb.id, ignore_missing=True
                        )
                        is None
                    ),
                )
                return f'{outcome}: deleted'
            self.assertEqual((202, 409), (resized, deleted))
            self.until_ended(lb.id)
            self.assert_unchanged(before, 'large')
            return f'{outcome}: resized'

        self.repeat(lambda: _again_and_again(race))

    def test_resize_and_cancel(self) -> None:
        def race(lb: _lb.LoadBalancer, old: str, new: str) -> str:
            self.assertEqual(202, self.request_resize(lb.id, new).status)
            time.sleep(random.uniform(0, _RESIZE_SECONDS))
            status = self.cancel(lb.id)
            self.assertIn(status, (202, 409))
            self.until_ended(lb.id)
            self.assertEqual(
                self.flavors[old if status == 202 else new],
                self.get(lb.id).flavor_id,
            )
            self.assertEqual(
                'CANCELLED' if status == 202 else 'COMPLETED',
                self.resize_state(lb.id)['state'],
            )
            return f'cancel {status}'

        self.repeat_on_one(race)
        self.repeat_on_one(race, ('ha-small', 'ha-large'))

    def test_cancels(self) -> None:
        def race(lb: _lb.LoadBalancer, old: str, new: str) -> str:
            self.assertEqual(202, self.request_resize(lb.id, new).status)
            time.sleep(random.uniform(0, _RESIZE_SECONDS / 4))
            statuses = self.together(*[lambda: self.cancel(lb.id)] * 2)
            self.assertIn(sorted(statuses), ([202, 409], [409, 409]))
            return f'cancels {sorted(statuses)}'

        self.repeat_on_one(race)

    def test_resize_and_disabled_flavor(self) -> None:
        def disable(flavor: str) -> int:
            return self.request(
                'PUT',
                f'flavors/{flavor}',
                {'flavor': {'enabled': False}},
                cloud='sandbox-admin',
            ).status

        self.repeat(
            lambda: self._meet(
                disable, 'disabling', expected={(202, 200), (400, 200)}
            )
        )

    def test_resize_and_deleted_flavor(self) -> None:
        def delete(flavor: str) -> int:
            return self.request(
                'DELETE', f'flavors/{flavor}', cloud='sandbox-admin'
            ).status

        self.repeat(
            lambda: self._meet(
                delete, 'deletion', expected={(202, 409), (400, 204)}
            )
        )

    def _meet(
        self,
        change: Callable[[str], int],
        what: str,
        expected: set[tuple[int, int]],
    ) -> Iterator[str]:
        """Change a flavor while a load balancer is resized to it.

        :param change: changes it; returns the status of the answer.
        :param expected: what resize and change may be answered.
        """
        lb = self.create_load_balancer('small')
        before = self.everything(lb.id)
        profile = self.admin.load_balancer.create_flavor_profile(
            name=self.unique('large'),
            provider_name='amphora',
            flavor_data=json.dumps(
                {
                    'loadbalancer_topology': 'SINGLE',
                    'compute_flavor': 'sandbox.large',
                }
            ),
        )
        while True:
            flavor: str = self.admin.load_balancer.create_flavor(
                name=self.unique('large'),
                is_enabled=True,
                flavor_profile_id=profile.id,
            ).id
            resized, changed = self.together(
                self.resize(lb, flavor),
                functools.partial(change, flavor),
            )
            self.assertIn((resized, changed), expected)
            self.until_ended(lb.id)
            if resized == 202:
                self.assert_unchanged(before, flavor)
                self.assertEqual(
                    ['sandbox.large'], list(self.amphorae(lb.id).values())
                )
                # Away from what is disabled is possible.
                self.heal(before, 'small')
            self.assert_unchanged(before, 'small')
            self.assertEqual(
                ['sandbox.small'], list(self.amphorae(lb.id).values())
            )
            self.admin.load_balancer.delete_flavor(flavor)
            yield f'resize {resized}, {what} of the flavor {changed}'


def _again_and_again(race: Callable[[], str]) -> Iterator[str]:
    while True:
        yield race()
