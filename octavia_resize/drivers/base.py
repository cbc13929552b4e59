# SPDX-License-Identifier: Apache-2.0

"""What a provider implements so that its load balancers can be resized."""

import abc
from typing import Any
from typing import NamedTuple

from octavia_lib.api.drivers import exceptions


class Build(NamedTuple):
    """What new amphorae get."""

    image_id: str
    compute_flavor: str


class ResizeDriver(abc.ABC):
    """Sends resizes to the controller of a provider.

    A provider registers its class in the entry point group
    ``octavia_resize.drivers`` under the provider's name.
    """

    #: Whether an ACTIVE load balancer gets new amphorae by a resize to the
    #: flavor that it has. Such a driver has :meth:`get_build`.
    can_rebuild = False
    #: Whether connections that clients keep are closed before the switch,
    #: for as long as a request or the operator says.
    can_drain = False

    @abc.abstractmethod
    def loadbalancer_resize(
        self, loadbalancer_id: str, resize_id: str, flavor: dict[str, Any]
    ) -> bool:
        """Resize a load balancer at once, or start its resize and return.

        The API calls this method in its transaction: the load balancer is
        PENDING_UPDATE, and its row is locked. If the method raises, nothing
        is changed.

        :param loadbalancer_id: UUID of the load balancer.
        :param resize_id: UUID of this resize.
        :param flavor: Flavor data of the new flavor's profile.
        :returns: Whether the load balancer is resized already. If not, the
            driver reports progress and result with the functions of
            :mod:`octavia_resize.drivers.status`.
        :raises octavia_lib.api.drivers.exceptions.DriverError: The resize
            could not be sent to the controller.
        """

    def loadbalancer_resize_cancel(
        self, loadbalancer_id: str, resize_id: str
    ) -> None:
        """Send the cancel of a running resize to the controller.

        The API calls this method in its transaction, in which the resize has
        become CANCELLING. If the method raises, the resize continues. The
        driver ends the cancel with
        :func:`octavia_resize.drivers.status.complete_cancel`.

        :raises octavia_lib.api.drivers.exceptions.NotImplementedError: The
            provider cannot cancel a resize. That is the default.
        """
        raise exceptions.NotImplementedError(
            user_fault_string='This provider cannot cancel a resize.',
            operator_fault_string='loadbalancer_resize_cancel is missing.',
        )

    def describe_traffic(
        self,
        topology: str | None,
        vip_addresses: list[str],
        drain_seconds: int,
    ) -> str | None:
        """Return what a resize does to traffic, in one sentence.

        :param topology: That of the load balancer.
        :param vip_addresses: Those of its VIP and additional VIPs.
        :param drain_seconds: For how long connections that clients keep are
            closed before; 0 for a provider that does not drain.
        :returns: None if the effect is not known.
        """
        return None

    def get_build(self, flavor: dict[str, Any]) -> Build:
        """Return what new amphorae would get.

        :param flavor: Flavor data of the load balancer's profile; empty if
            the load balancer has no flavor.
        """
        raise NotImplementedError
