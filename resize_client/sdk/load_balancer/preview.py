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

"""What a resize would do, as the service tells without doing it."""

from typing import Self

from keystoneauth1 import adapter
from openstack import exceptions
from openstack import resource

from resize_client.sdk import answers
from resize_client.sdk import bounded_proxy
from resize_client.sdk.load_balancer import flavor_change
from resize_client.sdk.load_balancer import offer
from resize_client.sdk.load_balancer import resize as _resize


class DryRunDropped(exceptions.SDKException):
    """A request for a dry run was carried out, as a gateway has changed it."""


class LoadBalancerResizePreview(flavor_change.FlavorChange):
    """The service's dry run of a resize."""

    #: SINGLE or ACTIVE_STANDBY, before and after
    topology = resource.Body('topology')
    #: What changes in the flavor profile: a list of dicts with ``name``,
    #: ``from`` and ``to``; None for who may not read profiles
    profile = resource.Body('profile', type=list)
    #: What becomes of the traffic meanwhile, a sentence
    traffic = resource.Body('traffic')

    @classmethod
    def of(
        cls,
        session: adapter.Adapter,
        load_balancer_id: str,
        *,
        flavor_id: str,
    ) -> Self | None:
        """Ask for a dry run.

        :param session: The session to use for making this request.
        :param load_balancer_id: The ID of the load balancer.
        :param flavor_id: The ID of the flavor to change to.
        :returns: What the resize would do; None when the service offers
            resize, and no dry run.
        :raises: See :meth:`Proxy.preview_load_balancer_resize`.
        """
        response = session.put(
            offer.url(load_balancer_id),
            params={'dry_run': 'true'},
            json={'new_flavor_id': flavor_id},
            **bounded_proxy.ONCE,
        )
        if offer.is_argument_unknown(response):
            # An Octavia without resize may answer the same as one without dry
            # runs: GET tells the one from the other.
            _resize.LoadBalancerResize.of(session, load_balancer_id)
            return None
        offer.raise_unless_offered(response, load_balancer_id)
        exceptions.raise_from_response(response)
        if response.status_code == 202:
            raise DryRunDropped(
                'something before the service has dropped "dry_run" from the '
                'request, and the service has accepted the resize'
            )
        body = response.json()
        found = body.get('resize') if isinstance(body, dict) else None
        if not isinstance(found, dict) or 'new_flavor_id' not in found:
            raise ValueError('there is no dry run in it')
        answers.raise_unless_text(found, ('topology', 'traffic'))
        profile = found.get('profile') or []
        if not isinstance(profile, list) or not all(
            isinstance(field, dict) for field in profile
        ):
            raise ValueError('its profile is no list of fields')
        return cls.existing(**found)
