# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.


"""Tasks that move the traffic from the old amphorae to the new ones.

Until :class:`~octavia_resize.worker.tasks.BeginCleanUp` a failure gives the
traffic back to the old ones, in one place: the revert of
:class:`RetireOldAmphorae`. After it, nothing fails any more.
"""

from collections.abc import Callable
import threading
import time
from typing import Any

from octavia.amphorae.drivers.haproxy import exceptions as agent_exceptions
from octavia.common import constants as octavia_constants
from octavia.common import data_models
from octavia.controller.worker.v2.tasks import amphora_driver_tasks
from octavia.controller.worker.v2.tasks import network_tasks
from octavia.db import api as db_apis
from octavia.db import models as octavia_models
from oslo_log import log as logging
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize import lifecycle
from octavia_resize.db import transaction
from octavia_resize.worker import old_amphora
from octavia_resize.worker import tasks

LOG = logging.getLogger(__name__)

#: A new master takes the VIP after 3 to 4 times the interval of its adverts.
_VIP_SECONDS = 60
_VIP_POLL_SECONDS = 0.02
_ANNOUNCE_SECONDS = 0.05


class _AmphoraTask(amphora_driver_tasks.BaseAmphoraTask):
    """Base of the tasks that ask something of amphorae."""

    def _load(
        self, load_balancer_id: str, amphora_id: str
    ) -> tuple[octavia_models.LoadBalancer, octavia_models.Amphora]:
        """Return all of a load balancer, for its configuration."""
        session = db_apis.get_session()
        with session.begin():
            load_balancer = self.loadbalancer_repo.get(
                session, id=load_balancer_id
            )
        return load_balancer, _find(load_balancer, amphora_id)


def _find(
    load_balancer: octavia_models.LoadBalancer, amphora_id: str
) -> octavia_models.Amphora:
    return next(a for a in load_balancer.amphorae if a.id == amphora_id)


class RetireOldAmphorae(_AmphoraTask):
    """Mark the old amphorae: they are nobody's peers from here on."""

    @transaction.repeated
    def execute(
        self,
        loadbalancer_id: str,
        resize_id: str,
        owner: str,
        old_ids: list[str],
        new_ids: list[str],
    ) -> None:
        """Mark them PENDING_DELETE, and do not have them failed over.

        :raises Stopped: The caller is not the owner of the resize any more.
        """
        claim = lifecycle.Claim(loadbalancer_id, resize_id, owner)
        with db_apis.session().begin() as session:
            tasks.hold(session, claim)
            mark(
                session,
                dict.fromkeys(old_ids, octavia_constants.PENDING_DELETE),
                busy=True,
            )

    def revert(
        self,
        loadbalancer_id: str,
        resize_id: str,
        owner: str,
        old_ids: list[str],
        new_ids: list[str],
        **kwargs: Any,
    ) -> None:
        """Have the old amphorae serve again, unless that is others' now."""
        claim = lifecycle.Claim(loadbalancer_id, resize_id, owner)
        give_back(claim, new_ids)


def mark(session: orm.Session, statuses: dict[str, str], busy: bool) -> None:
    """Set the status of some amphorae, and whether their health is watched.

    :param statuses: The status by amphora ID.
    :param busy: Whether Octavia's health manager leaves them alone.
    """
    amphora = octavia_models.Amphora
    for status in set(statuses.values()):
        ids = [i for i in statuses if statuses[i] == status]
        session.query(amphora).filter(amphora.id.in_(ids)).update(
            {'status': status}, synchronize_session=False
        )
    health = octavia_models.AmphoraHealth
    session.query(health).filter(health.amphora_id.in_(list(statuses))).update(
        {'busy': busy}, synchronize_session=False
    )


def give_back(claim: lifecycle.Claim, new_ids: list[str]) -> None:
    """Have the old amphorae serve again, as they did before the switch.

    The new ones lose their VIP ports first: from then on they answer nobody.
    Nothing is done for a resize that the caller does not own, or whose new
    amphorae serve.

    :param new_ids: IDs of the new amphorae.
    """
    for attempt in transaction.retrying(reraise=True):
        with attempt, db_apis.session().begin() as session:
            resize = lifecycle.hold(session, claim)
            if resize is None or (resize.phase == constants.PHASE_CLEANING_UP):
                return
            before = resize.get_kept()
    load_balancer = old_amphora.load(
        claim.load_balancer_id, with_listeners=True
    )
    for amphora in old_amphora.select(load_balancer, new_ids):
        amphora.disable_port()
    for attempt in transaction.retrying(reraise=True):
        with attempt, db_apis.session().begin() as session:
            if lifecycle.hold(session, claim) is None:
                return
            mark(session, before, busy=False)
    old = old_amphora.select(load_balancer, before)
    for amphora in old:
        amphora.enable_port()
    for amphora in old:
        if amphora.is_one_of_pair:
            amphora.start_vrrp()
        else:
            amphora.start_listeners()


