# SPDX-License-Identifier: Apache-2.0

"""Finds programs, and checks what a sandbox needs on this machine.

tools/install-packages imports this module without the packages of the sandbox.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
import glob
import importlib.util
import os
from pathlib import Path
import shutil
import subprocess
import sys

from resize_sandbox import exceptions

#: Programs by package, for the distributed profile.
DISTRIBUTED: Mapping[str, Sequence[str]] = {
    'mariadb-server': ('mariadbd', 'mariadb-install-db'),
    'rabbitmq-server': ('rabbitmq-server', 'epmd'),
    'redis-server': ('redis-server',),
}
#: Programs by package, for a sandbox with traffic.
TRAFFIC: Mapping[str, Sequence[str]] = {
    'haproxy': ('haproxy',),
    'ipvsadm': ('ipvsadm',),
    'iproute2': ('ip',),
    'keepalived': ('keepalived',),
    'procps': ('sysctl',),
    'util-linux': ('nsenter', 'pivot_root', 'setpriv', 'setsid', 'unshare'),
}
#: Programs by package, for the tests of migrations.
MIGRATIONS: Mapping[str, Sequence[str]] = {
    'postgresql': ('initdb', 'pg_ctl', 'postgres'),
}

#: Where tools/install-ovn unpacks newer packages than the machine has.
OVN = Path('/usr/local/lib/resize-sandbox-ovn')
OVN_BIN = OVN / 'bin'

# RabbitMQ's own directory first: the script of the same name in /usr/sbin
# is for the system's service.
_DIRECTORIES = (
    str(OVN_BIN),
    '/usr/lib/rabbitmq/bin',
    *sorted(glob.glob('/usr/lib/postgresql/*/bin')),
    '/usr/sbin',
    '/usr/bin',
    '/sbin',
)


#: Python modules of the extras.
_MODULES = ('keystone', 'magnum', 'magnum_capi_helm', 'octavia', 'waitress')
_DISTRIBUTED_MODULES = ('gunicorn', 'pymysql', 'redis')
_TRAFFIC_MODULES = ('h2', 'pyroute2')
# Uses all that makes an amphora, and leaves nothing behind.
_TRIAL = (
    *('unshare', '--net', '--mount', '--pid', '--uts', '--ipc', '--fork'),
    *('sh', '-ec'),
    'mount -t tmpfs trial /mnt; mkdir /mnt/a /mnt/b /mnt/c; '
    'mount -t overlay -o lowerdir=/usr,upperdir=/mnt/a,workdir=/mnt/b '
    'overlay /mnt/c; mknod /mnt/null c 1 3; '
    'ip link add trial type veth peer name trial2; '
    'ip link add trial3 type bridge',
)


def check() -> None:
    """Check that the Python packages of a sandbox are installed.

    :raises SandboxError: One is missing; the message has the command that
        installs them.
    """
    if _lacks(_MODULES):
        raise exceptions.SandboxError(
            'The sandbox needs Keystone, Octavia, Magnum and '
            'magnum-capi-helm, which are not all installed in '
            f'{sys.prefix}. Install them there with, in a clone '
            "of python-resizeclient: pip install '.[sandbox]'"
        )


def check_distributed() -> None:
    """Check that what the distributed profile needs is installed.

    :raises SandboxError: Something is missing; the message has the commands
        that install all of it.
    """
    commands = _get_apt_commands(DISTRIBUTED)
    where = ''
    if _lacks(_DISTRIBUTED_MODULES):
        commands.append("pip install '.[sandbox,distributed]'")
        where = ', in a clone of python-resizeclient'
    if commands:
        raise exceptions.SandboxError(
            'The distributed profile needs what is not installed here. '
            f'Install it with{where}: {" && ".join(commands)}'
        )


def check_traffic() -> None:
    """Check that amphorae and their network can be created on this machine.

    :raises SandboxError: The caller is not root; or something is missing: the
        message has the commands that install all of it; or the machine
        refuses something, as an unprivileged container does.
    """
    if os.geteuid() != 0:
        raise exceptions.SandboxError(
            'A sandbox with traffic makes network namespaces, bridges and '
            'mounts, which only root may. Run the same command as root, or '
            'start a sandbox without --traffic.'
        )
    commands = _get_apt_commands(TRAFFIC)
    if _lacks(_TRAFFIC_MODULES):
        pip = Path(sys.executable).parent / 'pip'
        commands.append(f'{pip} install {" ".join(_TRAFFIC_MODULES)}')
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


def get_missing(programs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names of the packages that are not installed.

    :param programs: Names of programs by package.
    """
    return [
        package
        for package, names in programs.items()
        if not all(find(name) for name in names)
    ]


def find(program: str) -> str | None:
    """Return the path of a program; None if it is not installed."""
    path = os.pathsep.join([*_DIRECTORIES, os.environ.get('PATH', '')])
    return shutil.which(program, path=path)


def get(program: str) -> str:
    """Return the path of a program.

    :raises SandboxError: The program is not installed.
    """
    path = find(program)
    if path is None:
        raise exceptions.SandboxError(f'{program} is not installed any more.')
    return path


def _get_apt_commands(programs: Mapping[str, Sequence[str]]) -> list[str]:
    packages = get_missing(programs)
    return [f'apt-get install {" ".join(packages)}'] if packages else []


def _lacks(modules: Iterable[str]) -> bool:
    return any(importlib.util.find_spec(name) is None for name in modules)
