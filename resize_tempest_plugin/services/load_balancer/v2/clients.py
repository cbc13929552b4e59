# SPDX-License-Identifier: Apache-2.0

"""Service clients for the load balancer API, as far as the tests need it.

Each method sends one request and raises what tempest's REST client raises
for its status code, see :mod:`tempest.lib.exceptions`.
"""

import json
from typing import Any
from urllib import parse

from tempest.lib.common import rest_client

#: The clients that tempest's client manager shall offer.
CLIENTS = [
    'AmphoraClient',
    'FlavorClient',
    'FlavorProfileClient',
    'L7PolicyClient',
    'ListenerClient',
    'LoadBalancerClient',
    'MemberClient',
    'PoolClient',
    'ResizeClient',
]


class _Client(rest_client.RestClient):
    """Requests for one kind of resource.

    Where the resource is part of another one, ``parent_id`` names that.
    """

    #: Path of the collection; ``{parent}`` is replaced by the parent's ID.
    path: str
    #: Name under which a body has one resource, and a list of them.
    singular: str
    plural: str

    def _collection(self, parent_id: str | None) -> str:
        return self.path.format(parent=parent_id)

    def _create(self, fields: dict[str, Any]) -> dict[str, Any]:
        response, body = self.post(
            self.path, json.dumps({self.singular: fields})
        )
        self.expected_success(201, response.status)
        return dict(json.loads(body)[self.singular])

    def _show(
        self, resource_id: str, parent_id: str | None = None
    ) -> dict[str, Any]:
        response, body = self.get(
            f'{self._collection(parent_id)}/{resource_id}'
        )
        self.expected_success(200, response.status)
        return dict(json.loads(body)[self.singular])

    def _list(
        self, parent_id: str | None = None, **filters: str
    ) -> list[dict[str, Any]]:
        query = f'?{parse.urlencode(filters)}' if filters else ''
        response, body = self.get(f'{self._collection(parent_id)}{query}')
        self.expected_success(200, response.status)
        return list(json.loads(body)[self.plural])

    def _delete(self, resource_id: str, **parameters: str) -> None:
        query = f'?{parse.urlencode(parameters)}' if parameters else ''
        response, _ = self.delete(f'{self.path}/{resource_id}{query}')
        self.expected_success(204, response.status)


class LoadBalancerClient(_Client):
    path = '/v2.0/lbaas/loadbalancers'
    singular = 'loadbalancer'
    plural = 'loadbalancers'

    def create_load_balancer(self, **fields: Any) -> dict[str, Any]:
        return self._create(fields)

    def show_load_balancer(self, load_balancer_id: str) -> dict[str, Any]:
        return self._show(load_balancer_id)

    def delete_load_balancer(self, load_balancer_id: str) -> None:
        """Delete a load balancer with all that belongs to it."""
        self._delete(load_balancer_id, cascade='true')


class ResizeClient(rest_client.RestClient):
    """The resize of a load balancer."""

    @staticmethod
    def _uri(load_balancer_id: str) -> str:
        return f'{LoadBalancerClient.path}/{load_balancer_id}/resize'

    def resize_load_balancer(
        self, load_balancer_id: str, new_flavor_id: str
    ) -> None:
        response, body = self.put(
            self._uri(load_balancer_id),
            json.dumps({'new_flavor_id': new_flavor_id}),
        )
        self.expected_success(202, response.status)

    def show_resize(self, load_balancer_id: str) -> dict[str, Any] | None:
        """Return the latest resize of a load balancer, None if never."""
        response, body = self.get(self._uri(load_balancer_id))
        self.expected_success(200, response.status)
        resize: dict[str, Any] | None = json.loads(body)['resize']
        return resize

    def cancel_resize(self, load_balancer_id: str) -> None:
        # A service without resize refuses the argument. Without it, that
        # would delete the load balancer.
        response, _ = self.delete(f'{self._uri(load_balancer_id)}?cancel=true')
        self.expected_success(202, response.status)


class ListenerClient(_Client):
    path = '/v2.0/lbaas/listeners'
    singular = 'listener'
    plural = 'listeners'

    def show_listener(self, listener_id: str) -> dict[str, Any]:
        return self._show(listener_id)


class PoolClient(_Client):
    path = '/v2.0/lbaas/pools'
    singular = 'pool'
    plural = 'pools'

    def show_pool(self, pool_id: str) -> dict[str, Any]:
        return self._show(pool_id)


class MemberClient(_Client):
    path = '/v2.0/lbaas/pools/{parent}/members'
    singular = 'member'
    plural = 'members'

    def list_members(self, pool_id: str) -> list[dict[str, Any]]:
        return self._list(pool_id)


class L7PolicyClient(_Client):
    path = '/v2.0/lbaas/l7policies'
    singular = 'l7policy'
    plural = 'l7policies'

    def show_l7policy(self, l7policy_id: str) -> dict[str, Any]:
        return self._show(l7policy_id)

    def list_l7rules(self, l7policy_id: str) -> list[dict[str, Any]]:
        response, body = self.get(f'{self.path}/{l7policy_id}/rules')
        self.expected_success(200, response.status)
        return list(json.loads(body)['rules'])


class FlavorProfileClient(_Client):
    path = '/v2.0/lbaas/flavorprofiles'
    singular = 'flavorprofile'
    plural = 'flavorprofiles'

    def create_flavor_profile(
        self, name: str, provider_name: str, flavor_data: dict[str, Any]
    ) -> dict[str, Any]:
        return self._create(
            {
                'name': name,
                'provider_name': provider_name,
                'flavor_data': json.dumps(flavor_data),
            }
        )

    def delete_flavor_profile(self, flavor_profile_id: str) -> None:
        self._delete(flavor_profile_id)


class FlavorClient(_Client):
    path = '/v2.0/lbaas/flavors'
    singular = 'flavor'
    plural = 'flavors'

    def create_flavor(
        self, name: str, flavor_profile_id: str
    ) -> dict[str, Any]:
        return self._create(
            {
                'name': name,
                'flavor_profile_id': flavor_profile_id,
                'enabled': True,
            }
        )

    def delete_flavor(self, flavor_id: str) -> None:
        self._delete(flavor_id)


class AmphoraClient(_Client):
    path = '/v2.0/octavia/amphorae'
    singular = 'amphora'
    plural = 'amphorae'

    def list_amphorae(self, load_balancer_id: str) -> list[dict[str, Any]]:
        return self._list(loadbalancer_id=load_balancer_id)
