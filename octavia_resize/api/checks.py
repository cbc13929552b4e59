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

"""Whether a load balancer may get a flavor."""

from typing import Any

from octavia.common import constants
from octavia.db import models
from octavia.db import repositories
from oslo_config import cfg
from sqlalchemy import orm

from octavia_resize import exceptions

CONF = cfg.CONF


def check_flavor(
    session: orm.Session,
    repos: repositories.Repositories,
    load_balancer: models.LoadBalancer,
    new_flavor_id: str,
) -> dict[str, Any]:
    """Check everything about the new flavor that never changes.

    :param load_balancer: The load balancer to resize.
    :param new_flavor_id: UUID of the flavor it shall get.
    :returns: The flavor data of the new flavor's profile.
    :raises FlavorNotFound: There is no such flavor.
    :raises FlavorDisabled: The flavor is disabled.
    :raises FlavorProviderMismatch: It is a flavor of another provider.
    :raises FlavorTopologyMismatch: Its topology is not the load balancer's.
    :raises FlavorSRIOVMismatch: It asks for another type of VIP port.
    """
    flavor = session.get(models.Flavor, new_flavor_id)
    if flavor is None:
        raise exceptions.FlavorNotFound(flavor_id=new_flavor_id)
    if not flavor.enabled:
        raise exceptions.FlavorDisabled(flavor_id=new_flavor_id)

    flavor_provider = repos.flavor.get_flavor_provider(session, new_flavor_id)
    if flavor_provider != load_balancer.provider:
        raise exceptions.FlavorProviderMismatch(
            flavor_id=new_flavor_id,
            flavor_provider=flavor_provider,
            id=load_balancer.id,
            provider=load_balancer.provider,
        )

    flavor_data: dict[str, Any] = repos.flavor.get_flavor_metadata_dict(
        session, new_flavor_id
    )
    topology = flavor_data.get(
        constants.LOADBALANCER_TOPOLOGY,
        CONF.controller_worker.loadbalancer_topology,
    )
    if topology != load_balancer.topology:
        raise exceptions.FlavorTopologyMismatch(
            flavor_id=new_flavor_id,
            flavor_topology=topology,
            id=load_balancer.id,
            topology=load_balancer.topology,
        )

    vnic_type = (
        constants.VNIC_TYPE_DIRECT
        if flavor_data.get(constants.SRIOV_VIP, False)
        else constants.VNIC_TYPE_NORMAL
    )
    if vnic_type != load_balancer.vip.vnic_type:
        raise exceptions.FlavorSRIOVMismatch(
            flavor_id=new_flavor_id,
            flavor_vnic=vnic_type,
            id=load_balancer.id,
            vnic=load_balancer.vip.vnic_type,
        )
    return flavor_data
