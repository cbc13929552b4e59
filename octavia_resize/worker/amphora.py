# SPDX-License-Identifier: Apache-2.0


"""An amphora that may be dead.

Requests to the agent time out within seconds and never raise. If the agent is
down, the Neutron port is changed instead.
"""

from collections.abc import Collection
from concurrent import futures
import time
from typing import Any

from octavia.amphorae.drivers.haproxy import exceptions as agent_exceptions
from octavia.common import constants as octavia_constants
from octavia.common import utils
from octavia.db import models
from oslo_log import log as logging

from octavia_resize.worker import haproxy
from octavia_resize.worker import network
from octavia_resize.worker import peers

LOG = logging.getLogger(__name__)

#: Octavia itself would retry for ten minutes.
_TIMEOUTS = {
    octavia_constants.REQ_CONN_TIMEOUT: 3,
    octavia_constants.REQ_READ_TIMEOUT: 20,
    octavia_constants.CONN_MAX_RETRIES: 2,
    octavia_constants.CONN_RETRY_INTERVAL: 1,
}
#: For answers to requests that an old amphora got before the VIP moved.
_ANSWER_SECONDS = 0.3
#: haproxy reloads, and ends a former process, after its agent has answered.
_CLOSE_SECONDS = 0.5


class Amphora:
    """The requests of a switch to an amphora's agent and VIP port."""

    def __init__(
        self, load_balancer: models.LoadBalancer, amphora: models.Amphora
    ) -> None:
        self.id: str = amphora.id
        self.address: str = amphora.vrrp_ip
        self._load_balancer = load_balancer
        self._amphora = amphora
        self._driver = utils.get_amphora_driver()
        #: Whether haproxy has read the configuration that was given back.
        self._is_restored = True

    def holds_vip(self) -> bool | None:
        """Return whether the amphora has the VIP; None without an answer."""
        try:
            return bool(
                self._driver.get_interface_from_ip(
                    self._amphora,
                    self._load_balancer.vip.ip_address,
                    _TIMEOUTS,
                )
            )
        except agent_exceptions.NotFound:
            return False
        except Exception as e:
            LOG.warning('Amphora %s does not answer: %s', self.id, e)
            return None

    def stop_vrrp(self) -> None:
        """Stop keepalived, which releases the VIP."""
        self._request('stop VRRP', 'put', 'vrrp/stop')

    def announce_vip(self) -> bool:
        """Send gratuitous ARP for the VIP, by starting what serves it.

        That is keepalived in a pair, else haproxy, and keepalived of UDP and
        SCTP listeners. A program that runs already announces the VIP, too,
        when the agent gets the request to start it.

        :returns: Whether the agent has accepted all requests.
        """
        if (
            self._load_balancer.topology
            == octavia_constants.TOPOLOGY_ACTIVE_STANDBY
        ):
            paths = ['vrrp/start']
        else:
            running = get_running_listeners(self._load_balancer)
            paths = [
                f'loadbalancer/{name}/start'
                for name in self._get_services(running)
            ]
        started = [
            self._request('start the programs that serve', 'put', path)
            is not None
            for path in paths
        ]
        return self._clients is None or all(started)

    def stop_listeners(self) -> None:
        """Stop the programs that serve, which closes their connections.

        Their configuration stays: :meth:`announce_vip` starts them again.
        """
        for name in self._get_services(self._load_balancer.listeners):
            self._request(
                'stop its listeners', 'put', f'loadbalancer/{name}/stop'
            )

    @property
    def needs_vip(self) -> bool:
        """Whether the amphora must have the VIP, alone or as one of a pair.

        Without haproxy, keepalived does not take the VIP.
        """
        return self._clients is not None and bool(
            get_running_listeners(self._load_balancer)
        )

    def find_fault(self) -> str | None:
        """Return why the amphora cannot serve; None if it can.

        The amphora need not have the VIP.
        """
        return self._find_port_fault() or self._find_service_fault()

    def _find_port_fault(self) -> str | None:
        port_id = self._amphora.vrrp_port_id
        if not port_id:
            return None
        try:
            port = network.get_driver().get_port(port_id)
        except Exception as e:
            return f'its VIP port is unknown: {e}'
        # The status of an SR-IOV port may stay DOWN.
        has_status = (
            self._load_balancer.vip.vnic_type
            != octavia_constants.VNIC_TYPE_DIRECT
        )
        if port.admin_state_up is False:
            return 'its VIP port is disabled'
        if has_status and port.status == octavia_constants.DOWN:
            return 'its VIP port is DOWN'
        return None

    def _find_service_fault(self) -> str | None:
        if self._clients is None:
            return None
        response = self._request('report its programs', 'get', 'details')
        if response is None or not response.ok:
            return 'its agent does not answer'
        details = response.json()
        running = get_running_listeners(self._load_balancer)
        lvs = [
            listener
            for listener in running
            if listener.protocol in octavia_constants.LVS_PROTOCOLS
        ]
        if len(lvs) < len(running) and not details['haproxy_count']:
            return 'haproxy does not run'
        # An old agent does not report this count.
        lvs_count = details.get('lvs_listener_process_count', len(lvs))
        if lvs_count < sum(listener.enabled for listener in lvs):
            return 'keepalived of UDP or SCTP listeners does not run'
        return None

    def restart_listeners(self) -> None:
        """Restart haproxy, which takes all members for up again."""
        path = f'loadbalancer/{self._load_balancer.id}'
        for action in ('stop', 'start'):
            self._request(f'{action} haproxy', 'put', f'{path}/{action}')

    def set_peers(self, amphorae: Collection['Amphora']) -> None:
        """Configure with which amphorae haproxy shares session persistence.

        :param amphorae: All of them, this one included.
        """
        configuration = self._get_configuration()
        if configuration:
            self._upload(
                peers.replace(
                    configuration, {one.id: one.address for one in amphorae}
                )
            )

    def reload(self) -> bool:
        """Reload haproxy, as each other change does.

        haproxy closes idle connections.

        :returns: Whether the agent has reloaded haproxy.
        """
        return (
            self._request(
                'reload haproxy',
                'put',
                f'loadbalancer/{self._load_balancer.id}/reload',
            )
            is not None
        )

    def close_after_requests(self) -> bool:
        """Have haproxy close each connection of HTTP after its next request.

        New connections are served, each for one request.

        :returns: Whether haproxy does so, or serves TCP only.
        """
        configuration = self._get_configuration()
        if not configuration:
            return False
        closing = haproxy.close_after_requests(configuration)
        return not closing or any(map(self._upload, closing)) and self.reload()

    def prepare_to_close(self) -> None:
        """Write that reloads close what is open."""
        configuration = self._get_configuration()
        if configuration:
            self._upload(haproxy.close_at_reload(configuration))

    def close_connections(self) -> None:
        """Close haproxy's open connections; haproxy serves new ones.

        Requests in progress are answered for a moment. The amphora must keep
        the VIP until this method returns: else a client whose connection is
        closed would not receive that. :meth:`prepare_to_close` comes before.
        """
        if haproxy.closes_at_reload(self._get_configuration() or ''):
            self.reload()
            time.sleep(_ANSWER_SECONDS)
            self.reload()
            time.sleep(_CLOSE_SECONDS)

    def restore_configuration(self) -> bool:
        """Have haproxy serve as before the resize.

        :returns: Whether haproxy does so, as far as there is one.
        """
        if self._clients is None:
            return True
        configuration = self._get_configuration()
        if configuration is None:
            return False
        original = haproxy.restore(configuration)
        if original != configuration:
            self._is_restored = False
            if not self._upload(original):
                return False
        # The reload after an earlier upload may have failed.
        if not self._is_restored:
            self._is_restored = self.reload()
        return self._is_restored

    def _get_configuration(self) -> str | None:
        """Return the configuration of haproxy.

        :returns: Empty if there is no haproxy; None if there is no answer.
        """
        response = self._request(
            'return its configuration',
            'get',
            f'loadbalancer/{self._load_balancer.id}/haproxy',
        )
        if response is None:
            return None
        return str(response.text) if response.ok else ''

    def _upload(self, configuration: str) -> bool:
        """Write the configuration that haproxy reads with its next reload."""
        path = f'loadbalancer/{self.id}/{self._load_balancer.id}/haproxy'
        response = self._request(
            'accept another configuration',
            'put',
            path,
            data=configuration.encode(),
        )
        return response is not None and response.ok

    def disable_port(self) -> bool:
        """Disable the VIP port of the amphora.

        :returns: Whether Neutron has disabled the port.
        """
        if not self._amphora.vrrp_port_id:
            return True
        try:
            network.disable_port(self._amphora.vrrp_port_id)
        except Exception as e:
            LOG.warning(
                'The VIP port of amphora %s was not disabled: %s', self.id, e
            )
            return False
        return True

    def enable_port(self) -> None:
        """Enable the VIP port of the amphora.

        Neutron connects the port later: :meth:`find_fault` checks that.
        """
        if not self._amphora.vrrp_port_id:
            return
        try:
            network.get_driver().set_port_admin_state_up(
                self._amphora.vrrp_port_id, True
            )
        except Exception as e:
            LOG.warning(
                'The VIP port of amphora %s was not enabled: %s', self.id, e
            )

    @property
    def _clients(self) -> Any:
        """Octavia's clients of agents; None with the noop driver."""
        return getattr(self._driver, 'clients', None)

    def _get_services(self, listeners: list[models.Listener]) -> list[str]:
        """Return the IDs of the programs that serve, as the agent has them."""
        lvs = [
            listener.id
            for listener in listeners
            if listener.protocol in octavia_constants.LVS_PROTOCOLS
        ]
        if len(lvs) == len(listeners):
            return lvs
        return [self._load_balancer.id, *lvs]

    def _request(
        self, what: str, method: str, path: str, **kwargs: Any
    ) -> Any:
        """Send a request to the agent.

        :param what: What the agent must do, for the log.
        :returns: The response; None without an answer, or if it is a refusal.
        """
        if self._clients is None:
            return None
        # The first request gets the version of the agent, too. The driver
        # sets None if there is no answer.
        if getattr(self._amphora, 'api_version', None) is None:
            if self.holds_vip() is None:
                return None
        request = getattr(self._clients[self._amphora.api_version], method)
        try:
            response = request(
                self._amphora, path, timeout_dict=_TIMEOUTS, **kwargs
            )
            agent_exceptions.check_exception(response, (404,))
        except Exception as e:
            LOG.warning('Amphora %s did not %s: %s', self.id, what, e)
            return None
        return response


