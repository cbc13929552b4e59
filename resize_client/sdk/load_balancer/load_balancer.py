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

"""A load balancer, with what openstacksdk's lacks: resizing."""

from keystoneauth1 import adapter
from openstack import exceptions
from openstack import resource
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import answers
from resize_client.sdk import bounded_proxy
from resize_client.sdk.load_balancer import offer
from resize_client.sdk.load_balancer import resize as _resize

#: The states in which Octavia takes a resize
RESIZABLE = ('ACTIVE', 'ERROR')

#: The state after which there is no load balancer
BEING_DELETED = 'PENDING_DELETE'


class LoadBalancer(_lb.LoadBalancer):
    """A load balancer which can be resized."""

    _query_mapping = resource.QueryParameters(
        'fields', 'name', 'project_id', include_pagination_defaults=True
    )

    def resize(self, session: adapter.Adapter, *, flavor_id: str) -> None:
        """Ask for another flavor.

        :param session: The session to use for making this request.
        :param flavor_id: The ID of the flavor to change to.
        :raises: See :meth:`Proxy.resize_load_balancer`.
        """
        response = session.put(
            offer.url(str(self.id)),
            json={'new_flavor_id': flavor_id},
            **bounded_proxy.ONCE,
        )
        offer.raise_unless_offered(response, str(self.id))
        exceptions.raise_from_response(
            response, error_message=f'Failed to resize load balancer {self.id}'
        )
        answers.raise_unless_accepted(response)

    def cancel_resize(
        self, session: adapter.Adapter, resize: _resize.LoadBalancerResize
    ) -> None:
        """Ask for the previous flavor back while a resize is going on.

        :param session: The session to use for making this request.
        :param resize: The resize to cancel, as the service has told of it:
            the service refuses if another one is going on.
        :raises: See :meth:`Proxy.cancel_load_balancer_resize`.
        """
        # Octavia without the resize API takes a DELETE of this URL for the
        # deletion of the load balancer itself, but none with an argument
        # that it doesn't know. It has told of no resize either.
        params = {'cancel': 'true'}
        if resize.id is not None:
            params['id'] = resize.id
        response = session.delete(
            offer.url(str(self.id)), params=params, **bounded_proxy.ONCE
        )
        offer.raise_unless_offered(response, str(self.id))
        exceptions.raise_from_response(
            response,
            error_message='Failed to cancel the resize of load balancer '
            f'{self.id}',
        )
        answers.raise_unless_accepted(response)
