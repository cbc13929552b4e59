# SPDX-License-Identifier: Apache-2.0
"""A network driver for Octavia on bridges and veth pairs."""

from collections.abc import Callable
from pathlib import Path
import time
from typing import Any

from octavia.common import constants
from octavia.common import data_models
from octavia.network import base
from octavia.network import data_models as network_models
from octavia.network.drivers.noop_driver import driver as noop
from oslo_config import cfg

from resize_sandbox.dataplane import fabrics
from resize_sandbox.dataplane.bridges import Bridges
from resize_sandbox.dataplane.cloud import Port
from resize_sandbox.dataplane.fabric import Fabric
from resize_sandbox.octavia import holds
from resize_sandbox.octavia import options
from resize_sandbox.state import Step


def open_fabric() -> Fabric:
    """Return the fabric of the sandbox to which this Octavia belongs."""
    options.register(cfg.CONF)
    return fabrics.find(Path(cfg.CONF[options.GROUP].dataplane_directory))


class DataPlaneNetworkDriver(noop.NoopNetworkDriver):
    """Ports that are plugged; security groups and QoS are pretended."""

    def __init__(self) -> None:
        # Not the parent's constructor: it has no memory to share.
        fabric = open_fabric()
        assert isinstance(fabric, Bridges)
        self.fabric = fabric

    def allocate_vip(
        self, load_balancer: data_models.LoadBalancer
    ) -> tuple[data_models.Vip, list[data_models.AdditionalVip]]:
        vip = load_balancer.vip
        port = vip.port_id and self.fabric.cloud.port(vip.port_id)
        if not port:
            port = self._create_vip_port(load_balancer)
        address, *others = port.fixed_ips
        return data_models.Vip(
            ip_address=address['ip_address'],
            subnet_id=address['subnet_id'],
            network_id=port.network_id,
            port_id=port.id,
            load_balancer=load_balancer,
            load_balancer_id=load_balancer.id,
            octavia_owned=True,
            sg_ids=[],
        ), [
            data_models.AdditionalVip(
                **other,
                port_id=port.id,
                network_id=port.network_id,
                load_balancer=load_balancer,
                load_balancer_id=load_balancer.id,
            )
            for other in others
        ]

    def _create_vip_port(
        self, load_balancer: data_models.LoadBalancer
    ) -> Port:
        wanted = [load_balancer.vip, *load_balancer.additional_vips]
        found = self.fabric.names.find_subnet(wanted[0].subnet_id)
        if found is None:
            raise base.AllocateVIPException(
                f'There is no subnet {wanted[0].subnet_id}'
            )
        try:
            return self.fabric.cloud.create_port(
                found[0].id,
                f'octavia-lb-{load_balancer.id}',
                [
                    {
                        'subnet_id': vip.subnet_id,
                        'ip_address': vip.ip_address,
                    }
                    for vip in wanted
                ],
                is_up=False,
            )
        except LookupError as error:
            raise base.AllocateVIPException(str(error)) from error

    def deallocate_vip(self, vip: data_models.Vip) -> None:
        load_balancer = vip.load_balancer
        for amphora in load_balancer.amphorae if load_balancer else ():
            if amphora.vrrp_port_id:
                self.delete_port(amphora.vrrp_port_id)
        self.delete_port(vip.port_id)

    def unplug_vip(
        self, load_balancer: data_models.LoadBalancer, vip: data_models.Vip
    ) -> None:
        for amphora in load_balancer.amphorae:
            port = self._find(amphora.vrrp_port_id)
            if port is not None:
                self.fabric.unplug(port)

    def unplug_aap_port(
        self, vip: Any, amphora: data_models.Amphora, subnet: Any
    ) -> None:
        self.delete_port(amphora.vrrp_port_id)

    def plug_aap_port(
        self,
        load_balancer: data_models.LoadBalancer,
        vip: data_models.Vip,
        amphora: data_models.Amphora,
        subnet: Any,
    ) -> data_models.Amphora:
        port = self.fabric.cloud.create_port(
            vip.network_id,
            f'octavia-lb-vrrp-{amphora.id}',
            [{'subnet_id': vip.subnet_id}],
        )
        self._plug(port, amphora.compute_id)
        return data_models.Amphora(
            id=amphora.id,
            compute_id=amphora.compute_id,
            vrrp_ip=port.fixed_ips[0]['ip_address'],
            ha_ip=vip.ip_address,
            vrrp_port_id=port.id,
            ha_port_id=vip.port_id,
        )

    def plug_port(
        self, amphora: data_models.Amphora, port: network_models.Port
    ) -> None:
        found = self._find(port.id)
        if found is None:
            raise base.PortNotFound(port.id)
        self._plug(found, amphora.compute_id)

    def _plug(self, port: Port, server_id: str) -> None:
        server = self.fabric.cloud.server(server_id)
        if server is None:
            raise base.AmphoraNotFound(f'There is no server {server_id}')
        self.fabric.plug(port, server)

    def unplug_network(self, compute_id: str, network_id: str) -> None:
        for port in self.fabric.cloud.ports_of(compute_id):
            if port.network_id == network_id:
                self.fabric.unplug(port)

    def get_plugged_networks(
        self, compute_id: str
    ) -> list[network_models.Interface]:
        return [
            network_models.Interface(
                compute_id=compute_id,
                port_id=port.id,
                network_id=port.network_id,
                fixed_ips=[
                    network_models.FixedIP(**ip) for ip in port.fixed_ips
                ],
                vnic_type=constants.VNIC_TYPE_NORMAL,
            )
            for port in self.fabric.cloud.ports_of(compute_id)
        ]

    def update_vip(
        self,
        load_balancer: data_models.LoadBalancer,
        for_delete: bool = False,
    ) -> None:
        """There is no port security that listeners would open."""

    def get_network(
        self, network_id: str, context: Any = None
    ) -> network_models.Network:
        network = self.fabric.names.network(network_id)
        if network is None:
            raise base.NetworkNotFound(network_id)
        return network_models.Network(
            id=network.id,
            name=network.name,
            subnets=[subnet.id for subnet in network.subnets],
            mtu=1500,
            port_security_enabled=True,
        )

    def get_subnet(
        self, subnet_id: str, context: Any = None
    ) -> network_models.Subnet:
        found = self.fabric.names.find_subnet(subnet_id)
        if found is None:
            raise base.SubnetNotFound(subnet_id)
        network, subnet = found
        return network_models.Subnet(
            id=subnet.id,
            name=network.name,
            network_id=network.id,
            cidr=subnet.cidr,
            gateway_ip=subnet.gateway,
            ip_version=subnet.version,
            host_routes=[],
        )

    def get_port(
        self, port_id: str, context: Any = None
    ) -> network_models.Port:
        port = self._find(port_id)
        if port is None:
            raise base.PortNotFound(port_id)
        return network_models.Port(
            id=port.id,
            name=port.name,
            device_id=port.server_id,
            device_owner=constants.OCTAVIA_OWNER,
            mac_address=port.mac,
            network_id=port.network_id,
            network=self.get_network(port.network_id),
            status='ACTIVE' if port.is_up else 'DOWN',
            admin_state_up=port.is_up,
            fixed_ips=[network_models.FixedIP(**ip) for ip in port.fixed_ips],
        )

    def get_port_by_name(self, port_name: str) -> network_models.Port:
        for port in self.fabric.cloud.ports_named(port_name):
            return self.get_port(port.id)
        raise base.PortNotFound(port_name)

    def get_security_group_by_id(
        self, sg_id: str, context: Any = None
    ) -> network_models.SecurityGroup:
        return network_models.SecurityGroup(id=sg_id)

    def get_security_group(self, sg_name: str) -> Any:
        return network_models.SecurityGroup(id=sg_name, name=sg_name)

    def update_vip_sg(
        self, load_balancer: data_models.LoadBalancer, vip: Any
    ) -> str:
        return f'sg-{load_balancer.id}'[:36]

    def update_aap_port_sg(
        self, load_balancer: Any, amphora: Any, vip: Any
    ) -> None:
        """There is no port security."""

    def failover_preparation(self, amphora: data_models.Amphora) -> None:
        """Ports can be plugged into another server at once."""

    def get_network_configs(
        self,
        load_balancer: data_models.LoadBalancer,
        amphora: data_models.Amphora | None = None,
    ) -> dict[str, network_models.AmphoraNetworkConfig]:
        return {
            amp.id: self._network_config(load_balancer, amp)
            for amp in ([amphora] if amphora else load_balancer.amphorae)
            if amp.status != constants.DELETED
        }

    def _network_config(
        self,
        load_balancer: data_models.LoadBalancer,
        amphora: data_models.Amphora,
    ) -> network_models.AmphoraNetworkConfig:
        subnet = self.get_subnet(load_balancer.vip.subnet_id)
        return network_models.AmphoraNetworkConfig(
            amphora=amphora,
            vip_subnet=subnet,
            vip_port=self.get_port(load_balancer.vip.port_id),
            vrrp_subnet=subnet,
            vrrp_port=self._port_if_there(amphora.vrrp_port_id),
            ha_subnet=subnet,
            ha_port=self._port_if_there(amphora.ha_port_id),
            additional_vip_data=[
                network_models.AdditionalVipData(
                    ip_address=vip.ip_address,
                    subnet=self.get_subnet(vip.subnet_id),
                )
                for vip in load_balancer.additional_vips
            ],
        )

    def get_qos_policy(
        self, qos_policy_id: str, context: Any = None
    ) -> network_models.QosPolicy:
        return network_models.QosPolicy(qos_policy_id)

    def apply_qos_on_port(self, qos_id: str, port_id: str) -> None:
        """No port is limited."""

    def qos_enabled(self) -> bool:
        return False

    def get_network_ip_availability(
        self, network: network_models.Network
    ) -> network_models.Network_IP_Availability:
        return network_models.Network_IP_Availability(
            network_id=network.id,
            subnet_ip_availability=[
                {'subnet_id': subnet_id, 'used_ips': 0, 'total_ips': 254}
                for subnet_id in network.subnets
            ],
        )

    def create_port(
        self,
        network_id: str,
        name: str | None = None,
        fixed_ips: Any = (),
        secondary_ips: Any = (),
        security_group_ids: Any = (),
        admin_state_up: bool = True,
        qos_policy_id: str | None = None,
        vnic_type: str = constants.VNIC_TYPE_NORMAL,
    ) -> network_models.Port:
        try:
            port = self.fabric.cloud.create_port(
                network_id, name or 'port', fixed_ips, admin_state_up
            )
        except LookupError as error:
            raise base.CreatePortException(str(error)) from error
        holds.pass_port(port.name)
        return self.get_port(port.id)

    def delete_port(self, port_id: str) -> None:
        time.sleep(cfg.CONF[options.GROUP].delete_seconds)
        port = self._find(port_id)
        if port is not None:
            self.fabric.delete_port(port)

    def admin_down_port(self, port_id: str) -> None:
        self.set_port_admin_state_up(port_id, False)

    def set_port_admin_state_up(self, port_id: str, state: bool) -> None:
        port = self._find(port_id)
        if port is None:
            raise base.PortNotFound(port_id)
        self.fabric.set_up(port, state)
        if state:
            holds.pass_step(Step.VIP, port_id)

    def plug_fixed_ip(
        self, port_id: str, subnet_id: str, ip_address: str | None = None
    ) -> network_models.Port:
        return self._change_fixed_ips(
            port_id,
            lambda ips: [
                *ips,
                {'subnet_id': subnet_id, 'ip_address': ip_address},
            ],
        )

    def unplug_fixed_ip(
        self, port_id: str, subnet_id: str
    ) -> network_models.Port:
        return self._change_fixed_ips(
            port_id,
            lambda ips: [ip for ip in ips if ip['subnet_id'] != subnet_id],
        )

    def _change_fixed_ips(
        self, port_id: str, change: Callable[[list[Any]], list[Any]]
    ) -> network_models.Port:
        port = self._find(port_id)
        if port is None:
            raise base.PortNotFound(port_id)
        try:
            self.fabric.cloud.set_fixed_ips(port, change(port.fixed_ips))
        except LookupError as error:
            raise base.NetworkException(str(error)) from error
        return self.get_port(port_id)

    def _find(self, port_id: str | None) -> Port | None:
        return self.fabric.cloud.port(port_id) if port_id else None

    def _port_if_there(
        self, port_id: str | None
    ) -> network_models.Port | None:
        port = self._find(port_id)
        return self.get_port(port.id) if port else None
