# SPDX-License-Identifier: Apache-2.0

"""The environment that has all services of benchmarks/cloud.py."""

import os
import pathlib
import subprocess
import sys
import venv

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
