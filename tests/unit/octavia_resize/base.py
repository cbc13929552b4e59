# SPDX-License-Identifier: Apache-2.0

"""What the tests of the server half have in common."""

from collections.abc import Callable
import json
from typing import Any
import uuid

from octavia.common import constants as octavia_constants
from octavia.db import api as db_api
from octavia.db import models as octavia_models
from octavia.db import repositories
from oslo_config import cfg
import testtools
import webob

from octavia_resize import opts
from octavia_resize.db import models
from octavia_resize.db import repository
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import progress
from resize_sandbox.octavia import compute
from tests.unit.octavia_resize import application
from tests.unit.octavia_resize import counted

PROJECT_ID = uuid.uuid4().hex
OTHER_PROJECT_ID = uuid.uuid4().hex

FORBIDDEN = 'Policy does not allow this request to be performed.'


def named(flavor_id: str) -> str:
    """Return how a message names a flavor that a test has created."""
    return f'{flavor_id} ({flavor_id})'


class TestCase(testtools.TestCase):
    """A test on an Octavia with two flavors for each topology."""

    def setUp(self) -> None:
        super().setUp()
        self.application = application.get()
        self.repos = repositories.Repositories()
        self.resizes = repository.ResizeRepository()
        self.small = self.create_flavor(compute_flavor='sandbox.small')
        self.large = self.create_flavor(compute_flavor='sandbox.large')
        self.ha_small = self.create_flavor(
            compute_flavor='sandbox.small',
            loadbalancer_topology='ACTIVE_STANDBY',
        )
        self.ha_large = self.create_flavor(
            compute_flavor='sandbox.large',
            loadbalancer_topology='ACTIVE_STANDBY',
        )
        self.broken = self.create_flavor(compute_flavor='sandbox.broken')

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
        with db_api.session().begin() as session:
            session.query(octavia_models.Vip).filter_by(
                load_balancer_id=lb_id
            ).update({'vnic_type': octavia_constants.VNIC_TYPE_DIRECT})

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

    def build_one_by_one(self) -> None:
        """Have workers build the new amphorae of a pair one by one."""
        self.set_resize_option('build_together', opts.ONE_BY_ONE)

    def set_resize_option(self, name: str, value: Any) -> None:
        cfg.CONF.set_override(name, value, opts.GROUP)
        self.addCleanup(cfg.CONF.clear_override, name, opts.GROUP)

    # API

    def build_request(
        self,
        method: str,
        path: str,
        body: Any = None,
        roles: str = 'member,reader',
        project_id: str = PROJECT_ID,
        **headers: str,
    ) -> webob.Request:
        """Return a request as it arrives behind Keystone's middleware.

        :param body: Bytes as they are, anything else as JSON.
        """
        request = webob.Request.blank(path, method=method)
        if body is not None:
            request.body = (
                body if isinstance(body, bytes) else json.dumps(body).encode()
            )
            request.headers['Content-Type'] = 'application/json'
        request.headers.update(
            {
                'X-Roles': roles,
                'X-Project-Id': project_id,
                'X-User-Id': 'user',
                **headers,
            }
        )
        return request

    def request(
        self,
        method: str,
        load_balancer_id: str,
        body: Any = None,
        arguments: str = '',
        **kw: Any,
    ) -> webob.Response:
        """Send a request to .../{load_balancer_id}/resize.

        :param arguments: Those of the URL.
        """
        return self.build_request(
            method,
            f'/v2.0/lbaas/loadbalancers/{load_balancer_id}/resize?{arguments}',
            body,
            **kw,
        ).get_response(self.application)

    def resize(
        self, load_balancer_id: str, flavor_id: str, **kwargs: Any
    ) -> webob.Response:
        return self.request(
            'PUT', load_balancer_id, {'new_flavor_id': flavor_id}, **kwargs
        )

    def assert_fault(
        self, response: webob.Response, status: int, message: str
    ) -> None:
        self.assertEqual(status, response.status_int, response.text)
        self.assertEqual(
            {
                'faultcode': 'Client' if status < 500 else 'Server',
                'faultstring': message,
                'debuginfo': None,
            },
            response.json,
        )

    # Database

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

    def end_all_resizes(self) -> None:
        """End what earlier tests have left in progress."""
        with db_api.session().begin() as session:
            session.query(models.Resize).delete()

    def start_resize(self, lb_id: str) -> ownership.Claim:
        """Start the queued resize of a load balancer, as a worker does."""
        claim = ownership.Claim(lb_id, self.get_resize(lb_id).id, 'host/1')
        with db_api.session().begin() as session:
            assert progress.start(session, claim) is not None
        return claim

    def fail_resize(
        self, lb_id: str, reason: str, detail: str | None = None
    ) -> None:
        """Start the queued resize of a load balancer, and have it fail."""
        claim = self.start_resize(lb_id)
        transaction.run(progress.fail, claim, reason, detail)

    def get_resize(self, lb_id: str) -> Any:
        def read(session: Any) -> Any:
            resize = self.resizes.get(session, lb_id)
            if resize is not None:
                session.expunge(resize)
            return resize

        return transaction.run(read)

    def run_worker(
        self,
        lb_id: str,
        fail_at: int | None = None,
        after: dict[int, Callable[[], Any]] | None = None,
        repeats: bool = False,
    ) -> list[str]:
        """Do what octavia-resize-worker does with the message of the API.

        :param fail_at: Number of the task to fail, of all that are run, from
            0.
        :param after: What to do after the task of a number.
        :param repeats: Whether each task is executed twice.
        :returns: Names of the tasks in the order in which they were begun.
        """
        worker = counted.Worker(fail_at, after, repeats)
        worker.resize_load_balancer(lb_id, self.get_resize(lb_id).id)
        return worker.begun
