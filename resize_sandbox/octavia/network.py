# SPDX-License-Identifier: Apache-2.0

"""A network driver for Octavia that keeps its ports in the sandbox."""

from typing import Any

from octavia.common import constants
from octavia.network import base
from octavia.network import data_models as network_models
from octavia.network.drivers.noop_driver import driver as noop
from oslo_config import cfg
import sqlalchemy

from resize_sandbox import database
from resize_sandbox.octavia import holds
from resize_sandbox.octavia import options
from resize_sandbox.state import Step

_METADATA = sqlalchemy.MetaData()

# The tables that Octavia's noop network driver works on, and its noop
# compute driver as far as servers get ports.
INTERFACES = sqlalchemy.Table(
    'interfaces',
    _METADATA,
    sqlalchemy.Column('port_id', sqlalchemy.String(36)),
    sqlalchemy.Column('network_id', sqlalchemy.String(36)),
    sqlalchemy.Column('compute_id', sqlalchemy.String(36)),
    sqlalchemy.Column('vnic_type', sqlalchemy.String(6)),
)
FIXED_IPS = sqlalchemy.Table(
    'fixed_ips',
    _METADATA,
    sqlalchemy.Column('port_id', sqlalchemy.String(36)),
    sqlalchemy.Column('subnet_id', sqlalchemy.String(36)),
    sqlalchemy.Column('ip_address', sqlalchemy.String(64)),
)

#: What Octavia's noop driver forgets.
_NAMES = sqlalchemy.Table(
    'port_names',
    _METADATA,
    sqlalchemy.Column('port_id', sqlalchemy.String(36), primary_key=True),
    sqlalchemy.Column('name', sqlalchemy.String(255)),
)


def create_engine() -> sqlalchemy.Engine:
    """Return an engine on the database of the pretended cloud.

    :raises RequiredOptError: when the configuration doesn't name its file.
    """
    options.register(cfg.CONF)
    path = cfg.CONF[options.GROUP].cloud_database
    if not path:
        # SQLite would make a file named None in the current directory.
        raise cfg.RequiredOptError(
            'cloud_database', cfg.OptGroup(options.GROUP)
        )
    # A connection for each transaction, as oslo.db does.
    engine = sqlalchemy.create_engine(
        f'sqlite:///{path}', poolclass=sqlalchemy.NullPool
    )
    # Several processes may share the file.
    database.install(engine)
    return engine


class _Forgetful(dict[object, object]):
    """Keeps nothing: the parent notes each call of a worker's lifetime."""

    def __setitem__(self, key: object, value: object) -> None:
        pass


class _Manager(noop.NoopManager):
    def __init__(self) -> None:
        # The parent's constructor opens a file in /tmp that all Octavias
        # of the machine share: this one does the same in the sandbox.
        self.networkconfigconfig = _Forgetful()
        self._qos_extension_enabled = True
        self.engine = create_engine()
        self.interfaces_table = INTERFACES
        self.fixed_ips_table = FIXED_IPS
        database.create_tables(self.engine, _METADATA)

    def create_port(
        self, network_id: str, name: str | None = None, *args: Any
    ) -> network_models.Port:
        port = super().create_port(network_id, name, *args)
        with self.engine.begin() as connection:
            connection.execute(
                _NAMES.insert().values(port_id=port.id, name=port.name)
            )
        holds.pass_port(port.name)
        return port

    def delete_port(self, port_id: str) -> None:
        super().delete_port(port_id)
        with self.engine.begin() as connection:
            connection.execute(
                _NAMES.delete().where(_NAMES.c.port_id == port_id)
            )

    def get_names(self) -> dict[str, str]:
        """Return the name of each port by its ID."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                sqlalchemy.select(_NAMES.c.port_id, _NAMES.c.name)
            )
            return {port_id: name for port_id, name in rows}

    def get_port_by_name(self, port_name: str) -> network_models.Port:
        for port_id, name in self.get_names().items():
            if name == port_name:
                return self.get_port(port_id)
        raise base.PortNotFound(port_name)

    def set_port_admin_state_up(self, port_id: str, state: bool) -> None:
        super().set_port_admin_state_up(port_id, state)
        port = self.get_port(port_id)
        port.admin_state_up = state
        # The worker waits until a port that it has disabled is DOWN.
        port.status = constants.ACTIVE if state else constants.DOWN
        if state:
            holds.pass_step(Step.VIP, port_id)

    def get_network_configs(
        self, loadbalancer: Any, amphora: Any = None
    ) -> dict[str, network_models.AmphoraNetworkConfig]:
        holds.pass_step(Step.VIP, loadbalancer.id)
        configs: dict[str, network_models.AmphoraNetworkConfig] = (
            super().get_network_configs(loadbalancer, amphora)
        )
        return configs


class SandboxNetworkDriver(noop.NoopNetworkDriver):
    """Octavia's noop network driver, within the state directory."""

    def __init__(self) -> None:
        # Not the parent's constructor: see _Manager.
        self.driver = _Manager()
