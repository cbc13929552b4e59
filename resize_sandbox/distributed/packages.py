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
