# SPDX-License-Identifier: Apache-2.0
"""The file system of an amphora.

It sees the host's programs, the Python environment that the sandbox runs in,
a few files of /etc, and nothing else of the host.
"""

import os
from pathlib import Path
import shutil
import subprocess
import sys

_ETC = (
    'alternatives',
    'group',
    'iproute2',
    'ld.so.cache',
    'ld.so.conf',
    'ld.so.conf.d',
    'localtime',
    'login.defs',
    'passwd',
    'protocols',
    'services',
    'ssl/openssl.cnf',
)
_DIRECTORIES = (
    'dev/shm',
    'etc/haproxy',
    'etc/keepalived',
    'etc/netns',
    'etc/octavia/certs',
    'etc/rsyslog.d',
    'etc/sysctl.d',
    'etc/systemd/system',
    'home',
    'mnt',
    'old',
    'proc',
    'root',
    'run/netns',
    'run/rsyslog/octavia',
    'run/systemd',
    'sys',
    'tmp',
    'usr',
    'var/cache',
    'var/lib/dhclient',
    'var/lib/octavia/certs',
    'var/log',
    'var/tmp',
)
_DEVICES = {'null': 3, 'zero': 5, 'full': 7, 'random': 8, 'urandom': 9}

_MEMORY_KB = 1024 * 1024

# What the amphora image has in its /etc/sysctl.d: haproxy binds to a VIP that
# the amphora doesn't hold yet.
_SYSCTL = 'net.ipv4.ip_nonlocal_bind = 1\nnet.ipv6.ip_nonlocal_bind = 1\n'

_SYSTEMCTL = """\
#!{python} -IS
import socket, sys
arguments = [one for one in sys.argv[1:] if not one.startswith('-')]
with socket.socket(socket.AF_UNIX) as services:
    services.connect('/run/systemctl.sock')
    services.sendall(' '.join(arguments).encode())
    services.shutdown(socket.SHUT_WR)
    status, _, output = b''.join(iter(lambda: services.recv(65536), b'')
                                 ).decode().partition('\\n')
print(output, end='\\n' if output else '')
sys.exit(int(status))
"""
_NOTHING = '#!/bin/sh\nexit 0\n'
# haproxy needs two open files for each connection. As many as the listeners
# may have are more than root may open in each container.
_HAPROXY = '#!/bin/sh\nexec /usr/sbin/haproxy -n 1500 "$@"\n'


def _mount(*arguments: str | Path) -> None:
    subprocess.run(['mount', *arguments], check=True)


def _bind(source: Path, root: Path, *, writable: bool = False) -> None:
    target = root / source.relative_to('/')
    target.mkdir(parents=True, exist_ok=True)
    _mount('--bind', source, target)
    if not writable:
        _mount('-o', 'remount,bind,ro', target)


def enter(directory: Path, name: str, files: dict[str, str]) -> None:
    """Make the file system and make it the root of this process.

    The process must have a mount namespace of its own.

    :param directory: the amphora's, on the host; its subdirectory ``log``
        becomes /var/log.
    :param name: the amphora's host name.
    :param files: the files of the config drive, by path.
    """
    _mount('--make-rprivate', '/')
    root = directory / 'root'
    root.mkdir()
    _mount('-t', 'tmpfs', '-o', 'size=256m,mode=755', 'amphora', root)
    for path in _DIRECTORIES:
        (root / path).mkdir(parents=True, exist_ok=True)
    (root / 'var/run').symlink_to('/run')
    _mount_programs(root)
    _copy_etc(root)
    _mount_kernel(root)
    _mount('--bind', directory / 'log', root / 'var/log')
    _write_files(root, name, files)
    os.chdir(root)
    subprocess.run(['pivot_root', '.', 'old'], check=True)
    os.chdir('/')
    subprocess.run(['umount', '-l', '/old'], check=True)
    os.rmdir('/old')