class UpdateListeners(_AmphoraTask):
    """Give a new amphora its listeners.

    Octavia's task of the same purpose swallows failures: here the old
    amphorae still serve, and the flow can be reverted.
    """

    def execute(
        self,
        loadbalancer_id: str,
        new_id: str,
        timeout_dict: dict[str, int] | None = None,
    ) -> None:
        """Configure and start haproxy and its like.

        :raises RuntimeError: A listener was left out.
        """
        load_balancer, amphora = self._load(loadbalancer_id, new_id)
        before = {
            listener.id: (
                listener.provisioning_status,
                listener.operating_status,
            )
            for listener in load_balancer.listeners
        }
        self.amphora_driver.update_amphora_listeners(
            load_balancer, amphora, timeout_dict
        )
        with db_apis.session().begin() as session:
            skipped = self._restore_skipped(session, before)
        if skipped:
            raise RuntimeError(
                f'Listeners {", ".join(skipped)} cannot be configured, '
                'probably because of their certificates'
            )

    def _restore_skipped(
        self, session: orm.Session, before: dict[str, tuple[str, str]]
    ) -> list[str]:
        """Undo the marks of listeners that the driver has left out.

        :returns: Their IDs.
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


class GetNetworkConfigs(network_tasks.BaseNetworkTask):
    """Ask for the network configuration of the new amphorae.

    Octavia's tasks ask for that of the old ones, too, whose ports may be
    gone, or read the load balancer twice.
    """

    def execute(
        self, loadbalancer_id: str, new_ids: list[str]
    ) -> dict[str, dict[str, Any]]:
        """Return the configuration by amphora ID."""
        session = db_apis.get_session()
        with session.begin():
            load_balancer = self.loadbalancer_repo.get(
                session, id=loadbalancer_id
            )
        configs: dict[str, Any] = {}
        for new_id in new_ids:
            configs |= self.network_driver.get_network_configs(
                load_balancer, amphora=_find(load_balancer, new_id)
            )
        return {
            amphora_id: config.to_dict(
                recurse=True, calling_classes=[data_models.LoadBalancer]
            )
            for amphora_id, config in configs.items()
        }


class DisableOldPort(network_tasks.AdminDownPort):
    """As Octavia's; what gives back enables the port again."""

    def revert(self, *args: Any, **kwargs: Any) -> None:
        """Leave the port, which may be the business of another worker."""


class PlugVIP(amphora_driver_tasks.AmphoraPostVIPPlug):
    """As Octavia's; the way back deletes the new amphora."""

    def revert(self, *args: Any, **kwargs: Any) -> None:
        """Leave the amphora, which may be serving for another worker."""


class AnnounceVIP(_AmphoraTask):
    """Tell the network that a new amphora has the VIP.

    The agent does so when it is told to start a haproxy that runs.
    """

    def execute(
        self,
        loadbalancer_id: str,
        new_id: str,
        timeout_dict: dict[str, int] | None = None,
    ) -> None:
        load_balancer = old_amphora.load(loadbalancer_id, with_listeners=True)
        if load_balancer.listeners:
            self.amphora_driver.start(
                load_balancer, _find(load_balancer, new_id), timeout_dict
            )


class AskOldAmphorae(_AmphoraTask):
    """Find out which of the old amphorae are alive, and has the VIP."""

    def execute(
        self, loadbalancer_id: str, old_ids: list[str]
    ) -> dict[str, bool | None]:
        """Return whether an amphora has the VIP, by its ID.

        :returns: None for an amphora that does not answer.
        """
        load_balancer = old_amphora.load(loadbalancer_id)
        return {
            amphora.id: amphora.holds_vip()
            for amphora in old_amphora.select(load_balancer, old_ids)
        }


class PrepareOldPair(_AmphoraTask):
    """Leave the old pair one that gives the VIP up, and when it is wanted.

    The standby is stopped: it would take over when the old master stops. The
    master announces the VIP now, and so not again within the seconds in which
    both masters have the VIP: its next periodic gratuitous ARP would break
    the connections to the new one.
    """

    def execute(
        self, loadbalancer_id: str, old_amphorae: dict[str, bool | None]
    ) -> None:
        load_balancer = old_amphora.load(loadbalancer_id)
        old = old_amphora.select(load_balancer, old_amphorae)
        for amphora in old:
            if old_amphorae[amphora.id] is False:
                amphora.stop_vrrp()
        for amphora in old:
            if old_amphorae[amphora.id]:
                amphora.start_vrrp()


