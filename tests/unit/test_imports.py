# SPDX-License-Identifier: Apache-2.0
import ast
from collections.abc import Iterator
import graphlib
from pathlib import Path

import testtools

_ROOT = Path(__file__).parents[2]
#: The folder of the Ansible collection, and its name once it is installed
_COLLECTION = ('ansible', 'ansible_collections.resize.openstack')
_PACKAGES = (
    _COLLECTION[0],
    'benchmarks',
    'octavia_resize',
    'resize_client',
    'resize_heat',
    'resize_sandbox',
    'resize_tempest_plugin',
    'tests',
    'tools',
)


def _modules() -> dict[str, Path]:
    return {
        '.'.join(path.relative_to(_ROOT).with_suffix('').parts).removesuffix(
            '.__init__'
        ): path
        for package in _PACKAGES
        for path in (_ROOT / package).rglob('*.py')
    }


def _imported(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    """Return which of the modules one imports.

    Anywhere in its code: within a function or ``if TYPE_CHECKING``, too.
    """
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            module = str(node.module).replace(*reversed(_COLLECTION))
            names = [
                submodule
                if (submodule := f'{module}.{alias.name}') in modules
                else module
                for alias in node.names
            ]
        else:
            continue
        yield from (name for name in names if name in modules)


class TestImports(testtools.TestCase):
    def test_no_circle(self) -> None:
        """No module needs, directly or not, one that needs it."""
        modules = _modules()
        graph = {
            name: set(_imported(path, modules))
            for name, path in modules.items()
        }
        for package in _PACKAGES:
            self.assertIn(package, {name.split('.')[0] for name in graph})
        # Within a function
        self.assertIn(
            'resize_client.osc.terminal', graph['resize_client.osc.output']
        )
        self.assertIn(
            'ansible.plugins.module_utils.resizes',
            graph['ansible.plugins.modules.cluster_resize'],
        )
        # Raises CycleError, which names the circle.
        graphlib.TopologicalSorter(graph).prepare()
