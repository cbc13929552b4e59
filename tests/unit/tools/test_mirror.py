# SPDX-License-Identifier: Apache-2.0
"""Unit tests are where the name of a module says, for tools/dev."""

import ast
from collections.abc import Iterable
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


def _module_of(test: Path, modules: Iterable[Path]) -> Path | None:
    """Return the module of a test: the one with the longest name."""
    named = [
        module
        for module in modules
        if test.parent == module.parent
        and f'{test.name}_'.startswith(f'{module.name}_')
    ]
    return max(named, key=lambda module: len(module.name), default=None)


class TestMirror(testtools.TestCase):
    def test_each_module(self) -> None:
        """Each has tests, and each test has its module."""
        for package, name in _PACKAGES.items():
            directory = _ROOT / 'tests' / 'unit' / name
            modules = {
                directory
                / path.relative_to(_ROOT / package).with_name(
                    f'test_{path.stem.lstrip("_")}'
                ): _is_code(path)
                for path in (_ROOT / package).rglob('*.py')
                if _MIGRATIONS not in path.parents
            }
            found = {
                path: _module_of(path.with_suffix(''), modules)
                for path in directory.rglob('test_*.py')
            }
            self.assertEqual([], [t for t, m in found.items() if m is None])
            tested = set(found.values())
            self.assertEqual(
                [],
                [
                    m
                    for m, is_code in modules.items()
                    if is_code and m not in tested
                ],
            )
