# SPDX-License-Identifier: Apache-2.0
"""Programs that pip can't install, and the Debian packages that hold them."""

from collections.abc import Mapping
from collections.abc import Sequence
import glob
import os
import shutil

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

# RabbitMQ's own directory first: the script of the same name in /usr/sbin
# is for the system's service.
_DIRECTORIES = (
    '/usr/lib/rabbitmq/bin',
    *sorted(glob.glob('/usr/lib/postgresql/*/bin')),
    '/usr/sbin',
    '/usr/bin',
    '/sbin',
)


def missing(programs: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names of the packages that are not installed."""
    return [
        package
        for package, names in programs.items()
        if not all(find(name) for name in names)
    ]


def find(program: str) -> str | None:
    """Return the path of a program, or None if it isn't installed."""
    path = os.pathsep.join([*_DIRECTORIES, os.environ.get('PATH', '')])
    return shutil.which(program, path=path)
