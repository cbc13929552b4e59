# SPDX-License-Identifier: Apache-2.0
"""What this machine must have and allow for a sandbox with traffic."""

import importlib.util
import os
from pathlib import Path
import subprocess
import sys

from resize_sandbox import debian
from resize_sandbox import deployment
from resize_sandbox import exceptions
from resize_sandbox.dataplane.ovn import programs

_MODULES = ('pyroute2',)
# Makes what an amphora is made of, and leaves nothing behind.
_TRIAL = (
    *('unshare', '--net', '--mount', '--pid', '--uts', '--ipc', '--fork'),
    *('sh', '-ec'),
    'mount -t tmpfs trial /mnt; mkdir /mnt/a /mnt/b /mnt/c; '
    'mount -t overlay -o lowerdir=/usr,upperdir=/mnt/a,workdir=/mnt/b '
    'overlay /mnt/c; mknod /mnt/null c 1 3; '
    'ip link add trial type veth peer name trial2; '
    'ip link add trial3 type bridge',
)


def check(network: str) -> None:
    """Check that amphorae and their network can be made here.

    :param network: ``bridges`` or ``ovn``.

    :raises SandboxError: when something is missing: all of it, and the
        commands that install it.
    """
    if os.geteuid() != 0:
        raise exceptions.SandboxError(
            'A sandbox with traffic makes network namespaces, bridges and '
            'mounts, which only root may. Run the same command as root, or '
            'start a sandbox without --traffic.'
        )
    commands = []
    if packages := debian.missing(debian.TRAFFIC):
        commands.append(f'apt-get install {" ".join(packages)}')
    if modules := [m for m in _MODULES if not importlib.util.find_spec(m)]:
        commands.append(
            f'{Path(sys.executable).parent / "pip"} install '
            f'{" ".join(modules)}'
        )
    if commands:
        raise exceptions.SandboxError(
            'A sandbox with traffic needs what is not installed here. '
            f'Install it with: {" && ".join(commands)}'
        )
    tried = subprocess.run(_TRIAL, capture_output=True, text=True, check=False)
    if tried.returncode:
        raise exceptions.SandboxError(
            'A sandbox with traffic needs namespaces, overlay mounts, '
            'devices, veth pairs and bridges, and this machine refuses some '
            'of it, as containers do that are not privileged: '
            f'{tried.stderr.strip()}'
        )
    if network == deployment.OVN:
        programs.check()
        if importlib.util.find_spec('neutron') is None:
            raise exceptions.SandboxError(
                'Neutron is not installed. Install it with, in a clone of '
                "python-resizeclient: pip install '.[sandbox,ovn]'"
            )
