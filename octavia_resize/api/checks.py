# SPDX-License-Identifier: Apache-2.0

"""Whether a load balancer may get new amphorae, and what would change.

:func:`make_plan` checks against the database. :func:`check_with_services`
sends requests to other services, outside of any transaction.
"""

from typing import Any
from typing import NamedTuple

from octavia.api.drivers import driver_factory
from octavia.api.drivers import utils
from octavia.common import constants as octavia_constants
from octavia.common import exceptions as octavia_exceptions
from octavia.db import models
from octavia.db import repositories
from octavia_lib.api.drivers import exceptions as lib_exceptions
from oslo_config import cfg
from oslo_log import log as logging
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize import exceptions
from octavia_resize import providers
from octavia_resize.api import references
from octavia_resize.api import secrets
from octavia_resize.drivers import base
from octavia_resize.drivers import loader
from octavia_resize.lifecycle import request

CONF = cfg.CONF
LOG = logging.getLogger(__name__)


class Plan(NamedTuple):
    """A resize or rebuild that has passed the checks against the database."""

    #: One of the operations in octavia_resize.constants.
    operation: str
    load_balancer_id: str
    project_id: str
    topology: str | None
    #: Of the VIP and the additional VIPs.
    vip_addresses: list[str]
    previous_flavor_id: str | None
    previous_flavor_name: str | None
    #: None in a rebuild of a load balancer without a flavor.
    new_flavor_id: str | None
    new_flavor_name: str | None
    #: Flavor data of the profiles.
    previous_flavor_data: dict[str, Any]
    new_flavor_data: dict[str, Any]
    availability_zone: dict[str, Any]
    secrets: list[secrets.Secret]
    #: Octavia's driver of the provider.
    driver: Any
    #: For how long connections that clients keep are closed before the VIPs
    #: move, in seconds.
    drain_seconds: int
    #: None if the provider's driver itself resizes its load balancers.
    resize_driver: base.ResizeDriver | None

    def describe_traffic(self) -> str | None:
        """Return what the resize does to traffic; None if that is unknown."""
        if self.resize_driver is None:
            return None
        return self.resize_driver.describe_traffic(
            self.topology, self.vip_addresses, self.drain_seconds
        )


def make_plan(
    session: orm.Session,
    repos: repositories.Repositories,
    load_balancer: models.LoadBalancer,
    new_flavor_id: str,
    drain_seconds: int | None,
) -> Plan:
    """Check the load balancer and the new flavor against the database.

    :param load_balancer: The load balancer to resize.
    :param new_flavor_id: UUID of the new flavor.
    :param drain_seconds: As requested; None for the configured value.
    :raises ResizeNotSupported: The provider cannot resize.
    :raises DrainNotSupported: The provider does not drain connections.
    :raises FlavorNotFound: There is no such flavor.
    :raises FlavorDisabled: The flavor is disabled.
    :raises FlavorProfileUnreadable: The flavor's profile is gone or no JSON
        object.
    :raises FlavorProviderMismatch: The flavor is one of another provider.
    :raises FlavorTopologyMismatch: The flavor's topology is not the load
        balancer's.
    :raises FlavorSRIOVMismatch: The flavor needs another type of VIP port.
    :raises LoadBalancerNotResizable: The load balancer is neither ACTIVE nor
        in ERROR.
    :raises SameFlavor: The load balancer has the flavor already, and is
        ACTIVE.
    :raises PresentFlavorUnreadable: The load balancer's present flavor, or
        the flavor's profile, is gone or no JSON object.
    :raises AvailabilityZoneUnreadable: The load balancer's availability zone,
        or the zone's profile, is gone or no JSON object.
    :raises VipUnreadable: A VIP is gone or has no address.
    """
    driver = driver_factory.get_driver(load_balancer.provider)
    resize_driver = loader.get_driver(driver, load_balancer)
    references.check_vips(load_balancer)
    seconds = _get_drain_seconds(
        driver, resize_driver, load_balancer, drain_seconds
    )
    flavor = session.get(models.Flavor, new_flavor_id)
    if flavor is None:
        raise exceptions.FlavorNotFound(flavor_id=new_flavor_id)
    _check_flavor(session, repos, load_balancer, flavor)
    status = load_balancer.provisioning_status
    request.check_status(load_balancer.id, status)
    request.check_flavor(
        load_balancer.id, status, load_balancer.flavor_id, new_flavor_id
    )
    return _make_plan(
        session, repos, load_balancer, driver, resize_driver, seconds
    )._replace(
        operation=constants.RESIZE,
        new_flavor_id=new_flavor_id,
        new_flavor_name=flavor.name,
        new_flavor_data=references.read_flavor(session, repos, new_flavor_id)
        or {},
    )


