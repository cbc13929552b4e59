# SPDX-License-Identifier: Apache-2.0

import collections
import datetime

import hypothesis
from hypothesis import strategies

from resize_client.sdk.outcome import Result
from tests.unit.sdk import base
from tests.unit.sdk import cloud
from tests.unit.sdk.load_balancer import fleet

_SECONDS = strategies.lists(
    strategies.sampled_from([2.0, 7.0, 15.0]), min_size=2, max_size=8
)


class TestCase(base.TestCase):
    def make_fleet(self, seconds: list[float], broken=()) -> fleet.Fleet:
        return fleet.Fleet(self.cloud, self.clock, seconds, set(broken))

    def roll_out(
        self, resized: fleet.Fleet, **kwargs
    ) -> collections.Counter[Result]:
        outcomes = self.conn.load_balancer.resize_load_balancers(
            resized.ids, 'large', **kwargs
        )
        self.outcomes = outcomes
        return collections.Counter(outcome.result for outcome in outcomes)


class TestRandom(TestCase):
    @hypothesis.settings(max_examples=12, deadline=None)
    @hypothesis.given(
        seconds=_SECONDS,
        broken=strategies.sets(strategies.integers(0, 7), max_size=2),
        max_in_progress=strategies.integers(0, 4),
        canary=strategies.integers(0, 3),
        max_failures=strategies.integers(1, 2),
        stops=strategies.lists(strategies.integers(1, 30), max_size=2),
        faults=strategies.lists(
            strategies.sampled_from([None, None, 503]), max_size=8
        ),
    )
    def test_limits(
        self,
        seconds,
        broken,
        max_in_progress,
        canary,
        max_failures,
        stops,
        faults,
    ) -> None:
        """Killed and resumed, nothing is done twice and nothing left out."""
        broken = {number for number in broken if number < len(seconds)}
        resized = self.make_fleet(seconds, broken)
        limits = {
            'max_in_progress': max_in_progress,
            'canary': canary,
            'max_failures': max_failures,
        }
        for calls in stops:
            left = [calls]

            def stop(outcome) -> None:
                left[0] -= 1
                if left[0] < 0:
                    raise KeyboardInterrupt

            try:
                self.roll_out(resized, **limits, callback=stop)
            except KeyboardInterrupt:
                pass

        def break_off(outcome) -> None:
            resized.faults += faults
            faults.clear()

        results = self.roll_out(resized, **limits, callback=break_off)
        bound = max_in_progress or len(seconds)
        self.assertLessEqual(max([0, *resized.in_progress]), bound)
        for before, running in zip(resized.well_before, resized.in_progress):
            if before < canary:
                self.assertLessEqual(running, canary - before)
        statuses = resized.statuses()
        if not broken:
            self.assertEqual({'ACTIVE large'}, set(statuses))
            self.assertEqual(len(seconds), len(set(resized.accepted)))
            self.assertEqual(len(seconds), len(resized.accepted))
        self.assertNotIn('PENDING_UPDATE small', statuses)
        self.assertEqual(
            results[Result.NOT_STARTED] + results[Result.FAILED],
            sum(status != 'ACTIVE large' for status in statuses),
        )


class TestLimits(TestCase):
    def test_failures(self) -> None:
        for limits, failed, not_started in (
            ({}, 5, 7),
            ({'max_in_progress': 2}, 2, 10),
            ({'canary': 1}, 1, 11),
            ({'canary': 3, 'max_failures': 9}, 3, 9),
            ({'max_failures': 9}, 10, 2),
            ({'max_in_progress': 0}, 12, 0),
        ):
            resized = self.make_fleet([5.0] * 12, range(12))
            results = self.roll_out(resized, **limits)
            self.assertEqual(
                (failed, not_started),
                (results[Result.FAILED], results[Result.NOT_STARTED]),
                limits,
            )

    def test_until(self) -> None:
        resized = self.make_fleet([10.0] * 6)
        until = datetime.datetime.fromtimestamp(
            self.clock.now + 15, datetime.UTC
        )
        self.assertEqual(
            {Result.RESIZED: 4, Result.NOT_STARTED: 2},
            self.roll_out(resized, max_in_progress=2, until=until),
        )

    def test_no_more_are_to_begin(self) -> None:
        resized = self.make_fleet([10.0] * 6)
        self.assertEqual(
            {Result.RESIZED: 2, Result.NOT_STARTED: 4},
            self.roll_out(
                resized,
                max_in_progress=2,
                may_begin=lambda: not resized.accepted,
            ),
        )

    def test_one_that_hangs_keeps_its_place(self) -> None:
        resized = self.make_fleet([1e6, 5.0, 5.0, 5.0])
        self.assertEqual(
            {Result.TIMED_OUT: 1, Result.RESIZED: 3},
            self.roll_out(
                resized, max_in_progress=2, max_failures=2, timeout=60
            ),
        )
        self.assertEqual(2, max(resized.in_progress))

    def test_changed_by_others(self) -> None:
        """One is deleted, one locked: no failure of the rollout."""
        resized = self.make_fleet([5.0] * 4)
        first, second = resized.ids[:2]
        self.cloud.resize(
            resized.load_balancers[first], **cloud.not_found(first)
        )
        self.cloud.requests.get(
            f'{cloud.LBS_URL}/{first}', **cloud.not_found(first)
        )
        self.cloud.dry_run(resized.load_balancers[first], fleet.LARGE)
        self.cloud.resize(
            resized.load_balancers[second],
            status_code=409,
            json=cloud.fault('Immutable.'),
        )
        self.cloud.dry_run(resized.load_balancers[second], fleet.LARGE)
        load_balancers = list(self.conn.load_balancer.load_balancers(name='x'))
        outcomes = self.conn.load_balancer.resize_load_balancers(
            load_balancers, 'large', max_in_progress=1
        )
        self.assertEqual(
            [Result.FAILED, Result.REFUSED, Result.RESIZED, Result.RESIZED],
            [outcome.result for outcome in outcomes],
        )
        self.assertIsNone(outcomes[0].status)

    def test_service_is_away(self) -> None:
        resized = self.make_fleet([5.0] * 3)
        # After all that is requested before the first resize
        resized.faults = [*[None] * 6, *[503] * 12]
        self.assertEqual({Result.RESIZED: 3}, self.roll_out(resized))
        self.assertEqual(3, len(resized.accepted))

    def test_requests(self) -> None:
        resized = self.make_fleet([60.0] * 40)
        self.assertEqual({Result.RESIZED: 40}, self.roll_out(resized))
        # The first polls don't know yet how long a resize takes.
        self.assertLess(len(self.cloud.requested()), 4 * 40 + 20)
        self.assertLess(self.clock.now - 1000, 1.1 * 40 / 5 * 60)

    def test_wrong_limits(self) -> None:
        for limits in (
            {'max_in_progress': -1},
            {'canary': -1},
            {'max_failures': 0},
            {'until': datetime.datetime(2030, 1, 1)},
        ):
            self.assertRaises(
                ValueError,
                self.conn.load_balancer.resize_load_balancers,
                ['web'],
                'large',
                **limits,
            )
        self.assertEqual([], self.cloud.requested())