def _mount_programs(root: Path) -> None:
    for name in ('upper', 'work'):
        (root / 'mnt' / name).mkdir()
    _mount(
        *('-t', 'overlay', 'overlay', '-o'),
        f'lowerdir=/usr,upperdir={root}/mnt/upper,workdir={root}/mnt/work',
        root / 'usr',
    )
    for path in Path('/').iterdir():
        if path.name not in ('bin', 'sbin') and not path.name.startswith(
            'lib'
        ):
            continue
        if path.is_symlink():
            (root / path.name).symlink_to(os.readlink(path))
        elif path.is_dir() and path.name != 'lost+found':
            _bind(path, root)
    for prefix in {Path(sys.prefix), Path(sys.base_prefix).resolve()}:
        if not prefix.is_relative_to('/usr'):
            _bind(prefix, root)
    # The agent gets the version of keepalived from it.
    packages = Path('/var/lib/dpkg')
    if packages.exists():
        _bind(packages, root)
    units = root / 'usr/lib/systemd/system'
    shutil.rmtree(units, ignore_errors=True)
    units.mkdir(parents=True)
    sysctl = root / 'usr/lib/sysctl.d'
    shutil.rmtree(sysctl, ignore_errors=True)


def _copy_etc(root: Path) -> None:
    for name in _ETC:
        source, target = Path('/etc', name), root / 'etc' / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True)
        elif source.exists():
            shutil.copy(source, target)


def _mount_kernel(root: Path) -> None:
    _mount('-t', 'proc', 'proc', root / 'proc')
    settings = root / 'proc/sys'
    # The kernel's own settings are the host's; those of networks belong to
    # the amphora's namespaces.
    _mount('--bind', settings, settings)
    _mount('--bind', settings / 'net', settings / 'net')
    _mount('-o', 'remount,bind,ro', settings)
    # The agent has haproxy take a third of the memory for TLS sessions.
    memory = root / 'run/meminfo'
    memory.write_text(_memory(Path('/proc/meminfo').read_text()))
    _mount('--bind', memory, root / 'proc/meminfo')
    _mount('-t', 'sysfs', '-o', 'ro', 'sysfs', root / 'sys')
    for name, minor in _DEVICES.items():
        device = root / 'dev' / name
        os.mknod(device, 0o666 | 0o020000, os.makedev(1, minor))
        device.chmod(0o666)
    (root / 'dev/fd').symlink_to('/proc/self/fd')


def _memory(meminfo: str) -> str:
    """Return what /proc/meminfo says where there is as much as in a VM."""
    lines = []
    scale: float | None = None
    for line in meminfo.splitlines():
        name, _, value = line.partition(':')
        number, *unit = value.split()
        if scale is None:
            # The first one is MemTotal.
            scale = min(1.0, _MEMORY_KB / int(number))
        lines.append(
            ' '.join([f'{name}:', str(int(int(number) * scale)), *unit])
        )
    return '\n'.join([*lines, ''])


def _write_files(root: Path, name: str, files: dict[str, str]) -> None:
    programs = root / 'usr/local/sbin'
    programs.mkdir(parents=True, exist_ok=True)
    for path, content in {
        programs / 'haproxy': _HAPROXY,
        programs / 'systemctl': _SYSTEMCTL.format(python=sys.executable),
        programs / 'modprobe': _NOTHING,
        root / 'usr/local/bin/lvs-masquerade.sh': _NOTHING,
    }.items():
        path.write_text(content)
        path.chmod(0o755)
    for path, content in {
        root / 'etc/sysctl.d/amphora.conf': _SYSCTL,
        # There is no DNS: keepalived would wait for the name of its host.
        root / 'etc/hosts': f'127.0.0.1 localhost\n127.0.1.1 {name}\n',
        root / 'etc/resolv.conf': '',
        root / 'etc/nsswitch.conf': 'hosts: files\n',
        root / 'var/lib/octavia/haproxy-default-user-group.conf': (
            'global\n    group nogroup\n'
        ),
    }.items():
        path.write_text(content)
    for name_, content in files.items():
        path = root / name_.lstrip('/')
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(0o600)
        path.write_text(content)
