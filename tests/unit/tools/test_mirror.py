# SPDX-License-Identifier: Apache-2.0
"""Unit tests are where the name of a module says, for tools/dev."""

from pathlib import Path

import testtools

_ROOT = Path(__file__).parents[3]
_PACKAGE = _ROOT / 'resize_client'
_TESTS = _ROOT / 'tests' / 'unit'


def _modules(directory: Path) -> set[str]:
    return {
        path.stem.lstrip('_')
        for path in directory.glob('*.py')
        if path.read_text()
    }


class TestMirror(testtools.TestCase):
    def test_client(self) -> None:
        packages = [path.parent for path in _PACKAGE.rglob('__init__.py')]
        self.assertIn(_PACKAGE / 'sdk' / 'load_balancer', packages)
        for package in packages:
            modules = _modules(package)
            tests = {
                path.stem.removeprefix('test_')
                for path in (_TESTS / package.relative_to(_PACKAGE)).glob(
                    'test_*.py'
                )
            }
            if package == _PACKAGE:
                self.assertEqual(set(), modules)
                continue
            self.assertEqual(
                set(),
                {
                    m
                    for m in modules
                    if not any(t.startswith(m) for t in tests)
                },
                f'modules of {package} without unit tests',
            )
            self.assertEqual(
                set(),
                {
                    t
                    for t in tests
                    if not any(t.startswith(m) for m in modules)
                },
                f'unit tests of no module of {package}',
            )
