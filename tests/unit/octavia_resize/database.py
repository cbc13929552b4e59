# SPDX-License-Identifier: Apache-2.0
"""Rows of Octavia's database, as the tests of the server half need them."""

import json
from typing import Any
import uuid

from octavia.common import constants as octavia_constants
from octavia.db import api as db_api
from octavia.db import models as octavia_models
from octavia.db import repositories
import testtools

from resize_sandbox.octavia import compute

PROJECT_ID = uuid.uuid4().hex


class TestCase(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.repos = repositories.Repositories()

    def update_rows(
        self, model: Any, values: dict[str, Any], **fields: Any
    ) -> None:
        """Change the rows with these values in some fields."""
        with db_api.session().begin() as session:
            session.query(model).filter_by(**fields).update(values)

    def delete_rows(self, model: Any, **fields: Any) -> None:
        """Delete the rows with these values in some fields."""
        with db_api.session().begin() as session:
            session.query(model).filter_by(**fields).delete()

    def set_lb_status(self, lb_id: str, status: str) -> None:
        with db_api.session().begin() as session:
            self.repos.load_balancer.update(
                session, lb_id, provisioning_status=status
            )

    def add_ipv6_vip(self, lb_id: str) -> None:
        """Give a load balancer an additional VIP."""
        with db_api.session().begin() as session:
            session.add(
                octavia_models.AdditionalVip(
                    load_balancer_id=lb_id,
                    ip_address='2001:db8::6',
                    port_id=str(uuid.uuid4()),
                    subnet_id=str(uuid.uuid4()),
                    network_id=str(uuid.uuid4()),
                )
            )

    def use_sriov(self, lb_id: str) -> None:
        """Have the VIP ports of a load balancer be SR-IOV's."""
        self.update_rows(
            octavia_models.Vip,
            {'vnic_type': octavia_constants.VNIC_TYPE_DIRECT},
            load_balancer_id=lb_id,
        )

    def add_session_persistence(
        self, lb_id: str, kind: str = 'SOURCE_IP'
    ) -> None:
        """Have a load balancer send each client to the same member."""
        self._add_to_pool(lb_id, octavia_models.SessionPersistence, type=kind)

    def add_health_monitor(
        self,
        lb_id: str,
        delay: int = 5,
        timeout: int = 3,
        enabled: bool = True,
    ) -> None:
        """Have a load balancer check its members."""
        self._add_to_pool(
            lb_id,
            octavia_models.HealthMonitor,
            id=str(uuid.uuid4()),
            project_id=PROJECT_ID,
            type='TCP',
            delay=delay,
            timeout=timeout,
            fall_threshold=2,
            rise_threshold=2,
            enabled=enabled,
            provisioning_status='ACTIVE',
            operating_status='ONLINE',
        )

    def _add_to_pool(self, lb_id: str, model: Any, **values: Any) -> None:
        with db_api.session().begin() as session:
            (pool,) = session.query(octavia_models.Pool).filter_by(
                load_balancer_id=lb_id
            )
            session.add(model(pool_id=pool.id, **values))

    def create_flavor(
        self,
        provider: str = 'amphora',
        enabled: bool = True,
        **flavor_data: Any,
    ) -> str:
        flavor_id, profile_id = str(uuid.uuid4()), str(uuid.uuid4())
        with db_api.session().begin() as session:
            self.repos.flavor_profile.create(
                session,
                id=profile_id,
                name=profile_id,
                provider_name=provider,
                flavor_data=json.dumps(flavor_data),
            )
            self.repos.flavor.create(
                session,
                id=flavor_id,
                name=flavor_id,
                enabled=enabled,
                flavor_profile_id=profile_id,
            )
        return flavor_id

    def create_load_balancer(
        self,
        flavor_id: str | None,
        topology: str = 'SINGLE',
        provider: str = 'amphora',
        status: str = 'ACTIVE',
        compute_flavor: str = 'sandbox.small',
    ) -> str:
        """Create a load balancer with its amphorae, servers and children."""
        lb_id = str(uuid.uuid4())
        cloud = compute.SandboxComputeDriver()
        roles = (
            ('STANDALONE',) if topology == 'SINGLE' else ('MASTER', 'BACKUP')
        )
        with db_api.session().begin() as session:
            self.repos.create_load_balancer_and_vip(
                session,
                {
                    'id': lb_id,
                    'name': 'web',
                    'project_id': PROJECT_ID,
                    'provisioning_status': status,
                    'operating_status': 'ONLINE',
                    'topology': topology,
                    'provider': provider,
                    'flavor_id': flavor_id,
                    'enabled': True,
                },
                {
                    'ip_address': '198.51.100.5',
                    'subnet_id': str(uuid.uuid4()),
                    'network_id': str(uuid.uuid4()),
                    'port_id': str(uuid.uuid4()),
                    'vnic_type': octavia_constants.VNIC_TYPE_NORMAL,
                },
            )
            for role in roles:
                amphora_id = str(uuid.uuid4())
                self.repos.amphora.create(
                    session,
                    id=amphora_id,
                    load_balancer_id=lb_id,
                    compute_id=cloud.build(amphora_flavor=compute_flavor),
                    compute_flavor=compute_flavor,
                    status='ALLOCATED',
                    role=role,
                    lb_network_ip='192.0.2.1',
                    vrrp_ip='198.51.100.6',
                    ha_ip='198.51.100.5',
                    vrrp_port_id=str(uuid.uuid4()),
                    ha_port_id=str(uuid.uuid4()),
                    vrrp_priority=100,
                )
            if topology != 'SINGLE':
                self.repos.vrrpgroup.create(
                    session,
                    load_balancer_id=lb_id,
                    vrrp_group_name=lb_id.replace('-', ''),
                    vrrp_auth_type='PASS',
                    vrrp_auth_pass='secret',
                    advert_int=1,
                )
            listener_id, pool_id = str(uuid.uuid4()), str(uuid.uuid4())
            common = {
                'project_id': PROJECT_ID,
                'provisioning_status': 'ACTIVE',
                'operating_status': 'ONLINE',
                'enabled': True,
            }
            self.repos.pool.create(
                session,
                id=pool_id,
                load_balancer_id=lb_id,
                protocol='HTTP',
                lb_algorithm='ROUND_ROBIN',
                **common,
            )
            self.repos.listener.create(
                session,
                id=listener_id,
                load_balancer_id=lb_id,
                default_pool_id=pool_id,
                protocol='HTTP',
                protocol_port=80,
                peer_port=1025,
                connection_limit=-1,
                **common,
            )
            self.repos.member.create(
                session,
                id=str(uuid.uuid4()),
                pool_id=pool_id,
                ip_address='203.0.113.10',
                protocol_port=8080,
                weight=1,
                backup=False,
                **common,
            )
        return lb_id

    def get_load_balancer(self, lb_id: str) -> dict[str, Any]:
        """Return what a resize may change."""
        with db_api.session().begin() as session:
            lb = session.get(octavia_models.LoadBalancer, lb_id)
            return {
                'status': lb.provisioning_status,
                'flavor_id': lb.flavor_id,
            }

    def assert_load_balancer(
        self, lb_id: str, status: str, flavor_id: str | None
    ) -> None:
        self.assertEqual(
            {'status': status, 'flavor_id': flavor_id},
            self.get_load_balancer(lb_id),
        )

    def get_amphorae(self, lb_id: str) -> list[tuple[str, str, str, str]]:
        """Return (id, role, status, compute flavor) of those not deleted."""
        with db_api.session().begin() as session:
            lb = session.get(octavia_models.LoadBalancer, lb_id)
            return sorted(
                (a.id, a.role, a.status, a.compute_flavor)
                for a in lb.amphorae
                if a.status != 'DELETED'
            )

    def get_children(self, lb_id: str) -> list[dict[str, Any]]:
        """Return all that a resize must not touch."""
        with db_api.session().begin() as session:
            lb = session.get(octavia_models.LoadBalancer, lb_id)
            rows = [lb.vip, *lb.listeners, *lb.pools]
            for pool in lb.pools:
                rows += pool.members
            return [
                {
                    column.name: getattr(row, column.name)
                    for column in row.__table__.columns
                    if column.name != 'updated_at'
                }
                for row in rows
            ]
