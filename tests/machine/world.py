# SPDX-License-Identifier: Apache-2.0

"""A small cloud with one or two load balancers, and all that happens to it."""

from collections.abc import Iterator
import contextlib
import datetime
import itertools
import random
from typing import Any
from unittest import mock
import uuid

from octavia.api.drivers import utils as provider_utils
from octavia.controller.worker.v2 import taskflow_jobboard_driver
from octavia.db import api as db_api
from octavia.db import models as octavia_models
from octavia.db import repositories
from octavia.network.drivers.noop_driver import driver as noop_network
from oslo_config import cfg
from oslo_utils import timeutils
import sqlalchemy as sa

from octavia_resize import constants
from octavia_resize.db import models
from octavia_resize.worker import amphora
from resize_sandbox.octavia import compute
from resize_sandbox.octavia import network
from tests.machine import faults
from tests.unit.octavia_resize import base

CONF = cfg.CONF

SERVER_GROUP_ID = '00000000-0000-0000-0000-00000000000b'

_serial_numbers = itertools.count()

_LONG_AGO = datetime.timedelta(hours=1)
#: Every table of Octavia's that an example writes to.
_TABLES = (
    models.Resize,
    octavia_models.AmphoraHealth,
    octavia_models.AmphoraBuildRequest,
    octavia_models.Amphora,
    octavia_models.VRRPGroup,
    octavia_models.SessionPersistence,
    octavia_models.Member,
    octavia_models.Listener,
    octavia_models.Pool,
    octavia_models.AdditionalVip,
    octavia_models.Vip,
    octavia_models.LoadBalancer,
    octavia_models.Flavor,
    octavia_models.FlavorProfile,
)


