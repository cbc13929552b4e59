# SPDX-License-Identifier: Apache-2.0

"""The environment that has all services of benchmarks/cloud.py."""

from collections.abc import Iterator
import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

from benchmarks.table import table

ROOT = pathlib.Path(__file__).resolve().parent.parent
DIRECTORY = ROOT / '.venv' / 'benchmarks' / 'cost'


def enter(module: str) -> None:
    """Run a module again in the environment, which is made if it is missing.

    :param module: The name of the module, which imports no service.
    """
    if pathlib.Path(sys.prefix) == DIRECTORY:
        return
    if not (DIRECTORY / 'bin' / 'pip').exists():
        venv.create(DIRECTORY, with_pip=True)
    python = str(DIRECTORY / 'bin' / 'python')
    subprocess.run(
        [
            *(python, '-m', 'pip', 'install', '--quiet'),
            *('--constraint', ROOT / 'tools' / 'constraints.txt'),
            *('--constraint', ROOT / 'tools' / 'constraints-cost.txt'),
            *('nova', 'glance', 'openstack-placement'),
            *('--editable', f'{ROOT}[sandbox,distributed,ovn]'),
        ],
        check=True,
    )
    os.chdir(ROOT)
    os.execv(python, [python, '-m', module, *sys.argv[1:]])


@contextlib.contextmanager
def report(
    output: pathlib.Path | None, *header: str
) -> Iterator[tuple[pathlib.Path, list[tuple[str, ...]]]]:
    """Print a table at the end of the context.

    :param output: Where to write the table, too.
    :param header: The header of the table.
    :returns: A temporary directory, and a list for the rows.
    """
    rows: list[tuple[str, ...]] = []
    with tempfile.TemporaryDirectory(prefix='benchmarks-') as directory:
        yield pathlib.Path(directory), rows
    text = table(header, rows)
    if output:
        output.write_text(text)
    print(text)


def say(line: str) -> None:
    """Print a line about the progress."""
    print(line, file=sys.stderr, flush=True)