def make_rebuild_plan(
    session: orm.Session,
    repos: repositories.Repositories,
    load_balancer: models.LoadBalancer,
    drain_seconds: int | None,
) -> Plan:
    """Check a load balancer to rebuild against the database.

    :param drain_seconds: As requested; None for the configured value.
    :raises RebuildNotSupported: The provider cannot rebuild.
    :raises DrainNotSupported: The provider does not drain connections.
    :raises LoadBalancerNotResizable: The load balancer is neither ACTIVE nor
        in ERROR.
    :raises PresentFlavorUnreadable: See :func:`make_plan`.
    :raises AvailabilityZoneUnreadable: See :func:`make_plan`.
    :raises VipUnreadable: See :func:`make_plan`.
    """
    driver = driver_factory.get_driver(load_balancer.provider)
    try:
        resize_driver = loader.get_driver(driver, load_balancer)
    except exceptions.ResizeNotSupported:
        resize_driver = None
    if resize_driver is None or not resize_driver.can_rebuild:
        raise exceptions.RebuildNotSupported(
            provider=driver.name, id=load_balancer.id
        )
    seconds = _get_drain_seconds(
        driver, resize_driver, load_balancer, drain_seconds
    )
    references.check_vips(load_balancer)
    request.check_status(load_balancer.id, load_balancer.provisioning_status)
    return _make_plan(
        session, repos, load_balancer, driver, resize_driver, seconds
    )


def _make_plan(
    session: orm.Session,
    repos: repositories.Repositories,
    load_balancer: models.LoadBalancer,
    driver: Any,
    resize_driver: base.ResizeDriver | None,
    drain_seconds: int,
) -> Plan:
    """Return the plan of a rebuild: the flavor stays."""
    flavor_id = load_balancer.flavor_id
    flavor = session.get(models.Flavor, flavor_id) if flavor_id else None
    flavor_name = flavor.name if flavor else None
    data = references.get_present_flavor(session, repos, load_balancer)
    return Plan(
        operation=constants.REBUILD,
        load_balancer_id=load_balancer.id,
        project_id=load_balancer.project_id,
        topology=load_balancer.topology,
        vip_addresses=[
            load_balancer.vip.ip_address,
            *(vip.ip_address for vip in load_balancer.additional_vips),
        ],
        previous_flavor_id=flavor_id,
        previous_flavor_name=flavor_name,
        new_flavor_id=flavor_id,
        new_flavor_name=flavor_name,
        previous_flavor_data=data,
        new_flavor_data=data,
        availability_zone=references.get_availability_zone(
            session, repos, load_balancer
        ),
        secrets=secrets.list_secrets(load_balancer),
        driver=driver,
        drain_seconds=drain_seconds,
        resize_driver=resize_driver,
    )


def _get_drain_seconds(
    driver: Any,
    resize_driver: base.ResizeDriver | None,
    load_balancer: models.LoadBalancer,
    requested: int | None,
) -> int:
    can_drain = resize_driver is not None and resize_driver.can_drain
    if requested and not can_drain:
        raise exceptions.DrainNotSupported(
            provider=driver.name, id=load_balancer.id
        )
    if requested is not None:
        return requested
    return CONF.octavia_resize.drain_seconds if can_drain else 0


#: The exception for a flavor that does not fit, and its arguments.
_Mismatch = tuple[type[octavia_exceptions.APIException], dict[str, Any]]


def _check_flavor(
    session: orm.Session,
    repos: repositories.Repositories,
    load_balancer: models.LoadBalancer,
    flavor: models.Flavor,
) -> None:
    mismatch = _find_mismatch(session, repos, load_balancer, flavor)
    if mismatch is None:
        return
    exception, details = mismatch
    choices = sorted(
        other.name
        for other in session.query(models.Flavor).all()
        if other.id != load_balancer.flavor_id
        and _find_mismatch(session, repos, load_balancer, other) is None
    )
    raise exception(
        id=load_balancer.id,
        flavor_id=flavor.id,
        choices=(
            f'Choose one of: {", ".join(choices)}'
            if choices
            else 'No other flavor of this cloud fits the load balancer'
        ),
        **details,
    )


