# SPDX-License-Identifier: Apache-2.0

"""What the distributed profile needs that pip can't install."""

import importlib.util

from resize_sandbox import debian
from resize_sandbox import exceptions

_MODULES = ('gunicorn', 'pymysql', 'redis')


def check() -> None:
    """Check that everything is installed.

    :raises SandboxError: when something is missing, with the commands that
        install it.
    """
    commands = []
    where = ''
    if packages := debian.missing(debian.DISTRIBUTED):
        commands.append(f'apt-get install {" ".join(packages)}')
    if any(importlib.util.find_spec(module) is None for module in _MODULES):
        commands.append("pip install '.[sandbox,distributed]'")
        where = ', in a clone of python-resizeclient'
    if commands:
        raise exceptions.SandboxError(
            'The distributed profile needs what is not installed here. '
            f'Install it with{where}: {" && ".join(commands)}'
        )


def find(program: str) -> str:
    """Return the path of a program.

    :raises SandboxError: when it isn't installed.
    """
    path = debian.find(program)
    if path is None:
        raise exceptions.SandboxError(f'{program} is not installed any more.')
    return path
