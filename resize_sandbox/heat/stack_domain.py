# SPDX-License-Identifier: Apache-2.0

"""The domain for the users that Heat creates for stacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from resize_sandbox import domain_admin
from resize_sandbox.state import StateDirectory

if TYPE_CHECKING:
    from openstack.identity.v3 import _proxy

_ADMIN = domain_admin.DomainAdmin('heat', 'heat-domain-admin')


def options(state: StateDirectory) -> Mapping[str, str]:
    """Return what Heat's configuration says of it, in ``[DEFAULT]``."""
    return {
        'stack_user_domain_name': _ADMIN.domain,
        'stack_domain_admin': _ADMIN.name,
        'stack_domain_admin_password': _ADMIN.password(state),
    }


def create(state: StateDirectory, identity: _proxy.Proxy) -> None:
    """Create the domain and its administrator, unless they are there."""
    _ADMIN.create(state, identity)
