# SPDX-License-Identifier: Apache-2.0

"""The environment variables of the sandbox's programs, and of its users."""

from collections.abc import Mapping
from collections.abc import MutableMapping
import os
import shlex

from resize_sandbox.state import StateDirectory

_LOOPBACK = ('127.0.0.1', 'localhost')
_PROXIES = ('http_proxy', 'https_proxy', 'all_proxy')


def isolated(
    state: StateDirectory, parent: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return an environment in which programs write to the sandbox only.

    :param state: its directory takes the place of the home directory, the
        caches and the temporary directory.
    :param parent: the environment to start from. Its OS_* variables, which
        would point clients to another cloud, are left out.
    """
    environment = {
        name: value
        for name, value in parent.items()
        if not name.startswith(('OS_', 'XDG_'))
    }
    return environment | {
        'HOME': str(state.home),
        'XDG_CACHE_HOME': str(state.home / '.cache'),
        'TMPDIR': str(state.home / 'tmp'),
    }


def exempt_loopback(environment: MutableMapping[str, str]) -> dict[str, str]:
    """Use no proxy for the services of this machine.

    :param environment: is changed, if it names a proxy.
    :returns: the variables that were changed.
    """
    if not any(name.lower() in _PROXIES for name in environment):
        return {}
    exempt = environment.get('no_proxy') or environment.get('NO_PROXY') or ''
    hosts = [host for host in exempt.split(',') if host]
    changed = {
        'no_proxy': ','.join(
            [*hosts, *(host for host in _LOOPBACK if host not in hosts)]
        )
    }
    environment.update(changed)
    return changed


def shell_lines(
    wanted: Mapping[str, str], parent: Mapping[str, str] = os.environ
) -> list[str]:
    """Return the lines that make a shell use the sandbox.

    :param wanted: the variables to set.
    :param parent: the shell's environment: of its OS_* variables those that
        would point ``openstack`` elsewhere are unset.
    """
    others = sorted(
        name
        for name in parent
        if name.startswith('OS_') and name not in wanted
    )
    return [
        *([f'unset {" ".join(others)}'] if others else []),
        *(
            f'export {name}={shlex.quote(value)}'
            for name, value in wanted.items()
        ),
    ]