def get_running_listeners(
    load_balancer: models.LoadBalancer,
) -> list[models.Listener]:
    """Return the listeners for which a program runs on an amphora.

    If all listeners of haproxy are disabled, or the load balancer is, haproxy
    has no address to bind: it does not start, and keepalived of a pair does
    not take the VIP.

    :param load_balancer: The load balancer with its listeners.
    """
    runs_haproxy = load_balancer.enabled and any(
        listener.enabled
        for listener in load_balancer.listeners
        if listener.protocol not in octavia_constants.LVS_PROTOCOLS
    )
    return [
        listener
        for listener in load_balancer.listeners
        if runs_haproxy or listener.protocol in octavia_constants.LVS_PROTOCOLS
    ]


def select(
    load_balancer: models.LoadBalancer, amphora_ids: Collection[str]
) -> list[Amphora]:
    """Return some amphorae of a load balancer, its masters first."""
    return [
        Amphora(load_balancer, amphora)
        for amphora in sorted(
            load_balancer.amphorae,
            key=lambda a: (a.role != octavia_constants.ROLE_MASTER, a.id),
        )
        if amphora.id in amphora_ids
    ]


def find_holders(amphorae: Collection[Amphora]) -> dict[str, bool | None]:
    """Find out at once which amphorae have the VIP.

    That one is dead is known after seconds.

    :returns: Whether an amphora has the VIP, by its ID; None for an amphora
        that does not answer.
    """
    with futures.ThreadPoolExecutor() as pool:
        holds = pool.map(Amphora.holds_vip, amphorae)
        return {
            one.id: holds_vip
            for one, holds_vip in zip(amphorae, holds, strict=True)
        }
