# SPDX-License-Identifier: Apache-2.0

import datetime
import json
import time

from tests.unit.load_balancers import SMALL
from tests.unit.osc import base
from tests.unit.sdk import cloud
from tests.unit.sdk.load_balancer import fleet


class TestRollout(base.TestCase):
    def _resize(self, options: str, *, seconds=(5.0,) * 6, broken=()):
        self.fleet = fleet.Fleet(
            self.cloud, self.clock, list(seconds), set(broken)
        )
        return self.openstack(
            f'loadbalancer resize --flavor large -f json {options}'
        )

    def _results(self, result: base.Result) -> list[str]:
        return [row['result'] for row in json.loads(result.stdout)]

    def test_selection(self) -> None:
        result = self._resize('--from-flavor small --wait')
        self.assertEqual(0, result.status, result.stderr)
        self.assertEqual(['resized'] * 6, self._results(result))
        self.assertTrue(
            result.stderr.startswith(
                '6 load balancers match --from-flavor small\n'
            )
        )
        self.assertTrue(result.stderr.endswith('\n6 resized\n'))
        (listed,) = {
            tuple(request.qs['flavor_id'])
            for request in self.cloud.requests.request_history
            if 'flavor_id' in request.qs
        }
        self.assertEqual((SMALL['id'],), listed)

    def test_filter_that_the_service_ignores(self) -> None:
        """Nothing is resized that was not selected."""
        self.fleet = fleet.Fleet(self.cloud, self.clock, [5.0] * 5, set())
        for lb, tags in zip(
            self.fleet.load_balancers.values(),
            (['a', 'B', 'c'], ['a'], None, [], ['b']),
        ):
            lb['tags'] = tags
        for options, count in (
            ('--tags a,b', 1),
            ('--provider other', 0),
            ('--availability-zone az1', 0),
        ):
            result = self.openstack(
                f'loadbalancer resize --flavor large -f json {options} --wait'
            )
            self.assertEqual(count, len(self._results(result)), result)
        self.assertEqual(self.fleet.ids[:1], self.fleet.accepted)

    def test_many_unchanged(self) -> None:
        self._resize('--from-flavor small --wait', seconds=[5.0] * 9)
        again = self.openstack(
            'loadbalancer resize --flavor large --wait --provider amphora'
        )
        self.assertEqual(
            '9 load balancers match --provider amphora\n'
            '9 load balancers already have flavor large\n',
            again.stderr,
        )

    def test_how_to_continue(self) -> None:
        self.clock.now = time.time()
        soon = datetime.datetime.now() + datetime.timedelta(seconds=90)
        for options, shown in (
            (
                f'--until {soon:%H:%M}',
                f'5 resized, 1 not started\n{soon:%H:%M} has passed: no more '
                'begin',
            ),
            ('--timeout 60 --max-in-progress 0', '6 timed out'),
        ):
            result = self._resize(
                f'--from-flavor small --wait {options}', seconds=[100.0] * 6
            )
            self.assertEqual(124, result.status)
            again = (
                f'\n{shown}\nRun the same command again: it resizes only what '
                'is not being resized yet\n'
            )
            self.assertTrue(result.stderr.endswith(again), result.stderr)

    def test_project(self) -> None:
        """Its ID serves without the right to read projects."""
        self.cloud.token.add_service('identity').add_standard_endpoints(
            public=cloud.AUTH_URL, region='RegionOne'
        )
        projects = f'{cloud.AUTH_URL}/projects'
        by_name = 'do not allow to find project shop by its name: give its ID'
        of_none = 'No load balancer matches --project '
        named = [{'id': id_, 'name': 'two'} for id_ in 'ab']
        for status, project, shown in (
            (401, 'shop', by_name),
            (403, 'shop', by_name),
            (401, 'a' * 32, of_none),
            (403, 'a' * 32, of_none),
            (404, 'shop', "No project with the name or ID 'shop' found"),
            (404, 'two', "Several projects have the name 'two'; give the ID"),
        ):
            self.cloud.requests.get(
                f'{projects}/{project}', status_code=status
            )
            self.cloud.requests.get(
                projects,
                status_code=200 if status == 404 else status,
                json={'projects': named if project == 'two' else []},
            )
            result = self._resize(f'--project {project} --wait', seconds=())
            self.assertEqual(
                (int(shown is not of_none), True),
                (result.status, shown in result.stderr),
                result.stderr,
            )

    def test_wrong_options(self) -> None:
        for options, error in (
            ('web --from-flavor small', 'give no names with it'),
            ('', 'give load balancers, or a selection'),
            ('web shop --canary 1', '--canary needs --wait'),
            ('web --wait --max-failures 0', "'0' must be at least 1"),
            (
                'web --wait --max-in-progress x',
                "'x' is not a number of 0 or more",
            ),
            ('web --wait --until 25:00', "'25:00' is not a time"),
            ('--tags a --project "" --wait', '--project: the value is empty'),
        ):
            result = self._resize(options)
            self.assertEqual((2, ''), (result.status, result.stdout))
            self.assertIn(error, result.stderr)
        result = self._resize('--from-flavor smal --wait')
        self.assertEqual(1, result.status)
        self.assertIn("ID 'smal' found; did you mean small?", result.stderr)
        self.assertEqual([], self.fleet.accepted)

    def test_busy_one_does_not_stop_a_selection(self) -> None:
        busy = cloud.load_balancer(
            'lb-0', SMALL, provisioning_status='PENDING_UPDATE'
        )
        self.fleet = fleet.Fleet(self.cloud, self.clock, [5.0] * 3, set())
        self.fleet.load_balancers[self.fleet.ids[0]].update(busy)
        result = self.openstack(
            'loadbalancer resize --flavor large -f json --from-flavor small '
            '--wait'
        )
        self.assertEqual(1, result.status)
        self.assertEqual(
            ['refused', 'resized', 'resized'], self._results(result)
        )
