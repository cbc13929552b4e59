# SPDX-License-Identifier: Apache-2.0
"""Unit tests are where the name of a module says, for tools/dev."""

import ast
from pathlib import Path

import testtools

_ROOT = Path(__file__).parents[3]
#: Packages, and where below tests/unit their tests are.
_PACKAGES = {
    'octavia_resize': 'octavia_resize',
    'resize_client/osc': 'osc',
    'resize_client/sdk': 'sdk',
}
#: Alembic runs these, in tests.unit.octavia_resize.db.test_models.
_MIGRATIONS = _ROOT / 'octavia_resize' / 'db' / 'migration'


def _is_code(path: Path) -> bool:
    """Whether a module does something, and does not only declare."""
    return any(
        isinstance(node, ast.FunctionDef)
        for node in ast.walk(ast.parse(path.read_text()))
    )


def _is_of(test: Path, expected: Path) -> bool:
    """Whether tools/dev runs a test for a module, in the same directory."""
    return test.parent == expected.parent and test.name.startswith(
        expected.name
    )


class TestMirror(testtools.TestCase):
    def test_each_module(self) -> None:
        """Each has tests, and each test has its module."""
        for package, name in _PACKAGES.items():
            directory = _ROOT / 'tests' / 'unit' / name
            found = {
                path.with_suffix('') for path in directory.rglob('test_*.py')
            }
            modules = {
                directory
                / path.relative_to(_ROOT / package).with_name(
                    f'test_{path.stem.lstrip("_")}'
                ): _is_code(path)
                for path in (_ROOT / package).rglob('*.py')
                if _MIGRATIONS not in path.parents
            }
            self.assertEqual(
                [],
                [
                    expected
                    for expected, is_code in modules.items()
                    if is_code and not any(_is_of(t, expected) for t in found)
                ],
            )
            self.assertEqual(
                [],
                [t for t in found if not any(_is_of(t, m) for m in modules)],
            )
