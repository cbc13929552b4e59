# SPDX-License-Identifier: Apache-2.0

"""The arguments of the flows of a resize, made from a load balancer.

Octavia's own conversion of amphorae differs between releases, and includes
times, which a job on the jobboard cannot store.
"""

from collections.abc import Collection
from typing import Any

from octavia.api.drivers import utils as provider_utils
from octavia.common import constants as octavia_constants
from octavia.db import models as octavia_models
from octavia.db import repositories
import sqlalchemy as sa
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize.db import models
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership

#: Types of session persistence for which haproxy keeps a table.
_REMEMBERED = (
    octavia_constants.SESSION_PERSISTENCE_SOURCE_IP,
    octavia_constants.SESSION_PERSISTENCE_APP_COOKIE,
)


def get_flavor(
    lb: octavia_models.LoadBalancer, flavor_id: str | None
) -> dict[str, Any]:
    """Return the flavor data with which a load balancer is to be built."""
    flavor: dict[str, Any] = {}
    if flavor_id:
        flavor = transaction.run(
            repositories.FlavorRepository().get_flavor_metadata_dict, flavor_id
        )
    # A flavor without topology means that of Octavia's configuration, which
    # may have changed since the load balancer was created.
    flavor[octavia_constants.LOADBALANCER_TOPOLOGY] = lb.topology
    return flavor


def shares_sessions(lb: octavia_models.LoadBalancer) -> bool:
    """Return whether the haproxies of a pair share session persistence."""
    return (
        lb.topology == octavia_constants.TOPOLOGY_ACTIVE_STANDBY
        and transaction.run(_remembers_sessions, lb.id)
    )


def _remembers_sessions(session: orm.Session, load_balancer_id: str) -> bool:
    pool = octavia_models.Pool
    persistence = octavia_models.SessionPersistence
    found = (
        session.query(persistence.pool_id)
        .join(pool, pool.id == persistence.pool_id)
        .filter(
            pool.load_balancer_id == load_balancer_id,
            persistence.type.in_(_REMEMBERED),
        )
        .first()
    )
    return found is not None


def get_check_seconds(lb: octavia_models.LoadBalancer) -> int | None:
    """Return the seconds in which haproxy detects which members are down.

    :returns: 0 if no member is in ERROR; None if no member is checked.
    """
    return transaction.run(_read_check_seconds, lb.id)


def _read_check_seconds(
    session: orm.Session, load_balancer_id: str
) -> int | None:
    monitor = octavia_models.HealthMonitor
    member = octavia_models.Member
    pool = octavia_models.Pool
    seconds = sa.func.max(
        sa.case(
            (
                member.operating_status == octavia_constants.ERROR,
                monitor.delay + monitor.timeout,
            ),
            else_=0,
        )
    )
    found: int | None = (
        session.query(seconds)
        .select_from(pool)
        .join(monitor, monitor.pool_id == pool.id)
        .join(member, member.pool_id == pool.id)
        .filter(pool.load_balancer_id == load_balancer_id, monitor.enabled)
        .scalar()
    )
    return found


def get_store(claim: ownership.Claim) -> dict[str, Any]:
    """Return the store that all flows of a resize need."""
    return {
        octavia_constants.LOADBALANCER_ID: claim.load_balancer_id,
        constants.RESIZE_ID: claim.resize_id,
    }


def get_switch_store(claim: ownership.Claim) -> dict[str, Any]:
    """Return the store of the flows that move the VIP."""
    return {
        **get_store(claim),
        octavia_constants.LOADBALANCER: {
            octavia_constants.LOADBALANCER_ID: claim.load_balancer_id
        },
    }


@transaction.retry_on_conflict
def get_build_arguments(
    claim: ownership.Claim,
    lb: octavia_models.LoadBalancer,
    flavor_id: str | None,
    must_have_secrets: bool = False,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the arguments of Octavia's failover flows, for a flavor.

    :param must_have_secrets: Whether a secret that cannot be read is an error,
        also one of a pool without listener, which no amphora gets.
    :returns: The load balancer's provider dict and the flow's store.
    :raises octavia.common.exceptions.CertificateRetrievalException: A secret
        cannot be read.
    """
    flavor = get_flavor(lb, flavor_id)
    lb_dict = provider_utils.db_loadbalancer_to_provider_loadbalancer(
        lb, for_delete=not must_have_secrets
    ).to_dict()
    lb_dict[octavia_constants.FLAVOR] = flavor
    return lb_dict, {
        **get_store(claim),
        octavia_constants.LOADBALANCER: lb_dict,
        octavia_constants.BUILD_TYPE_PRIORITY: (
            octavia_constants.LB_CREATE_FAILOVER_PRIORITY
        ),
        octavia_constants.SERVER_GROUP_ID: lb.server_group_id,
        octavia_constants.FLAVOR: flavor,
        octavia_constants.AVAILABILITY_ZONE: _get_availability_zone(lb),
    }


def _get_availability_zone(lb: octavia_models.LoadBalancer) -> dict[str, Any]:
    if not lb.availability_zone:
        return {}
    repository = repositories.AvailabilityZoneRepository()
    zone: dict[str, Any] = transaction.run(
        repository.get_availability_zone_metadata_dict, lb.availability_zone
    )
    return zone


def get_new_amphora_dicts(
    lb: octavia_models.LoadBalancer, resize: models.Resize
) -> list[dict[str, Any]]:
    """Return the dicts of the new amphorae of a resize, the master first."""
    return sorted(
        get_amphora_dicts(lb, resize.ready),
        key=lambda amphora: amphora[octavia_constants.ROLE],
        reverse=True,
    )


def get_amphora_dicts(
    lb: octavia_models.LoadBalancer, amphora_ids: Collection[str]
) -> list[dict[str, Any]]:
    """Return the dicts of some amphorae, without those that are deleted."""
    names = [
        column.name
        for column in octavia_models.Amphora.__table__.columns
        if not isinstance(column.type, sa.DateTime)
    ]
    return [
        {name: getattr(amphora, name) for name in names}
        for amphora in lb.amphorae
        if amphora.id in amphora_ids
        and amphora.status != octavia_constants.DELETED
    ]
