# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

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
