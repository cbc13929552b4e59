# SPDX-License-Identifier: Apache-2.0

"""A domain of its own for the users of a service, with an administrator."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from resize_sandbox.state import StateDirectory

if TYPE_CHECKING:
    from openstack.identity.v3 import _proxy


@dataclasses.dataclass(frozen=True)
class DomainAdmin:
    """The administrator of a domain."""

    #: The name of the domain
    domain: str
    name: str

    def password(self, state: StateDirectory) -> str:
        """Return the administrator's password."""
        return state.secret(f'password of {self.name}')

    def create(self, state: StateDirectory, identity: _proxy.Proxy) -> None:
        """Create the domain and its administrator, unless they are there."""
        domain = identity.find_domain(self.domain) or identity.create_domain(
            name=self.domain
        )
        admin = identity.find_user(
            self.name, domain_id=domain.id
        ) or identity.create_user(
            name=self.name, domain_id=domain.id, password=self.password(state)
        )
        role = identity.find_role('admin', ignore_missing=False)
        identity.assign_domain_role_to_user(domain, admin, role)
