# SPDX-License-Identifier: Apache-2.0

"""Tasks that make new amphorae serve."""

import time
from typing import Any

from octavia.amphorae.drivers.haproxy import exceptions as agent_exceptions
from octavia.common import constants as octavia_constants
from octavia.common import data_models
from octavia.controller.worker.v2.tasks import amphora_driver_tasks
from octavia.controller.worker.v2.tasks import network_tasks
from octavia.db import models as octavia_models
from octavia.network import data_models as network_models
from oslo_log import log as logging
from sqlalchemy import orm
from taskflow import task

from octavia_resize.db import transaction
from octavia_resize.worker import agent
from octavia_resize.worker import amphora
from octavia_resize.worker import failures
from octavia_resize.worker import haproxy
from octavia_resize.worker import loading
from octavia_resize.worker import network

LOG = logging.getLogger(__name__)

#: The kernel sends three ARP requests, one each second.
_CHECK_SECONDS = 1.5
#: A new master takes the VIP after 3 to 4 times the interval of its adverts.
_VIP_SECONDS = 60
_VIP_POLL_SECONDS = 0.02


def _leave_running_listeners(
    load_balancer: octavia_models.LoadBalancer,
) -> None:
    """Remove listeners without a program, which Octavia's driver must skip."""
    load_balancer.listeners = amphora.get_running_listeners(load_balancer)