class World(base.TestCase):
    """Octavia with its database, API and a pretended cloud, for one example.

    What it does itself is done at once; workers are in :mod:`workers`.
    """

    def runTest(self) -> None:
        """Do nothing: the machine does."""

    def setUp(self) -> None:
        base.application.get()
        self._empty()
        numbers = random.Random(0)
        for context in (
            faults.injected(),
            mock.patch.object(
                uuid,
                'uuid4',
                lambda: _make_uuid(numbers),
            ),
            mock.patch.object(
                network.SandboxNetworkDriver,
                'deallocate_vip',
                _deallocate_vip,
            ),
            # Else there would be nothing to drain.
            mock.patch.object(amphora.Amphora, 'holds_vip', _return_true),
            mock.patch.object(
                amphora.Amphora, 'close_after_requests', _return_true
            ),
        ):
            self._enter(context)
        # A machine that is slow must not make heartbeats old.
        timeutils.set_time_override()
        self.addCleanup(timeutils.clear_time_override)
        super().setUp()
        self.flavors = {
            'SINGLE': (self.small, self.large),
            'ACTIVE_STANDBY': (self.ha_small, self.ha_large),
        }
        self.set_option('task_flow', engine='serial')
        self.set_option('health_manager', failover_threshold=None)
        self.set_option('haproxy_amphora', build_rate_limit=100)

    def _enter(self, context: contextlib.AbstractContextManager[Any]) -> None:
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def set_option(self, group: str, **values: Any) -> None:
        for name, value in values.items():
            CONF.set_override(name, value, group=group)
            self.addCleanup(CONF.clear_override, name, group=group)

    def use_jobboard(self) -> None:
        """Run flows as jobs, with their state in a database of its own."""
        path = CONF.resize_sandbox.cloud_database + '-persistence'
        self.set_option(
            'task_flow',
            jobboard_enabled=True,
            persistence_connection=f'sqlite:///{path}',
        )
        taskflow_jobboard_driver.MysqlPersistenceDriver().initialize()
        engine = sa.create_engine(CONF.task_flow.persistence_connection)
        with engine.begin() as connection:
            for table in ('atomdetails', 'flowdetails', 'logbooks'):
                connection.execute(sa.text(f'DELETE FROM {table}'))

    def _empty(self) -> None:
        with db_api.session().begin() as session:
            for table in _TABLES:
                session.query(table).delete()
            session.query(octavia_models.AmphoraBuildSlots).update(
                {'slots_used': 0}
            )
        compute.SandboxComputeDriver()
        network.SandboxNetworkDriver()
        with cloud() as connection:
            for metadata in (compute._METADATA, network._METADATA):
                for table in metadata.sorted_tables:
                    connection.execute(table.delete())
        for name in ('networks', 'subnets', 'ports', 'interfaces'):
            noop_network._NOOP_MANAGER_VARS[name].clear()

    # What is there

    def create(
        self, topology: str, version: str, remembers: bool, status: str
    ) -> str:
        """Create a load balancer with all that belongs to it.

        :param version: '4', '6', or '46' for both.
        :param remembers: Whether its pool has a session persistence.
        :returns: Its ID.
        """
        lb_id = self.create_load_balancer(
            self.flavors[topology][0], topology, status=status
        )
        if version == '6':
            with db_api.session().begin() as session:
                session.query(octavia_models.Vip).filter_by(
                    load_balancer_id=lb_id
                ).update({'ip_address': '2001:db8::5'})
        elif version == '46':
            self.add_ipv6_vip(lb_id)
        if remembers:
            self.add_session_persistence(lb_id)
        with db_api.session().begin() as session, cloud() as connection:
            session.query(octavia_models.LoadBalancer).filter_by(
                id=lb_id
            ).update({'server_group_id': SERVER_GROUP_ID})
            connection.execute(
                compute._SERVERS.update().values(
                    server_group_id=SERVER_GROUP_ID
                )
            )
            for one in self.query_amphorae(session, lb_id):
                session.add(
                    octavia_models.AmphoraHealth(
                        amphora_id=one.id,
                        busy=False,
                        last_update=timeutils.utcnow(),
                    )
                )
                connection.execute(
                    network.INTERFACES.insert().values(
                        port_id=one.vrrp_port_id, compute_id=one.compute_id
                    )
                )
        return lb_id

    def query_amphorae(self, session: Any, lb_id: str) -> Any:
        """Return the amphorae of a load balancer that are not deleted."""
        model = octavia_models.Amphora
        return (
            session.query(model)
            .options(sa.orm.lazyload('*'))
            .filter(model.load_balancer_id == lb_id)
            .filter(model.status != 'DELETED')
            .order_by(model.id)
        )

    def get_amphora_ids(self, lb_id: str) -> list[str]:
        with db_api.session().begin() as session:
            return [a.id for a in self.query_amphorae(session, lb_id)]

    def get_status(self, lb_id: str) -> str | None:
        with db_api.session().begin() as session:
            status: str | None = (
                session.query(octavia_models.LoadBalancer.provisioning_status)
                .filter_by(id=lb_id)
                .scalar()
            )
            return status

    def get_in_progress(self) -> list[str]:
        """Return the IDs of load balancers whose resize is in progress."""
        with db_api.session().begin() as session:
            return [
                lb_id
                for (lb_id,) in session.query(
                    models.Resize.load_balancer_id
                ).filter(models.Resize.state.in_(constants.IN_PROGRESS_STATES))
            ]

    # What users and operators do

    def send(self, method: str, path: str, **kwargs: Any) -> int:
        response = self.build_request(method, path, **kwargs).get_response(
            self.application
        )
        return int(response.status_int)

    def rebuild(self, lb_id: str) -> bool:
        """Have a load balancer rebuilt; return if the API accepts."""
        path = f'/v2.0/lbaas/loadbalancers/{lb_id}/rebuild'
        return self.send('PUT', path, roles='admin') == 202

    def fail_over(self, lb_id: str) -> bool:
        """Have a load balancer failed over; return if the API accepts."""
        path = f'/v2.0/lbaas/loadbalancers/{lb_id}/failover'
        return self.send('PUT', path, roles='admin') == 202

    def delete(self, lb_id: str) -> dict[str, Any] | None:
        """Have a load balancer deleted.

        :returns: What the API sends to octavia-worker; None if it refuses.
        """
        session = db_api.get_session()
        with session.begin():
            lb = self.repos.load_balancer.get(session, id=lb_id)
            message: dict[str, Any] = (
                provider_utils.db_loadbalancer_to_provider_loadbalancer(
                    lb, for_delete=True
                ).to_dict()
            )
        path = f'/v2.0/lbaas/loadbalancers/{lb_id}?cascade=true'
        return message if self.send('DELETE', path) == 204 else None

    def fail_over_amphora(self, amphora_id: str) -> bool:
        path = f'/v2.0/octavia/amphorae/{amphora_id}/failover'
        return self.send('PUT', path, roles='admin') == 202

    def delete_amphora(self, amphora_id: str) -> bool:
        path = f'/v2.0/octavia/amphorae/{amphora_id}'
        return self.send('DELETE', path, roles='admin') == 204

    def reset(self, lb_id: str, status: str) -> None:
        """Set the status of a load balancer with SQL."""
        with db_api.session().begin() as session:
            session.query(octavia_models.LoadBalancer).filter_by(
                id=lb_id
            ).update({'provisioning_status': status})

    def forget_resize(self, lb_id: str) -> None:
        """Delete the record of a resize with SQL."""
        with db_api.session().begin() as session:
            session.query(models.Resize).filter_by(
                load_balancer_id=lb_id
            ).delete()

    # What Octavia's other processes do

    def beat(self, amphora_id: str, is_alive: bool) -> None:
        """Write when the last heartbeat of an amphora came."""
        last = timeutils.utcnow() - (
            datetime.timedelta() if is_alive else _LONG_AGO
        )
        with db_api.session().begin() as session:
            session.query(octavia_models.AmphoraHealth).filter_by(
                amphora_id=amphora_id
            ).update({'last_update': last})

    def check_health(self, threshold: int | None = None) -> str | None:
        """Do a round of octavia-health-manager.

        :param threshold: How many amphorae without heartbeats stop failovers.
        :returns: ID of the amphora to fail over, whose load balancer is
            PENDING_UPDATE now.
        """
        CONF.set_override('failover_threshold', threshold, 'health_manager')
        session = db_api.get_session()
        with session.begin() as transaction:
            found = repositories.AmphoraHealthRepository().get_stale_amphora(
                session
            )
            if found is None:
                return None
            one = self.repos.amphora.get(session, id=found.amphora_id)
            if not self.repos.load_balancer.set_status_for_failover(
                session, one.load_balancer_id, 'PENDING_UPDATE'
            ):
                transaction.rollback()
                return None
            return str(found.amphora_id)


def _make_uuid(numbers: random.Random) -> uuid.UUID:
    """Return an ID that nothing else has, in the order of random numbers."""
    number = (numbers.getrandbits(96) << 32) + next(_serial_numbers)
    return uuid.UUID(int=number, version=4)


@contextlib.contextmanager
def cloud() -> Iterator[Any]:
    """Connect to the database of the pretended cloud."""
    with network.create_engine().begin() as connection:
        yield connection


def _return_true(*args: Any) -> bool:
    return True


def _deallocate_vip(driver: Any, vip: Any) -> None:
    """Delete the ports of all amphorae, as Octavia's Neutron driver does."""
    for one in vip.load_balancer.amphorae:
        if one.vrrp_port_id:
            driver.driver.delete_port(one.vrrp_port_id)
