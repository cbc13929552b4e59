# SPDX-License-Identifier: Apache-2.0

"""Checks of our own for flake8: which package may import which."""

import ast
from collections.abc import Iterator
from pathlib import Path
import sys

#: What the modules of a package may import, besides the standard library and
#: the package itself. Other packages may import everything.
ALLOWED = {
    # Installed wherever somebody writes a program.
    'resize_client.sdk': ('keystoneauth1', 'openstack', 'requests'),
    'resize_client.osc': (
        'cliff',
        'keystoneauth1',
        'magnumclient',
        'octaviaclient',
        'openstack',
        'osc_lib',
        'resize_client.sdk',
        'rich',
    ),
    # Runs in Octavia's processes: only what is there because of Octavia.
    'octavia_resize': (
        'alembic',
        'barbicanclient',
        'castellan',
        'cotyledon',
        'cryptography',
        'keystoneauth1',
        'novaclient',
        'octavia',
        'octavia_lib',
        'openstack',
        'oslo_config',
        'oslo_context',
        'oslo_db',
        'oslo_log',
        'oslo_messaging',
        'oslo_policy',
        'oslo_reports',
        'oslo_utils',
        'pecan',
        'sqlalchemy',
        'stevedore',
        'taskflow',
        'tenacity',
        'webob',
        'wsme',
        'wsmeext',
    ),
    # Runs in Heat's engine.
    'resize_heat': ('heat', 'openstack', 'resize_client.sdk'),
    'resize_tempest_plugin': ('oslo_config', 'tempest', 'testtools'),
}


def _within(module: str, packages: tuple[str, ...]) -> bool:
    return any(
        module == package or module.startswith(f'{package}.')
        for package in packages
    )


def _imported(node: ast.AST) -> Iterator[str]:
    # hacking refuses relative imports.
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield alias.name
    elif isinstance(node, ast.ImportFrom):
        # "from resize_client import osc" imports a module, too.
        for alias in node.names:
            yield f'{node.module}.{alias.name}'


def forbidden_imports(
    tree: ast.AST, filename: str
) -> Iterator[tuple[int, int, str, None]]:
    """Check that a package imports only what it may.

    :param tree: the module.
    :param filename: its path, relative to the top of the repository.
    :returns: line, column and message of each import that is forbidden.

    R001
    """
    package = '.'.join(Path(filename).parent.parts)
    for importer, others in ALLOWED.items():
        if not _within(package, (importer,)):
            continue
        allowed = (importer, *others, *sys.stdlib_module_names)
        for node in ast.walk(tree):
            for name in _imported(node):
                if not _within(name, allowed):
                    assert isinstance(node, ast.Import | ast.ImportFrom)
                    yield (
                        node.lineno,
                        node.col_offset,
                        f'R001 {importer} may not import {name}',
                        None,
                    )
