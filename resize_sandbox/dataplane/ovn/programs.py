# SPDX-License-Identifier: Apache-2.0
"""OVN's and Open vSwitch's programs, and the versions that work."""

import importlib.util
from pathlib import Path
import subprocess

from resize_sandbox import exceptions
from resize_sandbox import requirements

#: All that a sandbox runs.
_PROGRAMS = (
    'ovn-controller',
    'ovn-nbctl',
    'ovn-northd',
    'ovs-vsctl',
    'ovs-vswitchd',
    'ovsdb-server',
    'ovsdb-tool',
)
#: Older ones abort in the connection tracking of security groups.
_OLDEST_OVS = (3, 3)


def check() -> None:
    """Check that a sandbox on OVN can be started on this machine.

    :raises SandboxError: A program is missing or does not work, or Neutron is
        missing; the message has the command that installs it.
    """
    check_installed()
    if importlib.util.find_spec('neutron') is None:
        raise exceptions.SandboxError(
            'Neutron is not installed. Install it with, in a clone of '
            "python-resizeclient: pip install '.[sandbox,ovn]'"
        )


def check_installed() -> None:
    """Check that OVN is installed, and an Open vSwitch that works.

    :raises SandboxError: A program is missing, too old, or does not run.
    """
    missing = [name for name in _PROGRAMS if not requirements.find(name)]
    if missing:
        raise exceptions.SandboxError(
            'A sandbox on OVN needs programs of OVN and Open vSwitch that are '
            f'not installed here: {", ".join(missing)}. Install them with: '
            'tools/install-ovn'
        )
    try:
        version = run('ovs-vswitchd', '--version').split()[3]
    except RuntimeError as error:
        raise exceptions.SandboxError(
            f'Open vSwitch does not run here: {error}. Unpack one that does '
            'with: tools/install-ovn'
        ) from error
    if tuple(map(int, version.split('.')[:2])) < _OLDEST_OVS:
        raise exceptions.SandboxError(
            f'Open vSwitch {version}, which is installed here, aborts in the '
            'connection tracking of security groups; a sandbox on OVN needs '
            '3.3 or newer. Unpack a newer one beside it with: '
            'tools/install-ovn'
        )


def schema(name: str) -> str:
    """Return the path of a database's schema, such as ``ovn/ovn-nb``."""
    path = Path('usr/share', f'{name}.ovsschema')
    unpacked = requirements.OVN / path
    return str(unpacked if unpacked.exists() else '/' / path)


def run(program: str, *arguments: str) -> str:
    """Run a program to its end, and return what it prints.

    :raises RuntimeError: The program has failed; the message has its stderr.
    """
    finished = subprocess.run(
        [requirements.get(program), *arguments],
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
