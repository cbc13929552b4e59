# SPDX-License-Identifier: Apache-2.0

"""A compute driver for Octavia that remembers the flavors of servers.

Octavia's noop compute driver 'builds' servers without flavor and image. This
one reports those that a server was built with, as the Nova driver does, so
that an amphora shows what a resize or a rebuild has done.
"""

from collections.abc import Callable
from collections.abc import Mapping
import re
import time
from typing import Any
from typing import NamedTuple

from octavia.common import exceptions
from octavia.compute.drivers.noop_driver import driver as noop
import sqlalchemy

from resize_sandbox import database
from resize_sandbox.octavia import holds
from resize_sandbox.octavia import images
from resize_sandbox.octavia import network
from resize_sandbox.state import Step

#: Seconds until a server of the compute flavor is ACTIVE; 0 for others.
BOOT_SECONDS = {'sandbox.slow': 5.0}
#: The compute flavor that no host has room for.
BROKEN = 'sandbox.broken'


# Nova's status of a server that isn't ACTIVE yet.
_BUILD = 'BUILD'

_METADATA = sqlalchemy.MetaData()
_SERVERS = sqlalchemy.Table(
    'servers',
    _METADATA,
    sqlalchemy.Column('id', sqlalchemy.String(36), primary_key=True),
    sqlalchemy.Column('name', sqlalchemy.String(255)),
    sqlalchemy.Column('compute_flavor', sqlalchemy.String(255)),
    sqlalchemy.Column('image_id', sqlalchemy.String(36)),
    sqlalchemy.Column('server_group_id', sqlalchemy.String(36)),
    sqlalchemy.Column('active_at', sqlalchemy.Float, nullable=False),
)


class _Manager(noop.NoopManager):
    def __init__(self) -> None:
        super().__init__()
        # The parent's engine, which was never connected, is on a file in
        # /tmp that all Octavias of the machine share.
        self.engine = network.create_engine()
        database.create_tables(self.engine, _METADATA)

    def build(
        self,
        name: str = 'amphora_name',
        amphora_flavor: str | None = None,
        image_tag: str | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> str:
        if amphora_flavor == BROKEN:
            raise exceptions.ComputeBuildException(
                fault=f'No valid host was found for flavor {BROKEN}'
            )
        holds.pass_step(Step.BUILD, name)
        compute_id: str = super().build(
            name, amphora_flavor, image_tag, *args, **kwargs
        )
        boot_seconds = BOOT_SECONDS.get(amphora_flavor or '', 0.0)
        with self.engine.begin() as connection:
            connection.execute(
                _SERVERS.insert().values(
                    id=compute_id,
                    name=name,
                    compute_flavor=amphora_flavor,
                    image_id=images.get_image_id(image_tag),
                    server_group_id=kwargs.get('server_group_id'),
                    active_at=time.time() + boot_seconds,
                )
            )
        return compute_id

    def get_amphora(
        self, compute_id: str, management_network_id: str | None = None
    ) -> tuple[Any, str | None]:
        amphora, fault = super().get_amphora(compute_id, management_network_id)
        with self.engine.connect() as connection:
            server = connection.execute(
                _SERVERS.select().where(_SERVERS.c.id == compute_id)
            ).one_or_none()
        if server is None:
            raise exceptions.ComputeGetException()
        amphora.compute_flavor = server.compute_flavor
        amphora.image_id = server.image_id
        if server.active_at > time.time() or holds.is_held(Step.BOOT):
            amphora.status = _BUILD
            amphora.lb_network_ip = None
        return amphora, fault

    def delete(self, compute_id: str) -> None:
        holds.pass_step(Step.DELETE, compute_id)
        super().delete(compute_id)
        with self.engine.begin() as connection:
            connection.execute(
                _SERVERS.delete().where(_SERVERS.c.id == compute_id)
            )

    def get_names(self) -> dict[str, str]:
        """Return the name of each server by its ID."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                sqlalchemy.select(_SERVERS.c.id, _SERVERS.c.name)
            )
            return {server_id: name for server_id, name in rows}


class Server(NamedTuple):
    """A server, as novaclient shows it."""

    id: str
    name: str


class ServerManager:
    """Lists servers, as that of novaclient does, which Nova's driver has."""

    def __init__(self, get_names: Callable[[], dict[str, str]]) -> None:
        """Prepare to list servers.

        :param get_names: Returns the name of each server by its ID.
        """
        self._get_names = get_names

    def list(self, search_opts: Mapping[str, str]) -> list[Server]:
        """Return servers.

        :param search_opts: With 'name', an expression that names match.
        """
        return [
            Server(server_id, name)
            for server_id, name in self._get_names().items()
            if re.search(search_opts['name'], name)
        ]


class SandboxComputeDriver(noop.NoopComputeDriver):
    """Octavia's noop compute driver, with a memory for compute flavors."""

    def __init__(self) -> None:
        # Not the parent's constructor: its manager is replaced.
        self.driver = _Manager()
        self.manager = ServerManager(self.driver.get_names)

    def build(self, *args: Any, **kwargs: Any) -> str:
        # The parent would log the key of the heartbeats with them.
        kwargs.pop('config_drive_files', None)
        # The parent's would pass all by position.
        return self.driver.build(*args, **kwargs)
