# SPDX-License-Identifier: Apache-2.0

"""The console scripts, which the client's wheel brings without Octavia."""

import importlib
import importlib.util
import sys


def worker() -> None:
    """Run octavia-resize-worker."""
    _run('octavia-resize-worker', 'worker')


def db_manage() -> None:
    """Run octavia-resize-db-manage."""
    _run('octavia-resize-db-manage', 'db_manage')


def status() -> None:
    """Run octavia-resize-status."""
    _run('octavia-resize-status', 'status')


def unlock() -> None:
    """Run octavia-resize-unlock."""
    _run('octavia-resize-unlock', 'unlock')


def _run(script: str, module: str) -> None:
    if importlib.util.find_spec('octavia') is None:
        sys.exit(
            f'{script} needs Octavia, which is not installed in '
            f'{sys.prefix}. Install it there with, in a clone of '
            "python-resizeclient: pip install '.[octavia]'"
        )
    importlib.import_module(f'octavia_resize.cmd.{module}').main()
