# SPDX-License-Identifier: Apache-2.0

"""The examples in the docstrings, carried out as they stand there."""

import contextlib
import inspect
import io
import textwrap
from typing import Any

import fixtures

from resize_client.sdk import connection
from resize_client.sdk.container_infra import _proxy as container_infra
from resize_client.sdk.load_balancer import _proxy as load_balancer
from tests.unit.load_balancers import LARGE
from tests.unit.load_balancers import WEB
from tests.unit.sdk import base
from tests.unit.sdk import cloud
from tests.unit.sdk.container_infra.clusters import DEV
from tests.unit.sdk.container_infra.clusters import MASTERS


class TestExamples(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.useFixture(
            fixtures.MonkeyPatch(
                'openstack.connect', lambda cloud: base.connect()
            )
        )

    def _run(self, documented: Any) -> str:
        text = inspect.getdoc(documented) or ''
        example = text.partition('.. code-block:: python\n')[2]
        lines = [
            line
            for line in example.splitlines()
            if not line or line.startswith(' ')
        ]
        written = io.StringIO()
        with contextlib.redirect_stdout(written):
            exec(textwrap.dedent('\n'.join(lines)), {})
        return written.getvalue()

    def test_load_balancer(self) -> None:
        self.cloud.requests.get(f'{cloud.LBS_URL}/web', status_code=404)
        self.cloud.requests.get(f'{cloud.FLAVORS_URL}/large', status_code=404)
        self.cloud.flavors(LARGE)
        self.cloud.load_balancers(WEB)
        self.cloud.resize(WEB)
        self.cloud.states({**WEB, 'flavor_id': LARGE['id']})
        self.assertEqual(
            f'ACTIVE {LARGE["id"]}\n', self._run(load_balancer.Proxy)
        )

    def test_cluster(self) -> None:
        self.cloud.clusters(DEV)
        self.cloud.nodegroups(MASTERS)
        self.cloud.resize_cluster(DEV)
        done = {'status': 'UPDATE_COMPLETE', 'node_count': 3}
        self.cloud.requests.get(
            f'{cloud.CLUSTERS_URL}/{DEV["uuid"]}/nodegroups/{MASTERS["uuid"]}',
            json={**MASTERS, **done},
        )
        self.assertEqual(
            'UPDATE_COMPLETE 3\n', self._run(container_infra.Proxy)
        )

    def test_extend(self) -> None:
        self.cloud.requests.get(f'{cloud.LBS_URL}/web', status_code=404)
        self.cloud.load_balancers(WEB)
        self.cloud.latest_resize(WEB, 'COMPLETED')
        self.assertIn('state=COMPLETED', self._run(connection.extend))
