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

"""Words of messages that name a load balancer."""

from openstack.load_balancer.v2 import load_balancer as _lb


def label(load_balancer: _lb.LoadBalancer, *, start: bool = True) -> str:
    """Name a load balancer in a message.

    :param load_balancer: The load balancer.
    :param start: Whether it stands at the start of a sentence.
    :returns: Such as ``Load balancer web (d0a51a71-…)``.
    """
    noun = 'Load balancer' if start else 'load balancer'
    if not load_balancer.name:
        return f'{noun} {load_balancer.id}'
    return f'{noun} {load_balancer.name} ({load_balancer.id})'


def with_flavor(flavor: str | None) -> str:
    """Tell in a message which flavor a load balancer has.

    :param flavor: The flavor's name or ID, None for none.
    :returns: Such as ``with flavor small``.
    """
    return 'with no flavor' if flavor is None else f'with flavor {flavor}'
