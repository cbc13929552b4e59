# SPDX-License-Identifier: Apache-2.0

"""The users of a sandbox, and the clouds.yaml that logs them in."""

from collections.abc import Sequence
import dataclasses
from typing import Any

import yaml

from resize_sandbox.state import StateDirectory

REGION = 'RegionOne'
DOMAIN = 'Default'

#: The project that the seeded load balancers and clusters belong to.
TENANT_PROJECT = 'sandbox'
ADMIN_CLOUD = 'sandbox-admin'
MEMBER_CLOUD = 'sandbox-member'


@dataclasses.dataclass(frozen=True)
class User:
    """A user of the sandbox; the cloud that logs them in has their name."""

    name: str
    project: str
    roles: Sequence[str]


ADMIN = User(ADMIN_CLOUD, 'admin', ['admin'])
TENANTS: Sequence[User] = (
    User(MEMBER_CLOUD, TENANT_PROJECT, ['member', 'load-balancer_member']),
    User(
        'sandbox-reader',
        TENANT_PROJECT,
        ['reader', 'load-balancer_observer'],
    ),
    # Another tenant.
    User('sandbox-other', 'other', ['member', 'load-balancer_member']),
)


def service_user(name: str) -> User:
    """Return the user of a service.

    :param name: the service's, which is the user's, too.
    """
    return User(name, 'service', ['admin', 'service'])


def auth(state: StateDirectory, user: User, auth_url: str) -> dict[str, str]:
    """Return what keystoneauth's password plugin needs to log a user in."""
    return {
        'auth_url': auth_url,
        'username': user.name,
        'password': state.secret(f'password of {user.name}'),
        'project_name': user.project,
        'user_domain_name': DOMAIN,
        'project_domain_name': DOMAIN,
    }


def render(state: StateDirectory, auth_url: str) -> str:
    """Return the text of clouds.yaml.

    :param auth_url: Keystone's version 3 URL.
    """
    clouds: dict[str, Any] = {
        user.name: {
            'auth': auth(state, user, auth_url),
            'region_name': REGION,
            'identity_api_version': 3,
        }
        for user in (ADMIN, *TENANTS)
    }
    return yaml.safe_dump({'clouds': clouds}, sort_keys=False)
