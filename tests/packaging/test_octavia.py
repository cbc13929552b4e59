# SPDX-License-Identifier: Apache-2.0

"""The wheel with the extra that brings Octavia: the server half."""

import configparser
import json
from pathlib import Path
import re

from tests.packaging import base


class TestOctavia(base.TestCase):
    environment = 'octavia'

    def _configure(self) -> Path:
        """Write a configuration for Octavia with an SQLite database."""
        database = f'sqlite:///{self.home / "octavia.sqlite"}'
        # Octavia's own migrations don't run on SQLite.
        self.run_python(
            'import sqlalchemy\n'
            'from octavia.db import base_models, models\n'
            f'engine = sqlalchemy.create_engine({database!r})\n'
            'base_models.BASE.metadata.create_all(engine)\n'
        )
        configuration = self.home / 'octavia.conf'
        configuration.write_text(
            '[DEFAULT]\n'
            'transport_url = fake://\n'
            '[api_settings]\n'
            'auth_strategy = noauth\n'
            '[database]\n'
            f'connection = {database}\n'
        )
        return configuration

    def test_worker(self) -> None:
        shown = self.run_program('octavia-resize-worker', '--help').stdout
        self.assertIn('usage: octavia-resize-worker ', shown)
        self.assertIn('--config-file ', shown)

    def test_database(self) -> None:
        configuration = self._configure()
        tables = (
            'import sqlite3\n'
            'rows = sqlite3.connect("octavia.sqlite").execute(\n'
            '    "SELECT name FROM sqlite_master WHERE type = \'table\'")\n'
            'print("load_balancer_resize" in {row[0] for row in rows})\n'
        )
        self.assertEqual('False\n', self.run_python(tables))
        for command, exists in (('upgrade', True), ('remove', False)):
            self.run_python(
                'import sys\n'
                'from octavia.common import config\n'
                'from octavia_resize.cmd import scripts\n'
                # SQLAlchemy's pool for SQLite refuses Octavia's default.
                'config.cfg.CONF.set_override(\n'
                '    "pool_timeout", None, group="database")\n'
                'sys.argv = ["octavia-resize-db-manage", "--config-file",\n'
                f'    {str(configuration)!r}, {command!r}]\n'
                'scripts.db_manage()\n'
            )
            self.assertEqual(f'{exists}\n', self.run_python(tables), command)
        shown = self.run_program('octavia-resize-db-manage', '--help').stdout
        self.assertIn('{upgrade,remove}', shown)

    def test_configurations_name_the_application(self) -> None:
        """uWSGI by its module, Apache by its file."""
        shared = self.prefix / 'share' / 'octavia-resize'
        uwsgi = configparser.ConfigParser()
        uwsgi.read(shared / 'octavia-api-uwsgi.ini')
        module, _, name = uwsgi['uwsgi']['module'].partition(':')
        (path,) = re.findall(
            r'site-packages/(\S+)',
            (shared / 'octavia-api-apache.conf').read_text(),
        )
        self.assertEqual(module, path.removesuffix('.py').replace('/', '.'))
        (file,) = self.prefix.glob(f'lib/python3*/site-packages/{path}')
        self.assertIn(f'\n{name} = ', file.read_text())

    def test_application(self) -> None:
        """It answers, and knows the resize resource."""
        configuration = self._configure()
        printed = self.run_python(
            'import webob\n'
            'from octavia_resize.wsgi import api\n'
            'request = webob.Request.blank(\n'
            '    "/v2.0/lbaas/loadbalancers/"\n'
            '    "00000000-0000-0000-0000-000000000001/resize",\n'
            '    method="PUT", content_type="application/json", body=b"{}")\n'
            'print(request.get_response(api.application).text)\n',
            environment={'OS_OCTAVIA_CONFIG_FILES': str(configuration)},
        )
        fault = json.loads(printed.splitlines()[-1])['faultstring']
        self.assertTrue(
            fault.startswith('The request body must be a JSON object'), fault
        )
