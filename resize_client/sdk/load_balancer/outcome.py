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

"""What becomes of the resize of one load balancer of several."""

import dataclasses
import enum

from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk.load_balancer import preview as _preview
from resize_client.sdk.load_balancer import resize as _resize
from resize_client.sdk.load_balancer import text


class Result(enum.StrEnum):
    """What has become of a resize, or of its cancel, in a word or two."""

    #: Nothing was asked for: the others were looked at first, or refused
    NOT_STARTED = 'not started'
    #: There is no load balancer of that name or ID
    NOT_FOUND = 'not found'
    #: Several load balancers have that name
    AMBIGUOUS = 'ambiguous'
    #: The load balancer may not be seen
    FORBIDDEN = 'forbidden'
    #: A check before the request speaks against it
    REFUSED = 'refused'
    #: There is nothing to do
    UNCHANGED = 'unchanged'
    #: The service does it
    ACCEPTED = 'accepted'
    #: Done: the load balancer has the new flavor
    RESIZED = 'resized'
    #: Done: the load balancer is as it was before the resize
    CANCELLED = 'cancelled'
    #: The service has refused it, or it has ended otherwise
    FAILED = 'failed'
    #: The wait has ended first
    TIMED_OUT = 'timed out'
    #: The wait has ended first, by Ctrl-C
    INTERRUPTED = 'interrupted'
    #: It was asked for, and the service has told no more
    UNKNOWN = 'unknown'


@dataclasses.dataclass(frozen=True)
class Outcome:
    """A load balancer that was named, and what has become of its resize."""

    #: As the caller has named it
    argument: str
    #: What has become of it
    result: Result = Result.NOT_STARTED
    #: The load balancer before, and as it was seen last; None when it
    #: couldn't be found
    before: _lb.LoadBalancer | None = None
    load_balancer: _lb.LoadBalancer | None = None
    #: The IDs of the flavors, None for none
    previous_flavor_id: str | None = None
    new_flavor_id: str | None = None
    #: Their names, or the ID of one that can't be read
    previous_flavor: str | None = None
    new_flavor: str | None = None
    #: Whether the previous flavor can be asked for again: False if there was
    #: none, and if that flavor is disabled
    is_previous_flavor_offered: bool = True
    #: Whether the previous flavor is what is wanted in the end
    is_cancel: bool = False
    #: What the service's dry run says; None where there was none
    preview: _preview.LoadBalancerResizePreview | None = None
    #: The latest resize as it was seen last; None where it wasn't looked at
    resize: _resize.LoadBalancerResize | None = None
    #: Why it has ended otherwise, or the wait has
    error: Exception | None = None
    #: Why, after an error, the load balancer couldn't be looked at
    doubt: Exception | None = None
    #: Whether the load balancer is gone
    is_deleted: bool = False

    @property
    def id(self) -> str:
        """The ID of the load balancer, empty when it couldn't be found."""
        return str(self.before.id) if self.before is not None else ''

    @property
    def status(self) -> str | None:
        """The provisioning status as it was seen last."""
        if self.load_balancer is None:
            return None
        return str(
            self.load_balancer.provisioning_status or 'in an unknown state'
        )

    @property
    def label(self) -> str:
        """What names the load balancer in a message, under its first name."""
        if self.before is None:
            return f'Load balancer {self.argument}'
        return text.label(self.before)

    @property
    def target_flavor_id(self) -> str | None:
        """The ID of the flavor that is wanted in the end."""
        return (
            self.previous_flavor_id if self.is_cancel else self.new_flavor_id
        )

    @property
    def changes_flavor(self) -> bool:
        """Whether the resize is to another flavor than there was before."""
        return self.previous_flavor_id != self.new_flavor_id
