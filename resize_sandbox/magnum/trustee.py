# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""The domain for the users of clusters, which Magnum asks for up to 22."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from resize_sandbox.state import StateDirectory

if TYPE_CHECKING:
    from openstack.identity.v3 import _proxy

_DOMAIN = 'magnum'
_ADMIN = 'magnum-domain-admin'


def options(state: StateDirectory) -> Mapping[str, str]:
    """Return what Magnum's configuration says of it, in ``[trust]``."""
    return {
        'trustee_domain_name': _DOMAIN,
        'trustee_domain_admin_name': _ADMIN,
        'trustee_domain_admin_password': _password(state),
    }


def create(state: StateDirectory, identity: _proxy.Proxy) -> None:
    """Create the domain and its administrator, unless they are there."""
    domain = identity.find_domain(_DOMAIN) or identity.create_domain(
        name=_DOMAIN
    )
    admin = identity.find_user(
        _ADMIN, domain_id=domain.id
    ) or identity.create_user(
        name=_ADMIN, domain_id=domain.id, password=_password(state)
    )
    role = identity.find_role('admin', ignore_missing=False)
    identity.assign_domain_role_to_user(domain, admin, role)


def _password(state: StateDirectory) -> str:
    return state.secret(f'password of {_ADMIN}')
