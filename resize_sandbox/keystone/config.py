# SPDX-License-Identifier: Apache-2.0

"""Keystone's configuration."""

from collections.abc import Mapping

from resize_sandbox import clouds
from resize_sandbox import config
from resize_sandbox.deployment import Deployment

NAME = 'keystone'


def auth_url(deployment: Deployment) -> str:
    """Return the URL that clients and services log in at."""
    return f'{deployment.url(NAME)}/v3'


def service_auth(deployment: Deployment, name: str) -> dict[str, str]:
    """Return the options that log a service in.

    :param name: the service's.
    """
    user = clouds.service_user(name)
    return {
        'auth_type': 'password',
        **clouds.auth(deployment.state, user, auth_url(deployment)),
        'region_name': clouds.REGION,
    }


def environment(deployment: Deployment) -> Mapping[str, str]:
    """Return the environment variable of the administrator's password."""
    password = deployment.state.secret(f'password of {clouds.ADMIN.name}')
    return {'OS_BOOTSTRAP_PASSWORD': password}


def write(deployment: Deployment) -> None:
    """Write Keystone's configuration file."""
    state = deployment.state
    state.write(
        state.config_file(NAME),
        config.render(
            {
                'DEFAULT': {
                    'public_endpoint': deployment.url(NAME),
                    'use_stderr': True,
                },
                'database': {
                    'connection': deployment.database_url(NAME),
                },
                'cache': {
                    # The only process: nobody else changes anything.
                    'backend': 'oslo_cache.dict',
                },
                'fernet_tokens': {
                    'key_repository': state.etc / 'fernet-keys',
                },
                'fernet_receipts': {
                    'key_repository': state.etc / 'fernet-keys',
                },
                'credential': {
                    'key_repository': state.etc / 'credential-keys',
                },
                'identity': {
                    # Passwords are random: no need for a slow hash.
                    'password_hash_rounds': 4,
                    # bcrypt ignores the rest; Keystone warns about more.
                    'max_password_length': 72,
                },
                'oslo_policy': {
                    'policy_file': state.etc / 'keystone-policy.yaml',
                },
            }
        ),
    )
