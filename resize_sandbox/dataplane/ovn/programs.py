# SPDX-License-Identifier: Apache-2.0
"""OVN's and Open vSwitch's programs, and in which versions they work."""

from pathlib import Path
import shutil
import subprocess

from resize_sandbox import debian
from resize_sandbox import exceptions

#: Where tools/install-ovn unpacks newer packages than the machine has.
UNPACKED = Path('/usr/local/lib/resize-sandbox-ovn')
BIN = UNPACKED / 'bin'

#: Older ones abort in the connection tracking of security groups.
_OLDEST_OVS = (3, 3)


def check() -> None:
    """Check that there is an Open vSwitch that works.

    :raises SandboxError: There is none, or one that is too old.
    """
    try:
        words = run('ovs-vswitchd', '--version').split()
    except (FileNotFoundError, RuntimeError):
        words = []
    if not words:
        raise exceptions.SandboxError(
            'A sandbox on OVN needs OVN and Open vSwitch, which are not '
            'installed here. Install them with: tools/install-ovn'
        )
    version = words[3]
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
    found = shutil.which(program, path=str(BIN)) or debian.find(program)
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

    :raises RuntimeError: It has failed: with its own words.
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
