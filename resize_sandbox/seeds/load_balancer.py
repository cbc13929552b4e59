# SPDX-License-Identifier: Apache-2.0

"""Octavia flavors and load balancers."""

import dataclasses
import json
from typing import Any

from openstack import resource
from openstack.connection import Connection

from resize_sandbox import clouds
from resize_sandbox.deployment import Deployment
from resize_sandbox.octavia import subnets
from resize_sandbox.seeds import identity

_TIMEOUT_SECONDS = 180

SINGLE = 'SINGLE'
ACTIVE_STANDBY = 'ACTIVE_STANDBY'


@dataclasses.dataclass(frozen=True)
class Flavor:
    """An Octavia flavor and its flavor profile, which has the same name."""

    name: str
    description: str
    #: The content of the flavor profile.
    data: dict[str, str]
    provider: str = 'amphora'
    enabled: bool = True


def _amphora_flavor(
    name: str,
    topology: str,
    compute_flavor: str,
    description: str,
    *,
    enabled: bool = True,
) -> Flavor:
    return Flavor(
        name,
        description,
        {
            'loadbalancer_topology': topology,
            'compute_flavor': compute_flavor,
        },
        enabled=enabled,
    )


FLAVORS = (
    _amphora_flavor('small', SINGLE, 'sandbox.small', 'One small amphora'),
    _amphora_flavor('large', SINGLE, 'sandbox.large', 'One large amphora'),
    _amphora_flavor(
        'ha-small', ACTIVE_STANDBY, 'sandbox.small', 'Two small amphorae'
    ),
    _amphora_flavor(
        'ha-large', ACTIVE_STANDBY, 'sandbox.large', 'Two large amphorae'
    ),
    _amphora_flavor(
        'slow', SINGLE, 'sandbox.slow', 'Amphorae take 5 seconds to boot'
    ),
    _amphora_flavor(
        'ha-slow',
        ACTIVE_STANDBY,
        'sandbox.slow',
        'Two amphorae, each takes 5 seconds to boot',
    ),
    _amphora_flavor(
        'broken', SINGLE, 'sandbox.broken', 'No host has room for amphorae'
    ),
    _amphora_flavor(
        'retired', SINGLE, 'sandbox.small', 'Disabled', enabled=False
    ),
    Flavor(
        'other',
        'Of another provider',
        {'loadbalancer_topology': SINGLE},
        provider='noop_driver',
    ),
)


def seed(deployment: Deployment) -> None:
    """Create the flavors and load balancers that are missing.

    :param deployment: one whose Keystone and Octavia answer.
    """
    with identity.connect(deployment.state, clouds.ADMIN_CLOUD) as admin:
        flavors = _create_flavors(admin)
    with identity.connect(deployment.state, clouds.MEMBER_CLOUD) as tenant:
        service = tenant.load_balancer
        existing = {lb.name for lb in service.load_balancers()}
        created = [
            service.create_load_balancer(
                **_load_balancer(name, address, port),
                flavor_id=flavors[flavor],
            )
            for name, flavor, address, port in (
                ('web', 'small', '203.0.113.10', 80),
                ('shop', 'ha-small', '203.0.113.20', 8080),
            )
            if name not in existing
        ]
        for load_balancer in created:
            resource.wait_for_status(
                service,
                load_balancer,
                'ACTIVE',
                failures=['ERROR'],
                interval=0.3,
                wait=_TIMEOUT_SECONDS,
                attribute='provisioning_status',
            )


def _create_flavors(admin: Connection) -> dict[str, str]:
    service = admin.load_balancer
    profiles = {p.name: p.id for p in service.flavor_profiles()}
    flavors = {f.name: f.id for f in service.flavors()}
    for flavor in FLAVORS:
        if flavor.name not in profiles:
            profiles[flavor.name] = service.create_flavor_profile(
                name=flavor.name,
                provider_name=flavor.provider,
                flavor_data=json.dumps(flavor.data),
            ).id
        if flavor.name not in flavors:
            flavors[flavor.name] = service.create_flavor(
                name=flavor.name,
                description=flavor.description,
                is_enabled=flavor.enabled,
                flavor_profile_id=profiles[flavor.name],
            ).id
    return flavors


def _load_balancer(name: str, address: str, port: int) -> dict[str, Any]:
    pool = f'{name}-servers'
    return {
        'name': name,
        'vip_subnet_id': subnets.VIP_SUBNET,
        'vip_address': address,
        'pools': [
            {
                'name': pool,
                'protocol': 'HTTP',
                'lb_algorithm': 'ROUND_ROBIN',
                'members': [
                    {
                        'name': f'{name}-server-{number}',
                        'address': f'192.0.2.{port % 70 + number}',
                        'protocol_port': 8000,
                        'subnet_id': subnets.MEMBER_SUBNET,
                    }
                    for number in (1, 2)
                ],
            }
        ],
        'listeners': [
            {
                'name': f'{name}-http',
                'protocol': 'HTTP',
                'protocol_port': port,
                'default_pool': {'name': pool},
                'l7policies': [
                    {
                        'name': f'{name}-no-admin',
                        'action': 'REJECT',
                        'rules': [
                            {
                                'type': 'PATH',
                                'compare_type': 'STARTS_WITH',
                                'value': '/admin',
                            }
                        ],
                    }
                ],
            }
        ],
    }
