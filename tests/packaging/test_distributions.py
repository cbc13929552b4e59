# SPDX-License-Identifier: Apache-2.0

"""What the sdist and the wheel hold."""

from pathlib import Path
import subprocess
import tarfile
import zipfile

import testtools

from tests.packaging import base

_PACKAGES = (
    'octavia_resize',
    'resize_client',
    'resize_heat',
    'resize_sandbox',
    'resize_tempest_plugin',
)


def _tracked(*paths: str) -> set[str]:
    listed = subprocess.run(
        ['git', 'ls-files', '-z', *paths],
        cwd=base.CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return {
        name
        for name in listed.split('\0')
        # A deleted one is known until the next commit.
        if name and (base.CHECKOUT / name).exists()
    }


class TestSdist(testtools.TestCase):
    def test_holds_the_repository(self) -> None:
        (sdist,) = (base.directory() / 'dist').glob('*.tar.gz')
        with tarfile.open(sdist) as archive:
            names = {
                # Without the directory that all are in.
                str(Path(*Path(member.name).parts[1:]))
                for member in archive.getmembers()
                if member.isfile()
            }
        self.assertEqual(
            set(),
            {
                name
                for name in _tracked() - names
                if Path(name).name != '.gitignore'
            },
        )


class TestWheel(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        (self.wheel,) = (base.directory() / 'dist').glob('*.whl')
        with zipfile.ZipFile(self.wheel) as archive:
            self.names = set(archive.namelist())

    def test_holds_the_packages(self) -> None:
        self.assertEqual(
            _tracked(*_PACKAGES),
            {
                name
                for name in self.names
                if not name.startswith('python_resizeclient-')
            },
        )

    def test_is_for_any_python_3(self) -> None:
        self.assertTrue(self.wheel.name.endswith('-py3-none-any.whl'))
