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
