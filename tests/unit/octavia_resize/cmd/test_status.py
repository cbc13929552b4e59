# SPDX-License-Identifier: Apache-2.0


"""What octavia-resize-status shows, and the status that it exits with."""

import contextlib
import datetime
import io
import json
from unittest import mock

from octavia.db import api as db_api
from octavia.db import models as octavia_models
from oslo_config import cfg
from oslo_utils import timeutils

from octavia_resize.cmd import database
from octavia_resize.cmd import status
from octavia_resize.db import models
from tests.unit.octavia_resize import base


class TestStatus(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.end_all_resizes()
        cfg.CONF.register_opts(status._OPTIONS)
        self.addCleanup(
            cfg.CONF.clear_override, 'max_retries', group='database'
        )

    def _run(
        self, *, as_json: bool = False, as_metrics: bool = False
    ) -> tuple[int, str]:
        cfg.CONF.set_override('json', as_json)
        cfg.CONF.set_override('prometheus', as_metrics)
        output = io.StringIO()
        with (
            mock.patch.object(database.config, 'init', autospec=True),
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
        code, output = self._run(as_json=True)
        self.assertEqual(0, code)
        self.assertEqual({'resizes': [], 'error': None}, json.loads(output))

    def test_in_progress(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        self.start_resize(lb_id)
        code, output = self._run()
        self.assertEqual(0, code)
        self.assertIn(f'{lb_id}  RUNNING  building  host/1', output)
        code, output = self._run(as_json=True)
        (shown,) = json.loads(output)['resizes']
        self.assertEqual(
            (lb_id, 'RUNNING', 'building'),
            (shown['load balancer'], shown['state'], shown['phase']),
        )

    def test_metrics(self) -> None:
        now = timeutils.utcnow()
        ended_ago = datetime.timedelta(minutes=90)
        for ago in (ended_ago, datetime.timedelta(0)):
            lb_id = self.create_load_balancer(self.small)
            self.resize(lb_id, self.broken)
            self.fail_resize(lb_id, 'No room')
            self.update_rows(
                models.Resize,
                {'updated_at': now - ago},
                load_balancer_id=lb_id,
            )
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        self.start_resize(lb_id)
        code, output = self._run(as_metrics=True)
        self.assertEqual(0, code)
        lines = output.splitlines()
        self.assertIn('octavia_resize_in_progress{phase="building"} 1', lines)
        self.assertIn('octavia_resize_abandoned 0', lines)
        self.assertIn('octavia_resize_failed_last_hour 1', lines)

    def test_worth_a_poll(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        now = timeutils.utcnow()
        hours = datetime.timedelta(hours=2)
        self._set(created_at=now - hours, beaten_at=now)
        self.assertEqual(1, self._run()[0])
        self._set(created_at=now, beaten_at=now - hours)
        self.assertEqual(2, self._run()[0])

    def test_stuck(self) -> None:
        lb_id = self.create_load_balancer(self.small)
        self.resize(lb_id, self.large)
        self.run_worker(lb_id)
        self.assertEqual((0, 1), self._count_lines())
        stuck_since = timeutils.utcnow() - datetime.timedelta(hours=1)
        self._set(updated_at=stuck_since)
        self.update_rows(
            octavia_models.LoadBalancer,
            {
                'provisioning_status': 'PENDING_UPDATE',
                'updated_at': stuck_since,
            },
            id=lb_id,
        )
        code, output = self._run()
        self.assertEqual(2, code)
        self.assertIn(f'{lb_id}  COMPLETED  stuck', output)

    def _count_lines(self) -> tuple[int, int]:
        code, output = self._run()
        return code, len(output.splitlines())
