# SPDX-License-Identifier: Apache-2.0

import ast
from collections.abc import Iterator
from pathlib import Path
import re

import testtools
import yaml

_TESTS = Path(__file__).parents[2]


def _classes(directory: Path) -> Iterator[str]:
    """Give the beginning of the IDs of the tests of each class."""
    for path in directory.rglob('test_*.py'):
        module = '.'.join(
            path.relative_to(_TESTS.parent).with_suffix('').parts
        )
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                yield f'{module}.{node.name}.'


class TestWorkers(testtools.TestCase):
    def test_each_test_has_one(self) -> None:
        """None is left out, and none is run twice."""
        for name in 'automation', 'distributed', 'functional', 'traffic':
            classes = list(_classes(_TESTS / name))
            self.assertGreater(len(classes), 5)
            workers = yaml.safe_load(
                (_TESTS / name / 'workers.yaml').read_text()
            )
            for test in classes:
                chosen = [
                    any(re.search(p, test) for p in worker['worker'])
                    for worker in workers
                ]
                self.assertEqual(1, sum(chosen), test)
