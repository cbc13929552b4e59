# SPDX-License-Identifier: Apache-2.0

"""Load balancers whose amphorae know more than their configuration.

What the checks of members have found, and which client goes to which member:
new amphorae must know that when they begin to serve.
"""

from collections.abc import Sequence
import dataclasses
from typing import Any

from openstack import resource
from openstack.load_balancer.v2 import _proxy

from resize_sandbox import clouds
from resize_sandbox.dataplane import networks
from resize_sandbox.dataplane.config import CERTIFICATE
from resize_sandbox.octavia import subnets
from resize_sandbox.seeds import identity
from resize_sandbox.state import StateDirectory

_PORT = 8000
#: Nobody has it.
_DEAD = '192.0.2.99'
_WAIT_SECONDS = 120

#: Name, topology, and flavors: small and large.
LoadBalancer = tuple[str, str, tuple[str, str]]
SINGLE: LoadBalancer = ('single', 'SINGLE', ('small', 'large'))
ACTIVE_STANDBY: LoadBalancer = (
    'pair',
    'ACTIVE_STANDBY',
    ('ha-small', 'ha-large'),
)


@dataclasses.dataclass(frozen=True)
class Members:
    """The members of a load balancer, and what amphorae note of them."""

    name: str
    addresses: Sequence[str]
    subnet: str
    load_balancers: Sequence[LoadBalancer] = (SINGLE, ACTIVE_STANDBY)
    persistence: str | None = None
    #: How often they are checked; None if they are not.
    check_seconds: int | None = None
    vip_subnet: str = subnets.VIP_SUBNET


MEMBERS = (
    Members(
        'members near the VIP',
        ('203.0.113.11', '203.0.113.12'),
        subnets.VIP_SUBNET,
        check_seconds=5,
    ),
    Members(
        'a member is down',
        ('192.0.2.11', _DEAD),
        subnets.MEMBER_SUBNET,
        check_seconds=5,
    ),
    Members(
        'SOURCE_IP',
        ('192.0.2.11', '192.0.2.12'),
        subnets.MEMBER_SUBNET,
        load_balancers=(ACTIVE_STANDBY,),
        persistence='SOURCE_IP',
    ),
    Members(
        'IPv6',
        ('192.0.2.11', '192.0.2.12'),
        subnets.MEMBER_SUBNET,
        vip_subnet=networks.VIP.subnets[1].id,
    ),
)


def create_load_balancers(state: StateDirectory, members: Members) -> None:
    """Create the load balancers that have such members.

    All are ACTIVE then, and Octavia knows which members are up, if these are
    checked.

    :param state: of a sandbox with traffic, running.
    :raises openstack.exceptions.SDKException: Octavia didn't.
    """
    with identity.connect(state, clouds.ADMIN_CLOUD) as admin:
        service = admin.load_balancer
        project = service.find_load_balancer(
            'web', ignore_missing=False
        ).project_id
        created = [
            service.create_load_balancer(
                name=name,
                project_id=project,
                flavor_id=service.find_flavor(small, ignore_missing=False).id,
                vip_subnet_id=members.vip_subnet,
                pools=[_pool(name, members)],
                listeners=[
                    {
                        'protocol': 'HTTP',
                        'protocol_port': 80,
                        'default_pool': {'name': name},
                    },
                    _tls_listener(default_pool={'name': name}),
                ],
            )
            for name, _, (small, _) in members.load_balancers
        ]
        for load_balancer in created:
            _wait_for(service, load_balancer, 'ACTIVE', 'provisioning_status')
            if members.check_seconds is not None:
                _wait_for_checks(service, load_balancer.name)


def create_tls_listeners(state: StateDirectory) -> None:
    """Let the load balancers that are there serve HTTP/2, too.

    :param state: of a sandbox with traffic, running.
    :raises openstack.exceptions.SDKException: Octavia didn't.
    """
    with identity.connect(state, clouds.ADMIN_CLOUD) as admin:
        service = admin.load_balancer
        for name in ('web', 'shop'):
            load_balancer = service.find_load_balancer(
                name, ignore_missing=False
            )
            pool = service.find_pool(f'{name}-servers', ignore_missing=False)
            service.create_listener(
                load_balancer_id=load_balancer.id,
                **_tls_listener(default_pool_id=pool.id),
            )
            _wait_for(service, load_balancer, 'ACTIVE', 'provisioning_status')


def _tls_listener(**pool: Any) -> dict[str, Any]:
    return {
        'protocol': 'TERMINATED_HTTPS',
        'protocol_port': 443,
        'default_tls_container_ref': CERTIFICATE,
        **pool,
    }


def _pool(name: str, members: Members) -> dict[str, Any]:
    pool: dict[str, Any] = {
        'name': name,
        'protocol': 'HTTP',
        'lb_algorithm': 'ROUND_ROBIN',
        'members': [
            {
                'address': address,
                'protocol_port': _PORT,
                'subnet_id': members.subnet,
            }
            for address in members.addresses
        ],
    }
    if members.persistence is not None:
        pool['session_persistence'] = {'type': members.persistence}
    if members.check_seconds is not None:
        pool['healthmonitor'] = {
            'type': 'TCP',
            'delay': members.check_seconds,
            'timeout': 3,
            'max_retries': 3,
        }
    return pool


def _wait_for_checks(service: _proxy.Proxy, pool: str) -> None:
    found = service.find_pool(pool, ignore_missing=False)
    for member in service.members(found):
        _wait_for(
            service,
            member,
            'ERROR' if member.address == _DEAD else 'ONLINE',
            'operating_status',
        )


def _wait_for(
    service: _proxy.Proxy,
    what: resource.Resource,
    status: str,
    attribute: str,
) -> None:
    resource.wait_for_status(
        service,
        what,
        status,
        interval=0.5,
        wait=_WAIT_SECONDS,
        attribute=attribute,
    )
