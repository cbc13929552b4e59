# SPDX-License-Identifier: Apache-2.0

"""Read what a load balancer refers to, which may be gone or broken."""

from collections.abc import Callable
from typing import Any

from octavia.db import models
from octavia.db import repositories
from sqlalchemy import exc as sqlalchemy_exceptions
from sqlalchemy import orm

from octavia_resize import exceptions


def check_vips(load_balancer: models.LoadBalancer) -> None:
    """Check that each VIP has an address.

    :raises VipUnreadable: One has none, or its row is gone.
    """
    vips = [load_balancer.vip, *load_balancer.additional_vips]
    if not all(vip is not None and vip.ip_address for vip in vips):
        raise exceptions.VipUnreadable(id=load_balancer.id)


def read_flavor(
    session: orm.Session,
    repos: repositories.Repositories,
    flavor_id: str,
) -> dict[str, Any] | None:
    """Return the data of a flavor's profile, None if they cannot be read."""
    return _read(repos.flavor.get_flavor_metadata_dict, session, flavor_id)


def get_present_flavor(
    session: orm.Session,
    repos: repositories.Repositories,
    load_balancer: models.LoadBalancer,
) -> dict[str, Any]:
    """Return the data of the present flavor, which Octavia's tasks read.

    :raises PresentFlavorUnreadable: The flavor or its profile is gone, or the
        profile is no JSON object.
    """
    if not load_balancer.flavor_id:
        return {}
    data = read_flavor(session, repos, load_balancer.flavor_id)
    if data is None:
        raise exceptions.PresentFlavorUnreadable(
            id=load_balancer.id, flavor_id=load_balancer.flavor_id
        )
    return data


def get_availability_zone(
    session: orm.Session,
    repos: repositories.Repositories,
    load_balancer: models.LoadBalancer,
) -> dict[str, Any]:
    """Return the data of the availability zone.

    :raises AvailabilityZoneUnreadable: The zone or its profile is gone, or
        the profile is no JSON object.
    """
    zone = load_balancer.availability_zone
    if not zone:
        return {}
    read = repos.availability_zone.get_availability_zone_metadata_dict
    data = _read(read, session, zone)
    if data is None:
        raise exceptions.AvailabilityZoneUnreadable(
            id=load_balancer.id, zone=zone
        )
    return data


def _read(
    read: Callable[[orm.Session, str], Any], session: orm.Session, key: str
) -> dict[str, Any] | None:
    """Return the data of a profile.

    :param read: Octavia's function for it.
    :returns: None if the profile is gone, or its data are no JSON object.
    """
    try:
        data = read(session, key)
    except (sqlalchemy_exceptions.NoResultFound, ValueError):
        return None
    return data if isinstance(data, dict) else None
