# SPDX-License-Identifier: Apache-2.0
"""A compute driver for Octavia whose servers are made of namespaces."""

from collections.abc import Sequence
import json
from pathlib import Path
import subprocess
import time
import types
from typing import Any
import uuid

from octavia.common import constants
from octavia.common import data_models
from octavia.common import exceptions
from octavia.compute.drivers.noop_driver import driver as noop
from oslo_config import cfg
import psutil

from resize_sandbox.dataplane.amphora import power
from resize_sandbox.dataplane.cloud import Server
from resize_sandbox.dataplane.fabric import Fabric
from resize_sandbox.dataplane.network import open_fabric
from resize_sandbox.dataplane.networks import MANAGEMENT_ID
from resize_sandbox.octavia import compute as sandbox_compute
from resize_sandbox.octavia import holds
from resize_sandbox.octavia import images
from resize_sandbox.octavia import options
from resize_sandbox.state import Step

_SPAWN_SECONDS = 20.0


class DataPlaneComputeDriver(noop.NoopComputeDriver):
    """Boots amphorae in which the real agent, haproxy and keepalived run."""

    def __init__(self) -> None:
        # Not the parent's constructor: it has no memory to share.
        self.fabric: Fabric = open_fabric()
        self.manager = sandbox_compute.ServerManager(
            lambda: {
                server.id: server.name
                for server in self.fabric.cloud.servers()
            }
        )

    def build(
        self,
        name: str = 'amphora',
        amphora_flavor: str | None = None,
        image_tag: str | None = None,
        *args: Any,
        config_drive_files: dict[str, str] | None = None,
        network_ids: Sequence[str] = (),
        **kwargs: Any,
    ) -> str:
        if amphora_flavor == sandbox_compute.BROKEN:
            raise exceptions.ComputeBuildException(
                fault=f'No valid host was found for flavor {amphora_flavor}'
            )
        holds.pass_step(Step.BUILD, name)
        settings = cfg.CONF[options.GROUP]
        boot_seconds = max(
            settings.boot_seconds,
            sandbox_compute.BOOT_SECONDS.get(amphora_flavor or '', 0.0),
        )
        server_id = str(uuid.uuid4())
        directory = self._directory(server_id)
        (directory / 'log').mkdir(mode=0o700, parents=True)
        config = directory / 'config.json'
        config.touch(0o600)
        config.write_text(
            json.dumps(
                {
                    'name': name,
                    'files': config_drive_files or {},
                    'boot_seconds': boot_seconds,
                }
            )
        )
        process = _switch_on(directory)
        config.unlink()
        server = Server(
            id=server_id,
            name=name,
            flavor=amphora_flavor,
            image_id=images.get_image_id(image_tag),
            pid=process.pid,
            started=process.create_time(),
            active_at=time.time() + boot_seconds,
        )
        server = self.fabric.cloud.add_server(server)
        address = self.fabric.connect(server, network_ids[0])
        self._configure(server, address)
        return server_id

    def _configure(self, server: Server, address: str) -> None:
        """Give a server its address on the management network."""
        subnet = self.fabric.names.management.subnets[0]
        address = subnet.with_prefix(address)
        for command in (
            ('link', 'set', 'lo', 'up'),
            ('addr', 'add', address, 'dev', 'eth0'),
            ('link', 'set', 'eth0', 'up'),
        ):
            subprocess.run(
                ['nsenter', '-t', str(server.pid), '-n', 'ip', *command],
                check=True,
            )

    def delete(self, compute_id: str) -> None:
        time.sleep(cfg.CONF[options.GROUP].delete_seconds)
        server = self.fabric.cloud.server(compute_id)
        if server is not None:
            self.fabric.switch_off(server)
            self.fabric.forget(server)

    def status(self, compute_id: str) -> str:
        return constants.UP

    def get_amphora(
        self, compute_id: str, management_network_id: str | None = None
    ) -> tuple[data_models.Amphora, str | None]:
        server = self.fabric.cloud.server(compute_id)
        if server is None:
            raise exceptions.ComputeGetException()
        address = next(
            (
                port.fixed_ips[0]['ip_address']
                for port in self.fabric.cloud.ports_of(compute_id)
                if port.network_id == MANAGEMENT_ID
            ),
            None,
        )
        is_active = server.active_at <= time.time()
        return data_models.Amphora(
            compute_id=compute_id,
            status='ACTIVE' if is_active else 'BUILD',
            lb_network_ip=address if is_active else None,
            compute_flavor=server.flavor,
            image_id=server.image_id,
        ), None

    def create_server_group(self, name: str, policy: str) -> Any:
        return noop.NoopServerGroup(id=str(uuid.uuid4()))

    def delete_server_group(self, server_group_id: str) -> None:
        """Nothing is kept of groups."""

    def attach_network_or_port(
        self,
        compute_id: str,
        network_id: str | None = None,
        ip_address: str | None = None,
        port_id: str | None = None,
    ) -> types.SimpleNamespace:
        server = self.fabric.cloud.server(compute_id)
        if server is None:
            raise exceptions.ComputeUnknownException(
                exc=f'no server {compute_id}'
            )
        try:
            port = self.fabric.attach(server, port_id, network_id)
        except LookupError as error:
            raise exceptions.ComputeUnknownException(exc=str(error)) from error
        # As Nova's
        return types.SimpleNamespace(
            net_id=port.network_id, port_id=port.id, fixed_ips=port.fixed_ips
        )

    def detach_port(self, compute_id: str, port_id: str) -> None:
        self.fabric.detach(port_id)

    def validate_flavor(self, flavor_id: str) -> None:
        """Any compute flavor will do."""

    def validate_availability_zone(self, availability_zone: str) -> None:
        """Any availability zone will do."""

    def _directory(self, server_id: str) -> Path:
        return self.fabric.directory / 'amphorae' / server_id


def _switch_on(directory: Path) -> psutil.Process:
    """Start PID 1 of an amphora, and wait until it has a root directory.

    :raises ComputeBuildException: It does not come up.
    """
    power.start(directory)
    deadline = time.monotonic() + _SPAWN_SECONDS
    noted = directory / 'log' / 'pid'
    while time.monotonic() < deadline:
        try:
            return psutil.Process(int(noted.read_text()))
        except (FileNotFoundError, ValueError):
            time.sleep(0.01)
    power.end(directory)
    console = (directory / 'log' / 'console.log').read_text()
    raise exceptions.ComputeBuildException(fault=console[-500:])