def _find_mismatch(
    session: orm.Session,
    repos: repositories.Repositories,
    load_balancer: models.LoadBalancer,
    flavor: models.Flavor,
) -> _Mismatch | None:
    """Return what a resize of the load balancer to the flavor conflicts with.

    :returns: None if the flavor fits.
    """
    if not flavor.enabled:
        return exceptions.FlavorDisabled, {}
    data = references.read_flavor(session, repos, flavor.id)
    if data is None:
        return exceptions.FlavorProfileUnreadable, {}
    provider = repos.flavor.get_flavor_provider(session, flavor.id)
    if providers.get_canonical(provider) != providers.get_canonical(
        load_balancer.provider
    ):
        return exceptions.FlavorProviderMismatch, {
            'flavor_provider': provider,
            'provider': load_balancer.provider or providers.AMPHORA,
        }
    topology = data.get(
        octavia_constants.LOADBALANCER_TOPOLOGY,
        CONF.controller_worker.loadbalancer_topology,
    )
    if topology != load_balancer.topology:
        return exceptions.FlavorTopologyMismatch, {
            'flavor_topology': topology,
            'topology': load_balancer.topology,
        }
    vnic_type = (
        octavia_constants.VNIC_TYPE_DIRECT
        if data.get(octavia_constants.SRIOV_VIP, False)
        else octavia_constants.VNIC_TYPE_NORMAL
    )
    if vnic_type != load_balancer.vip.vnic_type:
        return exceptions.FlavorSRIOVMismatch, {
            'flavor_vnic': vnic_type,
            'vnic': load_balancer.vip.vnic_type,
        }
    return None


def check_with_services(plan: Plan) -> None:
    """Check with the provider driver and the key manager.

    An error below the provider can name the operator's compute flavors and
    hosts, so only the log has the text of that error.

    :raises FlavorUnusable: The provider refuses the flavor's profile.
    :raises FlavorUnsupported: The provider does not know a setting of the
        flavor's profile.
    :raises AvailabilityZoneUnusable: The provider refuses the profile of the
        load balancer's availability zone.
    :raises AvailabilityZoneUnsupported: The provider does not know a setting
        of that profile.
    :raises FlavorNotChecked: A service that the provider needs has failed.
    :raises AvailabilityZoneNotChecked: The same.
    :raises: What :func:`secrets.check` raises.
    :raises octavia.common.exceptions.ProviderDriverError: The provider has
        failed, and gives a reason for users.
    """
    if plan.new_flavor_data:
        _validate(
            plan,
            plan.driver.validate_flavor,
            plan.new_flavor_data,
            exceptions.FlavorUnusable,
            exceptions.FlavorUnsupported,
            exceptions.FlavorNotChecked,
            flavor_id=plan.new_flavor_id,
        )
    if plan.availability_zone:
        try:
            _validate(
                plan,
                plan.driver.validate_availability_zone,
                plan.availability_zone,
                exceptions.AvailabilityZoneUnusable,
                exceptions.AvailabilityZoneUnsupported,
                exceptions.AvailabilityZoneNotChecked,
                id=plan.load_balancer_id,
            )
        except octavia_exceptions.ProviderNotImplementedError:
            LOG.debug(
                'Provider %s does not check availability zones',
                plan.driver.name,
            )
    secrets.check(plan.secrets)


def _validate(
    plan: Plan,
    validate: Any,
    data: dict[str, Any],
    unusable: type[exceptions.Refusal],
    unsupported: type[exceptions.Refusal],
    not_checked: type[exceptions.Refusal],
    **named: str | None,
) -> None:
    try:
        utils.call_provider(plan.driver.name, validate, data)
    except octavia_exceptions.ProviderUnsupportedOptionError as e:
        # Octavia wraps the provider's message in a message of its own.
        reason = getattr(e.__context__, 'user_fault_string', e)
        raise unsupported(
            provider=plan.driver.name,
            reason=str(reason).rstrip('. '),
            **named,
        ) from e
    except octavia_exceptions.ProviderDriverError as e:
        # The text of a DriverError is for users.
        if isinstance(e.__context__, lib_exceptions.DriverError):
            raise
        if isinstance(e.__context__, octavia_exceptions.InvalidSubresource):
            raise unusable(**named) from e
        raise not_checked(**named) from e
