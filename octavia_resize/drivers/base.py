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
    """Hands resizes to the controller of a provider.

    A provider registers its class in the entry point group
    ``octavia_resize.drivers`` under the provider's name.
    """

    #: Whether a resize to the flavor that a load balancer has, ACTIVE as it
    #: is, gives it new amphorae. Such a driver has :meth:`get_build`.
    can_rebuild = False

    @abc.abstractmethod
    def loadbalancer_resize(
        self, loadbalancer_id: str, resize_id: str, flavor: dict[str, Any]
    ) -> bool:
        """Resize a load balancer, or start to and return at once.

        The load balancer is PENDING_UPDATE, and its row is locked: it is
        called in the API's transaction. If it raises, the load balancer
        stays as it was.

        :param loadbalancer_id: UUID of the load balancer.
        :param resize_id: UUID of this resize.
        :param flavor: Flavor data of the new flavor's profile.
        :returns: Whether the load balancer is resized already. If not, the
            driver reports the further course with the functions of
            :mod:`octavia_resize.drivers.status`.
        :raises octavia_lib.api.drivers.exceptions.DriverError: The resize
            could not be handed on.
        """

    def loadbalancer_resize_cancel(
        self, loadbalancer_id: str, resize_id: str
    ) -> None:
        """Tell a running resize that it is being cancelled.

        It is called in the API's transaction, in which the resize has become
        CANCELLING: if it raises, the resize goes on. The driver ends the
        cancel with :func:`octavia_resize.drivers.status.complete_cancel`.

        :raises octavia_lib.api.drivers.exceptions.NotImplementedError: The
            provider cannot cancel a resize; so it is unless a driver has
            this method.
        """
        raise exceptions.NotImplementedError(
            user_fault_string='This provider cannot cancel a resize.',
            operator_fault_string='loadbalancer_resize_cancel is missing.',
        )

    def describe_traffic(
        self, topology: str | None, vip_addresses: list[str]
    ) -> str | None:
        """Return what a resize does to traffic, in one sentence.

        :param topology: That of the load balancer.
        :param vip_addresses: Those of its VIP and additional VIPs.
        :returns: None if that is not known.
        """
        return None

    def get_build(self, flavor: dict[str, Any]) -> Build:
        """Return what new amphorae would get.

        :param flavor: Flavor data of the load balancer's profile; empty if
            the load balancer has no flavor.
        """
        raise NotImplementedError
