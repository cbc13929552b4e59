# SPDX-License-Identifier: Apache-2.0

from resize_client.sdk.container_infra.outcome import Outcome
from resize_client.sdk.outcome import Result
from tests.unit.sdk import base
from tests.unit.sdk.container_infra import fleet


class TestResizeClusters(base.TestCase):
    def _resize(
        self, *seconds: float, names: list[str] | None = None, **options
    ) -> list[Result]:
        if seconds:
            self.fleet = fleet.Fleet(self.cloud, self.clock, list(seconds))
        self.outcomes = (
            self.conn.container_infrastructure_management.resize_clusters(
                names or self.fleet.names,
                options.pop('node_count', 3),
                nodegroup='default-master',
                **options,
            )
        )
        return [outcome.result for outcome in self.outcomes]

    def test_few_at_a_time(self) -> None:
        results = self._resize(*[30.0] * 6, canary=1, max_in_progress=2)
        self.assertEqual([Result.RESIZED] * 6, results)
        self.assertEqual(
            (1, 2), (self.fleet.in_progress[0], max(self.fleet.in_progress))
        )
        self.assertEqual(
            {3}, {outcome.nodegroup.node_count for outcome in self.outcomes}
        )
        # Each: two to find it, two when its turn has come, its resize, and
        # two in each of the polls
        polls = len(self.clock.slept)
        self.assertLessEqual(
            len(self.cloud.requested()), 6 * 5 + 2 * 2 * polls
        )

    def test_without_wait(self) -> None:
        results = self._resize(*[30.0] * 3, wait=False)
        self.assertEqual([Result.ACCEPTED] * 3, results)
        # The same call waits for them.
        self.assertEqual([Result.RESIZED] * 3, self._resize())
        self.assertEqual([Result.UNCHANGED] * 3, self._resize())
        self.assertEqual(3, len(self.fleet.accepted))

    def test_all_are_checked_first(self) -> None:
        self.fleet = fleet.Fleet(self.cloud, self.clock, [1.0] * 2)
        self.fleet.clusters['c1']['status'] = 'CREATE_IN_PROGRESS'
        uuid = self.fleet.clusters['c0']['uuid']
        results = self._resize(names=['c0', uuid, 'nobody', 'c1'])
        self.assertEqual(
            [Result.NOT_STARTED, Result.NOT_FOUND, Result.REFUSED], results
        )
        self.assertEqual(
            [uuid, '', self.fleet.clusters['c1']['uuid']],
            [outcome.id for outcome in self.outcomes],
        )
        self.assertEqual([], self.fleet.accepted)

    def test_failure_stops_the_rest(self) -> None:
        self.fleet = fleet.Fleet(self.cloud, self.clock, [5.0] * 4)
        self.fleet.broken = {'c1'}
        self.assertEqual(
            [Result.RESIZED, Result.FAILED, *[Result.NOT_STARTED] * 2],
            self._resize(max_in_progress=1),
        )
        self.fleet.broken.clear()
        self.assertEqual(
            [Result.UNCHANGED, *[Result.RESIZED] * 3], self._resize()
        )

    def test_not_healthy_when_its_turn_comes(self) -> None:
        self._resize(*[5.0] * 3)

        def fall_ill(outcome: Outcome) -> None:
            self.fleet.clusters['c1']['health_status'] = 'UNHEALTHY'

        self.assertEqual(
            [Result.RESIZED, Result.REFUSED, Result.NOT_STARTED],
            self._resize(node_count=1, max_in_progress=1, callback=fall_ill),
        )

    def test_one_is_deleted_meanwhile(self) -> None:
        self.fleet = fleet.Fleet(self.cloud, self.clock, [5.0] * 3)
        self.fleet.deleted = {'c1'}
        self.assertEqual(
            [Result.RESIZED, Result.UNKNOWN, Result.RESIZED], self._resize()
        )

    def test_magnum_is_away(self) -> None:
        """When a turn has come, when a request is sent, and in polls."""
        for before, away in ((6, 4), (8, 1), (8, 20), (9, 9)):
            self.fleet = fleet.Fleet(self.cloud, self.clock, [5.0] * 3)
            self.fleet.faults = [*[None] * before, *[503] * away]
            self.assertEqual(
                [Result.RESIZED] * 3, self._resize(max_in_progress=1), before
            )
            self.assertEqual(['c0', 'c1', 'c2'], self.fleet.accepted)

    def test_answer_is_lost(self) -> None:
        self.fleet = fleet.Fleet(self.cloud, self.clock, [60.0] * 2)
        self.fleet.silent = {'c1'}
        self.assertEqual([Result.RESIZED] * 2, self._resize())
        self.assertEqual([None] * 2, [o.error for o in self.outcomes])
        self.assertEqual(2, len(self.fleet.accepted))

    def test_not_begun_in_time(self) -> None:
        self.fleet = fleet.Fleet(self.cloud, self.clock, [5.0] * 2)
        self.cloud.resize_cluster(self.fleet.clusters['c0'])
        self.assertEqual(
            [Result.TIMED_OUT, Result.RESIZED], self._resize(timeout=60)
        )
        self.assertIn('has not begun', str(self.outcomes[0].error))
