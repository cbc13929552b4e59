# SPDX-License-Identifier: Apache-2.0
"""OVN's and Open vSwitch's programs, and the versions that work."""

import importlib.util
from pathlib import Path
import shutil
import subprocess

from resize_sandbox import exceptions
from resize_sandbox import requirements

#: Where tools/install-ovn unpacks newer packages than the machine has.
UNPACKED = Path('/usr/local/lib/resize-sandbox-ovn')
BIN = UNPACKED / 'bin'

#: Older ones abort in the connection tracking of security groups.
_OLDEST_OVS = (3, 3)


def check() -> None:
    """Check that a sandbox on OVN can be started on this machine.

    :raises SandboxError: Open vSwitch is missing or too old, or Neutron is
        missing; the message has the command that installs it.
    """
    check_switch()
    if importlib.util.find_spec('neutron') is None:
        raise exceptions.SandboxError(
            'Neutron is not installed. Install it with, in a clone of '
            "python-resizeclient: pip install '.[sandbox,ovn]'"
        )


def check_switch() -> None:
    """Check that an Open vSwitch is installed that works.

    :raises SandboxError: It is missing or too old.
    """
    try:
        output = run('ovs-vswitchd', '--version').split()
    except (FileNotFoundError, RuntimeError):
        output = []
    if not output:
        raise exceptions.SandboxError(
            'A sandbox on OVN needs OVN and Open vSwitch, which are not '
            'installed here. Install them with: tools/install-ovn'
        )
    version = output[3]
    if tuple(map(int, version.split('.')[:2])) < _OLDEST_OVS:
        raise exceptions.SandboxError(
            f'Open vSwitch {version}, which is installed here, aborts in the '
            'connection tracking of security groups; a sandbox on OVN needs '
            '3.3 or newer. Unpack a newer one beside it with: '
            'tools/install-ovn'
        )


def find(program: str) -> str:
    """Return the path of a program.

    :raises FileNotFoundError: It is not installed.
    """
    found = shutil.which(program, path=str(BIN)) or requirements.find(program)
    if found is None:
        raise FileNotFoundError(program)
    return found


def schema(name: str) -> str:
    """Return the path of a database's schema, such as ``ovn/ovn-nb``."""
    path = Path('usr/share', f'{name}.ovsschema')
    unpacked = UNPACKED / path
    return str(unpacked if unpacked.exists() else '/' / path)


def run(program: str, *arguments: str) -> str:
    """Run a program to its end, and return what it prints.

    :raises RuntimeError: The program has failed; the message has its stderr.
    """
    finished = subprocess.run(
        [find(program), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if finished.returncode:
        raise RuntimeError(
            f'{program} {" ".join(arguments)}: {finished.stderr.strip()}'
        )
    return finished.stdout
