# SPDX-License-Identifier: Apache-2.0
"""Creates networks, ports and more in a Neutron."""

from typing import Any

from resize_sandbox.dataplane import networks


class Neutron:
    """Creates what is given, with the ID that it has here."""

    def __init__(self, proxy: Any) -> None:
        self._proxy = proxy

    def create(self, kind: str, **attributes: Any) -> Any:
        path = '/' + kind.replace('_', '-') + 's'
        answer = self._proxy.post(path, json={kind: attributes})
        if not answer.ok:
            raise RuntimeError(f'Neutron refuses a {kind}: {answer.text}')
        return answer.json()[kind]

    def add_to_router(self, router_id: str, subnet_id: str) -> None:
        self._proxy.put(
            f'/routers/{router_id}/add_router_interface',
            json={'subnet_id': subnet_id},
        ).raise_for_status()

    def are_active(self, port_ids: set[str]) -> bool:
        ports = self._proxy.get('/ports').json()['ports']
        active = {port['id'] for port in ports if port['status'] == 'ACTIVE'}
        return port_ids <= active

    def create_network(
        self, network: networks.Network, **attributes: Any
    ) -> None:
        """Create a network and its subnets.

        :param attributes: more of the network's.
        """
        self.create(
            'network',
            id=network.id,
            name=network.name,
            shared=True,
            **attributes,
            # Members have many addresses.
            port_security_enabled=network.id != networks.MEMBER.id,
        )
        for subnet in network.subnets:
            self.create(
                'subnet',
                id=subnet.id,
                network_id=network.id,
                ip_version=subnet.version,
                cidr=subnet.cidr,
                gateway_ip=subnet.gateway,
                enable_dhcp=False,
                allocation_pools=[
                    {
                        'start': str(subnet.network[100]),
                        'end': str(subnet.network[250]),
                    }
                ],
            )
