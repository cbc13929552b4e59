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

from octavia.api.drivers import utils
from octavia.common import constants
from octavia.common import exceptions as octavia_exceptions
from octavia.db import models
from octavia.db import repositories
from octavia_lib.api.drivers import exceptions as lib_exceptions
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


def check_with_provider(
    driver: Any, flavor_id: str, flavor_data: dict[str, Any]
) -> None:
    """Have the provider accept or refuse the flavor data.

    What goes wrong below the provider can name the operator's compute
    flavors and hosts: that is for the log only.

    :param driver: Octavia's driver of the provider.
    :raises FlavorUnusable: It asks for what there is no more.
    :raises FlavorNotChecked: What the provider has asked has failed.
    :raises octavia.common.exceptions.ProviderDriverError: The provider has
        failed, and says why.
    :raises octavia.common.exceptions.ProviderUnsupportedOptionError: The
        provider does not know a setting.
    """
    try:
        utils.call_provider(driver.name, driver.validate_flavor, flavor_data)
    except octavia_exceptions.ProviderDriverError as e:
        # What the provider itself says is meant for users.
        if isinstance(e.__context__, lib_exceptions.DriverError):
            raise
        if isinstance(e.__context__, octavia_exceptions.InvalidSubresource):
            raise exceptions.FlavorUnusable(flavor_id=flavor_id) from e
        raise exceptions.FlavorNotChecked(flavor_id=flavor_id) from e
