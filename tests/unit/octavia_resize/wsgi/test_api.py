# SPDX-License-Identifier: Apache-2.0

"""The WSGI application as servers import it, each in a process of its own."""

import os
import subprocess
import sys

from oslo_config import cfg
import testtools

from tests.unit.octavia_resize import application

_IMPORT = """
import sys
sys.argv = {argv!r}
from octavia_resize.wsgi import api
from oslo_config import cfg
print(callable(api.application), cfg.CONF.config_file)
"""


class TestApplication(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        application.get()
        (self.config_file,) = cfg.CONF.config_file

    def _import(
        self, argv: list[str], warning: str = '', **environment: str
    ) -> str:
        imported = subprocess.run(
            [sys.executable, '-c', _IMPORT.format(argv=argv)],
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        self.assertEqual(0, imported.returncode, imported.stderr)
        self.assertEqual(
            warning,
            ''.join(
                line
                for line in imported.stderr.splitlines(keepends=True)
                if 'command line' in line
            ),
        )
        return imported.stdout.strip()

    def test_uwsgi(self) -> None:
        """uWSGI passes on its option pyargv."""
        self.assertEqual(
            f"True ['{self.config_file}']",
            self._import(['uwsgi', '--config-file', self.config_file]),
        )

    def test_configuration_for_another_server(self) -> None:
        """Whoever hands it over learns that Octavia does not read it."""
        self.assertEqual(
            f"True ['{self.config_file}']",
            self._import(
                ['/usr/bin/gunicorn', '--config-file', '/etc/a.conf', 'a:b'],
                warning='The command line of /usr/bin/gunicorn is not read by '
                'Octavia. Name the configuration files in '
                'OS_OCTAVIA_CONFIG_FILES instead.\n',
                OS_OCTAVIA_CONFIG_FILES=self.config_file,
            ),
        )
