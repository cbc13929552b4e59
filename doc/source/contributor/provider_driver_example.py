# SPDX-License-Identifier: Apache-2.0

"""Two ways in which a provider lets its load balancers be resized."""

from collections.abc import Callable
import time
from typing import Any

from octavia.common import constants
from octavia.db import api as db_apis
from octavia.db import repositories
from octavia_lib.api.drivers import provider_base

from octavia_resize.db import repository
from octavia_resize.drivers import base
from octavia_resize.drivers import status


class Appliance:
    """Stands for what the provider's load balancers run on."""

    def __init__(self) -> None:
        self.sizes: dict[str, str] = {}

    def set_size(self, loadbalancer_id: str, size: str) -> None:
        """Resize a load balancer; raises ValueError for a size unknown."""
        if size not in ('small', 'large'):
            raise ValueError(f'{size} is not a size')
        self.sizes[loadbalancer_id] = size


# First way: an entry point of octavia_resize. The resize is recorded, can be
# cancelled, and leaves a reason when it fails.


class PatientResizeDriver(base.ResizeDriver):
    """Sends resizes to the provider's own controller, and returns.

    ``setup.cfg`` of the distribution has::

        octavia_resize.drivers =
            patient = my_provider.resize:PatientResizeDriver
    """

    #: Takes the IDs and the size; here a message bus would be.
    send: Callable[[str, str, str], None]

    def loadbalancer_resize(
        self, loadbalancer_id: str, resize_id: str, flavor: dict[str, Any]
    ) -> bool:
        # The API commits after this: who takes the message may have to wait
        # until the resize is in the database.
        self.send(loadbalancer_id, resize_id, flavor['size'])
        return False

    def loadbalancer_resize_cancel(
        self, loadbalancer_id: str, resize_id: str
    ) -> None:
        """Send nothing: the controller polls before its last step."""


class Controller:
    """Runs in the provider's own process, with access to the database."""

    def __init__(self, appliance: Appliance) -> None:
        self.appliance = appliance

    def resize(self, loadbalancer_id: str, resize_id: str, size: str) -> None:
        """Run a resize to its end."""
        if not self._begin(loadbalancer_id, resize_id):
            return
        previous = self.appliance.sizes[loadbalancer_id]
        try:
            self.appliance.set_size(loadbalancer_id, size)
        except ValueError as e:
            # ERROR and the previous flavor, unless it is being cancelled.
            if status.fail(loadbalancer_id, resize_id, str(e)):
                return
        if status.complete(loadbalancer_id, resize_id):
            return
        # A cancel came before, and is certain.
        self.appliance.set_size(loadbalancer_id, previous)
        status.complete_cancel(loadbalancer_id, resize_id)

    def _begin(self, loadbalancer_id: str, resize_id: str) -> bool:
        """Begin a resize, unless it was cancelled while it was queued."""
        for _ in range(10):
            with db_apis.session().begin() as session:
                found = repository.ResizeRepository().get_by_id(
                    session, resize_id
                )
            if found:
                return status.start(loadbalancer_id, resize_id)
            # The message was faster than the API's commit.
            time.sleep(1)
        # There was none: the load balancer is as it was.
        return False


# Second way: the method that octavia-lib has for this. The provider does all
# of it, and Octavia knows nothing but the load balancer's status.


class FailoverDriver(provider_base.ProviderDriver):
    """A provider driver that resizes by itself."""

    name = 'failover'

    #: Takes the IDs; here a message bus would be.
    send: Callable[[str, str], None]

    def loadbalancer_failover_with_flavor(
        self, loadbalancer_id: str, flavor_id: str
    ) -> None:
        self.send(loadbalancer_id, flavor_id)


class FailoverController:
    """Runs in the provider's own process, with access to the database."""

    def __init__(self, appliance: Appliance) -> None:
        self.appliance = appliance

    def fail_over(self, loadbalancer_id: str, flavor_id: str) -> None:
        """Set ACTIVE and the new flavor, or ERROR and the previous one."""
        with db_apis.session().begin() as session:
            flavor = repositories.FlavorRepository().get_flavor_metadata_dict(
                session, flavor_id
            )
        try:
            self.appliance.set_size(loadbalancer_id, flavor['size'])
            end = {
                'flavor_id': flavor_id,
                'provisioning_status': constants.ACTIVE,
            }
        except ValueError:
            end = {'provisioning_status': constants.ERROR}
        with db_apis.session().begin() as session:
            repositories.LoadBalancerRepository().update(
                session, loadbalancer_id, **end
            )
