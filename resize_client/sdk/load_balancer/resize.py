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

"""The latest resize of a load balancer, as the service tells it."""

from typing import Any
from typing import Self

from keystoneauth1 import adapter
from openstack import exceptions
from openstack import resource

from resize_client.sdk import answers
from resize_client.sdk.load_balancer import flavor_change
from resize_client.sdk.load_balancer import offer

#: The states of a resize that has not ended yet
UNFINISHED = ('QUEUED', 'RUNNING', 'CANCELLING')

_TEXTS = (
    *('id', 'previous_flavor_id', 'previous_flavor_name', 'new_flavor_name'),
    *('phase', 'reason', 'detail', 'request_id', 'created_at', 'updated_at'),
)


class LoadBalancerResize(flavor_change.FlavorChange):
    """The latest resize of a load balancer.

    A service that offers resize may leave this out: rely on the load
    balancer itself.
    """

    #: QUEUED, RUNNING, CANCELLING, COMPLETED, CANCELLED or FAILED
    state = resource.Body('state')
    #: What is being done: queued, building, switching, cleaning up or going
    #: back; None once it has ended, and from a service that doesn't tell
    phase = resource.Body('phase')
    #: How many new amphorae are there, and how many there are to be; None
    #: from a service that doesn't tell
    amphorae_built = resource.Body('amphorae_built', type=int)
    amphorae_to_build = resource.Body('amphorae_to_build', type=int)
    #: Whether it can be cancelled now: while it is queued or building, and
    #: after a failure that has replaced nothing. None from a service that
    #: doesn't tell *Type: bool*
    can_cancel = resource.Body('can_cancel', type=bool)
    #: Why it failed, None unless it did
    reason = resource.Body('reason')
    #: More about it, None unless the caller is an administrator
    detail = resource.Body('detail')
    #: ID of the request that started it, by which the service's logs tell
    #: of it
    request_id = resource.Body('request_id')
    #: When it was asked for
    created_at = resource.Body('created_at')
    #: When its state has changed last
    updated_at = resource.Body('updated_at')

    def leads_to(self, flavor_id: str) -> bool:
        """Tell whether it goes on and is to end with a flavor.

        :param flavor_id: The ID of the flavor.
        :returns: True when it goes there, or back there after a cancel.
        """
        if self.state == 'CANCELLING':
            return bool(self.previous_flavor_id == flavor_id)
        return self.state in UNFINISHED and self.new_flavor_id == flavor_id

    @classmethod
    def of(
        cls, session: adapter.Adapter, load_balancer_id: str
    ) -> Self | None:
        """Fetch the latest resize of a load balancer.

        :param session: The session to use for making this request.
        :param load_balancer_id: The ID of the load balancer.
        :returns: The latest resize, None when there never was one.
        :raises: :class:`~openstack.exceptions.NotSupported` when the service
            doesn't offer resize,
            :class:`~openstack.exceptions.NotFoundException` without such a
            load balancer,
            :class:`ValueError` when the answer isn't the service's,
            :class:`~openstack.exceptions.HttpException` for other failures.
        """
        response = session.get(offer.url(load_balancer_id))
        if response.status_code == 404:
            offer.raise_unless_offered(response, load_balancer_id)
            # Older services answer so when there never was a resize; only
            # the words tell that from a load balancer that there isn't.
            if 'has never been resized' in response.text:
                return None
        exceptions.raise_from_response(response)
        body = response.json()
        # Octavia without the resize API answers 200 with a load balancer.
        if 'resize' not in body:
            raise exceptions.NotSupported(offer.NOT_OFFERED)
        if body['resize'] is None:
            return None
        return cls.existing(**_require_resize(body['resize']))


def _require_resize(body: Any) -> dict[str, Any]:
    """Refuse what isn't a resize, whatever key it stands under."""
    if not isinstance(body, dict):
        raise ValueError('the resize in it is not a JSON object')
    for attribute in ('state', 'new_flavor_id'):
        if not isinstance(body.get(attribute), str):
            raise ValueError(f'there is no {attribute} in it')
    answers.raise_unless_text(body, _TEXTS)
    return body
