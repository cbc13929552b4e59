# SPDX-License-Identifier: Apache-2.0

"""Ansible's own checks of the collection."""

import os
from pathlib import Path
import shutil
import subprocess
import sys

import fixtures
import testtools

from tests.automation import playbooks

_SANITY_TESTS = (
    'action-plugin-docs',
    'ansible-doc',
    'compile',
    'ignores',
    'runtime-metadata',
    'shebang',
    'validate-modules',
    'yamllint',
)


class TestSanity(testtools.TestCase):
    def test_sanity(self) -> None:
        directory = self.useFixture(fixtures.TempDir()).path
        home = Path(directory) / 'home'
        collections = Path(directory) / 'ansible_collections'
        shutil.copytree(
            playbooks.ROOT / 'ansible', collections / 'resize/openstack'
        )
        (installed,) = playbooks.BIN.parent.glob('lib/python*/site-packages')
        shutil.copytree(
            installed / 'ansible_collections/openstack',
            collections / 'openstack',
        )
        # The files that Git lists are checked: not those of a repository that
        # the temporary directory happens to be in.
        subprocess.run(
            ('git', 'init', '--quiet', collections / 'resize/openstack'),
            check=True,
        )
        # Of the environments that it makes: where it would download pip.
        bootstrap = home / '.ansible/test/cache/get_pip_24_2.py'
        bootstrap.parent.mkdir(parents=True)
        bootstrap.write_text('import ensurepip\nensurepip.bootstrap()\n')
        finished = subprocess.run(
            [
                *(playbooks.BIN / 'ansible-test', 'sanity', '--color', 'no'),
                *('--python', f'{sys.version_info[0]}.{sys.version_info[1]}'),
                *(
                    argument
                    for name in _SANITY_TESTS
                    for argument in ('--test', name)
                ),
            ],
            cwd=collections / 'resize/openstack',
            env=os.environ
            | {
                'HOME': str(home),
                'LC_ALL': 'C.UTF-8',
                'PATH': f'{playbooks.BIN}:{os.environ["PATH"]}',
            },
            capture_output=True,
            text=True,
            timeout=playbooks.TIMEOUT_SECONDS * 5,
        )
        self.assertEqual(
            0, finished.returncode, finished.stdout + finished.stderr
        )
        for name in _SANITY_TESTS:
            self.assertIn(f'Running sanity test "{name}"', finished.stdout)
