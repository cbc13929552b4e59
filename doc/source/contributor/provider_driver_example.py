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

"""Two ways in which a provider lets its load balancers be resized."""

from collections.abc import Callable
import time
from typing import Any

from octavia.db import api as db_apis
from octavia_lib.api.drivers import exceptions
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


# First way: the provider driver itself has the method. This one resizes at
# once, and needs no more.


class InstantDriver(provider_base.ProviderDriver):
    """A provider driver that resizes within the request."""

    name = 'instant'

    def __init__(self, appliance: Appliance) -> None:
        super().__init__()
        self.appliance = appliance

    def loadbalancer_resize(
        self, loadbalancer_id: str, resize_id: str, flavor: dict[str, Any]
    ) -> bool:
        try:
            self.appliance.set_size(loadbalancer_id, flavor['size'])
        except ValueError as e:
            # The load balancer stays as it was; the user reads why.
            raise exceptions.UnsupportedOptionError(
                user_fault_string=f'The flavor cannot be used: {e}.',
                operator_fault_string=str(e),
            ) from e
        return True


# Second way: a class in the entry point group octavia_resize.drivers, for a
# provider driver that was released before. This one starts a job.


class PatientResizeDriver(base.ResizeDriver):
    """Hands resizes to the provider's own controller, and returns.

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
        """Nothing to send: the controller looks before its last step."""


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
        # A cancel came before: it is certain, so go back.
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
