# SPDX-License-Identifier: Apache-2.0

"""Octavia's tables in an SQLite database.

Octavia's own migrations change constraints, which SQLite can't do: the
tables come from the models instead, and the rows that the migrations insert
are inserted here.
"""

from octavia.common import constants
from octavia.db import base_models
from octavia.db import models
import sqlalchemy
from sqlalchemy import orm

_LOOKUPS = {
    models.ProvisioningStatus: constants.SUPPORTED_PROVISIONING_STATUSES,
    models.OperatingStatus: constants.SUPPORTED_OPERATING_STATUSES,
    models.Protocol: constants.SUPPORTED_PROTOCOLS,
    models.Algorithm: constants.SUPPORTED_LB_ALGORITHMS,
    models.SessionPersistenceType: constants.SUPPORTED_SP_TYPES,
    models.HealthMonitorType: constants.SUPPORTED_HEALTH_MONITOR_TYPES,
    models.L7PolicyAction: constants.SUPPORTED_L7POLICY_ACTIONS,
    models.L7RuleType: constants.SUPPORTED_L7RULE_TYPES,
    models.L7RuleCompareType: constants.SUPPORTED_L7RULE_COMPARE_TYPES,
    models.LBTopology: constants.SUPPORTED_LB_TOPOLOGIES,
    models.AmphoraRoles: constants.SUPPORTED_AMPHORA_ROLES,
    models.VRRPAuthMethod: constants.SUPPORTED_VRRP_AUTH,
    models.ClientAuthenticationMode: constants.SUPPORTED_CLIENT_AUTH_MODES,
}


def create_tables(engine: sqlalchemy.Engine) -> None:
    """Create the tables and their fixed rows, unless they are there."""
    base_models.BASE.metadata.create_all(engine)
    with orm.Session(engine) as session, session.begin():
        for model, names in _LOOKUPS.items():
            for name in names:
                session.merge(model(name=name))
        if session.get(models.AmphoraBuildSlots, 1) is None:
            session.add(models.AmphoraBuildSlots(id=1, slots_used=0))
        # What deleted load balancers refer to instead of a deleted flavor
        # or availability zone.
        placeholder = {
            'name': 'DELETED-PLACEHOLDER',
            'provider_name': constants.DELETED,
        }
        session.merge(
            models.FlavorProfile(
                id=constants.NIL_UUID, flavor_data='{}', **placeholder
            )
        )
        session.merge(
            models.AvailabilityZoneProfile(
                id=constants.NIL_UUID,
                availability_zone_data='{}',
                **placeholder,
            )
        )
        session.flush()
        session.merge(
            models.Flavor(
                id=constants.NIL_UUID,
                flavor_profile_id=constants.NIL_UUID,
                name='DELETED-PLACEHOLDER',
                enabled=False,
            )
        )
        session.merge(
            models.AvailabilityZone(
                name=constants.NIL_UUID,
                availability_zone_profile_id=constants.NIL_UUID,
                enabled=False,
            )
        )