class PostNetworkPlug(amphora_driver_tasks.AmphoraePostNetworkPlug):
    """As Octavia's, but a failure does not touch other amphorae."""

    @agent.quoted
    def execute(
        self,
        loadbalancer: dict[str, Any],
        updated_ports: dict[str, Any],
        amphorae_network_config: dict[str, Any],
    ) -> None:
        super().execute(loadbalancer, updated_ports, amphorae_network_config)

    def revert(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: Octavia's revert would set all amphorae to ERROR."""


class UpdateListeners(amphora_driver_tasks.BaseAmphoraTask):
    """Configure the listeners of a new amphora.

    Octavia's task swallows failures. Here the old amphorae still serve, and
    the flow can be reverted.
    """

    @agent.quoted
    def execute(
        self,
        loadbalancer_id: str,
        new_id: str,
        timeout_dict: dict[str, int] | None = None,
    ) -> None:
        """Configure and start the programs that serve.

        If no listener of haproxy is enabled, haproxy could not start, and gets
        no configuration: Octavia sends one when a listener is enabled.

        :raises ListenersSkipped: Octavia has left out a listener.
        """
        load_balancer = loading.get_full_load_balancer(loadbalancer_id)
        new = loading.get_amphora(load_balancer, new_id)
        _leave_running_listeners(load_balancer)
        before = {
            listener.id: (
                listener.provisioning_status,
                listener.operating_status,
            )
            for listener in load_balancer.listeners
        }
        haproxy.answer_when_stopped(self.amphora_driver)
        with agent.listen(self.amphora_driver) as refused:
            self.amphora_driver.update_amphora_listeners(
                load_balancer, new, timeout_dict
            )
        skipped = transaction.run(self._restore_skipped, before)
        if skipped:
            raise failures.ListenersSkipped(
                f'Octavia has left out the listeners {", ".join(skipped)}: '
                + (
                    '; '.join(refused)
                    or 'one of their TLS secrets cannot be read'
                )
            )

    def _restore_skipped(
        self, session: orm.Session, before: dict[str, tuple[str, str]]
    ) -> list[str]:
        """Restore the statuses of listeners that the driver has left out.

        :returns: The IDs of these listeners.
        """
        listener = octavia_models.Listener
        rows = session.query(listener.id).filter(
            listener.id.in_(list(before)),
            listener.provisioning_status == octavia_constants.ERROR,
        )
        skipped = [
            listener_id
            for (listener_id,) in rows
            if before[listener_id][0] != octavia_constants.ERROR
        ]
        for listener_id in skipped:
            provisioning_status, operating_status = before[listener_id]
            session.query(listener).filter_by(id=listener_id).update(
                {
                    'provisioning_status': provisioning_status,
                    'operating_status': operating_status,
                },
                synchronize_session=False,
            )
        return skipped


class _ConfigsTask(network_tasks.BaseNetworkTask):
    """Base of the tasks that get the network configuration of amphorae.

    Octavia's tasks get the configuration of the old amphorae, too, whose ports
    may be gone, or read the load balancer twice. Their result lacks data for
    the firewall rules of an SR-IOV port.
    """

    def _get(
        self, load_balancer_id: str, new_ids: list[str]
    ) -> dict[str, dict[str, Any]]:
        """Return the configuration by amphora ID."""
        load_balancer = loading.get_full_load_balancer(load_balancer_id)
        configs: dict[str, Any] = {}
        for new_id in new_ids:
            configs |= self.network_driver.get_network_configs(
                load_balancer,
                amphora=loading.get_amphora(load_balancer, new_id),
            )
        return {
            amphora_id: _to_dict(config, load_balancer)
            for amphora_id, config in configs.items()
        }


class GetNetworkConfig(_ConfigsTask):
    """Get the network configuration of the amphora that is built."""

    def execute(
        self, loadbalancer_id: str, amphora_id: str
    ) -> dict[str, dict[str, Any]]:
        """Return the configuration by amphora ID."""
        return self._get(loadbalancer_id, [amphora_id])


class GetNetworkConfigs(_ConfigsTask):
    """Get the network configuration of the new amphorae."""

    def execute(
        self, loadbalancer_id: str, new_ids: list[str]
    ) -> dict[str, dict[str, Any]]:
        """Return the configuration by amphora ID."""
        return self._get(loadbalancer_id, new_ids)


def _to_dict(
    config: network_models.AmphoraNetworkConfig,
    load_balancer: octavia_models.LoadBalancer,
) -> dict[str, Any]:
    as_dict: dict[str, Any] = config.to_dict(
        recurse=True, calling_classes=[data_models.LoadBalancer]
    )
    as_dict[octavia_constants.AMPHORA]['load_balancer'] = {
        octavia_constants.TOPOLOGY: load_balancer.topology,
        octavia_constants.VIP: {
            octavia_constants.VNIC_TYPE: load_balancer.vip.vnic_type
        },
        octavia_constants.AMPHORAE: [
            {
                octavia_constants.ID: one.id,
                octavia_constants.STATUS: one.status,
                octavia_constants.VRRP_IP: one.vrrp_ip,
            }
            for one in load_balancer.amphorae
        ],
    }
    return as_dict


class ConnectPort(network_tasks.BaseNetworkTask):
    """Enable the VIP port of a new amphora, which was created disabled.

    haproxy runs already, so the amphora serves at once. If the port is
    connected so late that the first checks of members on the VIP's network
    have failed, haproxy is restarted: a member that was found down stays down
    for several checks.
    """

    def execute(
        self,
        loadbalancer_id: str,
        new_id: str,
        port_id: str,
        checks_with_vip: bool,
    ) -> None:
        """Wait until the port is connected, half a minute at most.

        :param checks_with_vip: Whether haproxy checks a member by the port.
        """
        began = time.monotonic()
        self.network_driver.set_port_admin_state_up(port_id, True)
        if not network.poll_port(
            port_id, lambda status: status != octavia_constants.DOWN
        ):
            LOG.error('Port %s is still not connected', port_id)
        if checks_with_vip and time.monotonic() > began + _CHECK_SECONDS:
            load_balancer = loading.get_load_balancer(
                loadbalancer_id, with_listeners=True
            )
            (new,) = amphora.select(load_balancer, [new_id])
            new.restart_listeners()


class AwaitChecks(task.Task):
    """Wait for the first checks of members, before haproxy has the VIP.

    haproxy takes each member for up until its first check has failed.
    """

    def execute(self, seconds: int) -> None:
        time.sleep(seconds)


class PlugVIP(amphora_driver_tasks.AmphoraPostVIPPlug):
    """As Octavia's; the rollback deletes the new amphora."""

    @agent.quoted
    def execute(
        self,
        amphora: dict[str, Any],
        loadbalancer: dict[str, Any],
        amphorae_network_config: dict[str, Any],
    ) -> None:
        super().execute(amphora, loadbalancer, amphorae_network_config)

    def revert(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the amphora may serve for another worker."""


class AnnounceVIP(amphora_driver_tasks.BaseAmphoraTask):
    """Send gratuitous ARP for the VIP from a new amphora.

    The agent announces the VIP when it gets the request to start haproxy,
    though haproxy runs already.
    """

    @agent.quoted
    def execute(
        self,
        loadbalancer_id: str,
        new_id: str,
        timeout_dict: dict[str, int] | None = None,
    ) -> None:
        load_balancer = loading.get_load_balancer(
            loadbalancer_id, with_listeners=True
        )
        _leave_running_listeners(load_balancer)
        if load_balancer.listeners:
            self.amphora_driver.start(
                load_balancer,
                loading.get_amphora(load_balancer, new_id),
                timeout_dict,
            )


class ConfigureVRRP(amphora_driver_tasks.BaseAmphoraTask):
    """Configure keepalived of a new amphora of a pair."""

    @agent.quoted
    def execute(
        self,
        loadbalancer_id: str,
        new_id: str,
        amphorae_network_config: dict[str, Any],
        timeout_dict: dict[str, int] | None = None,
    ) -> None:
        load_balancer = loading.get_full_load_balancer(loadbalancer_id)
        new = loading.get_amphora(load_balancer, new_id)
        interface = self.amphora_driver.get_interface_from_ip(
            new, new.vrrp_ip, timeout_dict=timeout_dict
        )
        transaction.run(
            self.amphora_repo.update, new_id, vrrp_interface=interface
        )
        new.vrrp_interface = interface
        self.amphora_driver.update_vrrp_conf(
            load_balancer, amphorae_network_config, new, timeout_dict
        )


class StartVRRP(amphora_driver_tasks.BaseAmphoraTask):
    """Start keepalived on a new amphora."""

    @agent.quoted
    def execute(
        self,
        loadbalancer_id: str,
        new_id: str,
        timeout_dict: dict[str, int] | None = None,
    ) -> None:
        new = loading.get_amphora(
            loading.get_load_balancer(loadbalancer_id), new_id
        )
        self.amphora_driver.start_vrrp_service(new, timeout_dict)


class AwaitVIP(amphora_driver_tasks.BaseAmphoraTask):
    """Wait until keepalived of the new master has taken the VIP."""

    @agent.quoted
    def execute(
        self,
        loadbalancer_id: str,
        new_id: str,
        timeout_dict: dict[str, int] | None = None,
    ) -> None:
        """Wait until the new master has the VIP.

        If no program serves, keepalived does not take the VIP: the task ends
        at once.

        :raises VIPNotTaken: The new master does not have the VIP after a
            minute.
        """
        load_balancer = loading.get_load_balancer(
            loadbalancer_id, with_listeners=True
        )
        if not amphora.get_running_listeners(load_balancer):
            return
        new = loading.get_amphora(load_balancer, new_id)
        end = time.monotonic() + _VIP_SECONDS
        while not self._has_vip(load_balancer, new, timeout_dict):
            if time.monotonic() > end:
                raise failures.VIPNotTaken(
                    f'Amphora {new.id} has not become the master'
                )
            time.sleep(_VIP_POLL_SECONDS)

    def _has_vip(
        self,
        load_balancer: octavia_models.LoadBalancer,
        new: octavia_models.Amphora,
        timeout_dict: dict[str, int] | None,
    ) -> bool:
        try:
            self.amphora_driver.get_interface_from_ip(
                new, load_balancer.vip.ip_address, timeout_dict
            )
        except agent_exceptions.NotFound:
            return False
        return True