class ConfigureVRRP(_AmphoraTask):
    """Give a new amphora of a pair its keepalived configuration."""

    def execute(
        self,
        loadbalancer_id: str,
        new_id: str,
        amphorae_network_config: dict[str, Any],
        timeout_dict: dict[str, int] | None = None,
    ) -> None:
        load_balancer, amphora = self._load(loadbalancer_id, new_id)
        interface = self.amphora_driver.get_interface_from_ip(
            amphora, amphora.vrrp_ip, timeout_dict=timeout_dict
        )
        with db_apis.session().begin() as session:
            self.amphora_repo.update(session, new_id, vrrp_interface=interface)
        amphora.vrrp_interface = interface
        self.amphora_driver.update_vrrp_conf(
            load_balancer, amphorae_network_config, amphora, timeout_dict
        )


class StartVRRP(_AmphoraTask):
    """Start keepalived on a new amphora."""

    def execute(
        self,
        loadbalancer_id: str,
        new_id: str,
        timeout_dict: dict[str, int] | None = None,
    ) -> None:
        amphora = _find(old_amphora.load(loadbalancer_id), new_id)
        self.amphora_driver.start_vrrp_service(amphora, timeout_dict)


class TakeVIP(_AmphoraTask):
    """Have the old master stop as soon as the new one has the VIP.

    Until then both serve, and clients go where the last gratuitous ARP has
    sent them: the old master's next one would break their connections.
    """

    def execute(
        self,
        loadbalancer_id: str,
        old_amphorae: dict[str, bool | None],
        new_id: str,
        timeout_dict: dict[str, int] | None = None,
    ) -> None:
        """Return when the old master has stopped.

        :raises RuntimeError: The new one does not have the VIP after a
            minute.
        """
        load_balancer = old_amphora.load(loadbalancer_id)
        masters = old_amphora.select(
            load_balancer, [i for i, holds in old_amphorae.items() if holds]
        )
        self._wait(load_balancer, _find(load_balancer, new_id), timeout_dict)
        (new,) = old_amphora.select(load_balancer, [new_id])
        _announce_while(new, lambda: [m.stop_vrrp() for m in masters])

    def _wait(
        self,
        load_balancer: octavia_models.LoadBalancer,
        new: octavia_models.Amphora,
        timeout_dict: dict[str, int] | None,
    ) -> None:
        end = time.monotonic() + _VIP_SECONDS
        while True:
            try:
                self.amphora_driver.get_interface_from_ip(
                    new, load_balancer.vip.ip_address, timeout_dict
                )
            except agent_exceptions.NotFound:
                if time.monotonic() > end:
                    raise RuntimeError(
                        f'Amphora {new.id} has not become the master'
                    ) from None
                time.sleep(_VIP_POLL_SECONDS)
            else:
                return


class StopOldAmphorae(_AmphoraTask):
    """Take the old amphorae from the network, once the new ones serve.

    Connections to an old one are closed, not left hanging. Whatever goes
    wrong, the new ones serve: nothing here fails.
    """

    def execute(
        self,
        loadbalancer_id: str,
        old_amphorae: dict[str, bool | None],
        new_id: str,
    ) -> None:
        """Stop what they run, and disable their VIP ports.

        :param new_id: ID of the new amphora that has the VIP.
        """
        try:
            load_balancer = old_amphora.load(
                loadbalancer_id, with_listeners=True
            )
            old = old_amphora.select(load_balancer, old_amphorae)
            (new,) = old_amphora.select(load_balancer, [new_id])
            for amphora in old:
                if old_amphorae[amphora.id] is not None:
                    amphora.stop_listeners()
            for amphora in old:
                amphora.disable_port()
            # An old one may have been the last to say that it has the VIP.
            _announce(new)
        except Exception:
            LOG.exception(
                'The old amphorae of load balancer %s were not all stopped',
                loadbalancer_id,
            )


def _announce(amphora: old_amphora.OldAmphora) -> None:
    if amphora.is_one_of_pair:
        amphora.start_vrrp()
    else:
        amphora.start_listeners()


def _announce_while(
    amphora: old_amphora.OldAmphora, function: Callable[[], object]
) -> None:
    """Announce the VIP again and again while a function runs.

    keepalived gives the VIP up at once when it is stopped, and ends a second
    later: had it just announced the VIP, clients would wait for that second.
    """
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    while thread.is_alive():
        _announce(amphora)
        thread.join(_ANNOUNCE_SECONDS)
