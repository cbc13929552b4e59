# SPDX-License-Identifier: Apache-2.0

import ast
from collections.abc import Iterator
from pathlib import Path
import re

import testtools
import yaml

_DIRECTORY = Path(__file__).parents[2] / 'distributed'


def _tests() -> Iterator[str]:
    """Return the IDs of the tests on the distributed profile."""
    for path in _DIRECTORY.glob('test_*.py'):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                for method in node.body:
                    if isinstance(method, ast.FunctionDef) and (
                        method.name.startswith('test_')
                    ):
                        yield (
                            f'tests.distributed.{path.stem}.{node.name}.'
                            f'{method.name}'
                        )


class TestWorkers(testtools.TestCase):
    def test_each_test_has_one(self) -> None:
        """None is left out, and none is run twice."""
        workers = yaml.safe_load((_DIRECTORY / 'workers.yaml').read_text())
        tests = list(_tests())
        self.assertGreater(len(tests), 30)
        for test in tests:
            chosen = [
                any(re.search(pattern, test) for pattern in worker['worker'])
                for worker in workers
            ]
            self.assertEqual(1, sum(chosen), test)
