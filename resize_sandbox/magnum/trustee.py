# SPDX-License-Identifier: Apache-2.0

"""The domain for the users of clusters, which Magnum needs up to 22."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from resize_sandbox import domain_admin
from resize_sandbox.state import StateDirectory

if TYPE_CHECKING:
    from openstack.identity.v3 import _proxy

_ADMIN = domain_admin.DomainAdmin('magnum', 'magnum-domain-admin')


def options(state: StateDirectory) -> Mapping[str, str]:
    """Return what Magnum's configuration says of it, in ``[trust]``."""
    return {
        'trustee_domain_name': _ADMIN.domain,
        'trustee_domain_admin_name': _ADMIN.name,
        'trustee_domain_admin_password': _ADMIN.password(state),
    }


def create(state: StateDirectory, identity: _proxy.Proxy) -> None:
    """Create the domain and its administrator, unless they are there."""
    _ADMIN.create(state, identity)
