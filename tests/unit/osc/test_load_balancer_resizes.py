# SPDX-License-Identifier: Apache-2.0

import datetime
import json

from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import SMALL
from tests.unit.load_balancers import WEB
from tests.unit.osc import base
from tests.unit.sdk import cloud

RUNNING = {'state': 'RUNNING', 'new_flavor_id': LARGE['id']}

_URL = cloud.LBS_URL.replace('loadbalancers', 'resizes')


class TestList(base.TestCase):
    def _list(self, options: str = '') -> base.Result:
        return self.openstack(f'loadbalancer resize list -f json {options}')

    def test_resizes(self) -> None:
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        created_at = now - datetime.timedelta(seconds=90)
        project = 'a' * 32
        self.cloud.requests.get(
            _URL,
            json={
                'resizes': [
                    {
                        'id': 'r-1',
                        'operation': 'rebuild',
                        'loadbalancer_id': WEB['id'],
                        'loadbalancer_name': 'web',
                        'project_id': project,
                        'state': 'RUNNING',
                        'phase': 'building',
                        'new_flavor_id': new_flavor_id,
                        'created_at': created_at.isoformat(),
                    }
                    for new_flavor_id in (SMALL['id'], None)
                ]
            },
        )
        listed = self._list(
            f'--state running --state FAILED --project {project}'
        )
        self.assertEqual((0, ''), (listed.status, listed.stderr))
        rows = json.loads(listed.stdout)
        for row in rows:
            self.assertIn(row.pop('age'), range(90, 190))
        self.assertEqual(
            [
                {
                    'loadbalancer_id': WEB['id'],
                    'name': 'web',
                    'operation': 'rebuild',
                    'state': 'RUNNING',
                    'phase': 'building',
                    'new_flavor': new_flavor,
                }
                for new_flavor in (SMALL['id'], None)
            ],
            rows,
        )
        self.assertIn(
            f'{_URL}?project_id={project}&state=running&state=failed',
            self.cloud.requested()[-1].lower(),
        )
        (row, _) = json.loads(self._list('--long').stdout)
        self.assertEqual('r-1', row['id'])

    def test_failures(self) -> None:
        for answer, message in (
            (
                cloud.UNKNOWN_PATH,
                "This cloud's load balancing service does not list resizes\n",
            ),
            (
                {'status_code': 403, 'json': {'faultstring': 'Forbidden'}},
                'Failed to list the resizes: your roles do not allow it '
                '(Forbidden)\n',
            ),
            (
                {'json': {'resizes': [{'id': 'r-1'}]}},
                "Failed to list the resizes: the service's answer cannot be "
                'read: there is no state in it\n',
            ),
            (
                {'json': {'resizes': [{**RUNNING, 'created_at': 'now'}]}},
                "Failed to list the resizes: the service's answer cannot be "
                "read: Invalid isoformat string: 'now'\n",
            ),
            (
                {'json': {'resizes': [{**RUNNING, 'amphorae_built': '1'}]}},
                "Failed to list the resizes: the service's answer cannot be "
                'read: its amphorae_built is not a whole number\n',
            ),
        ):
            self.cloud.requests.get(_URL, **answer)
            self.assertEqual(base.Result('', message, 1), self._list())
