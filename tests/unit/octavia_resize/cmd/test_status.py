# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.


"""What octavia-resize-status shows, and the status that it exits with."""

import contextlib
import datetime
import io
import json
from unittest import mock

from octavia.db import api as db_api
from oslo_config import cfg
from oslo_utils import timeutils

from octavia_resize.cmd import status
from octavia_resize.db import models
from tests.unit.octavia_resize import base


class TestStatus(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.end_all_resizes()
        cfg.CONF.register_opts(status._OPTIONS)

    def _run(self, *, as_json: bool = False) -> tuple[int, str]:
        cfg.CONF.set_override('json', as_json)
        output = io.StringIO()
        with (
            mock.patch.object(status.service, 'prepare_service'),
            mock.patch.object(cfg.CONF, 'register_cli_opts'),
            contextlib.redirect_stdout(output),
        ):
            exited = self.assertRaises(SystemExit, status.main)
        return exited.code, output.getvalue()

    def _set(self, **values: datetime.datetime) -> None:
        with db_api.session().begin() as session:
            session.query(models.Resize).update(values)

    def test_nothing(self) -> None:
        code, output = self._run()
        self.assertEqual(0, code)
        self.assertEqual(1, len(output.splitlines()))
        self.assertEqual((0, ''), self._run(as_json=True))

    def test_in_progress(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        self.start_resize(lb_id)
        code, output = self._run()
        self.assertEqual(0, code)
        self.assertIn(f'{lb_id}  RUNNING  building  host/1', output)
        code, output = self._run(as_json=True)
        shown = json.loads(output)
        self.assertEqual(
            (lb_id, 'RUNNING', 'building'),
            (shown['load balancer'], shown['state'], shown['phase']),
        )

    def test_worth_a_look(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        now = timeutils.utcnow()
        hours = datetime.timedelta(hours=2)
        self._set(created_at=now - hours, beaten_at=now)
        self.assertEqual(1, self._run()[0])
        self._set(created_at=now, beaten_at=now - hours)
        self.assertEqual(2, self._run()[0])

    def test_database_away(self) -> None:
        with mock.patch.object(
            status, 'get_in_progress', side_effect=OSError('no route')
        ):
            self.assertEqual(2, self._run()[0])
