# SPDX-License-Identifier: Apache-2.0

"""Load balancers whose flavor is changed in place."""

from collections.abc import Iterator
from typing import Any

from heat.common import exception
from heat.engine import properties
from heat.engine.resources.openstack.octavia import loadbalancer
from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk.load_balancer import _proxy
from resize_heat import in_place


class LoadBalancer(in_place.ResizedInPlace, loadbalancer.LoadBalancer):
    """Heat's own load balancer, whose flavor may be updated."""

    SIZE = loadbalancer.LoadBalancer.FLAVOR

    properties_schema = {
        **loadbalancer.LoadBalancer.properties_schema,
        SIZE: in_place.update_allowed(
            loadbalancer.LoadBalancer.properties_schema[SIZE]
        ),
    }

    def update_template_diff_properties(
        self,
        after_props: properties.Properties,
        before_props: properties.Properties,
    ) -> dict[str, Any]:
        """Return the properties to change, with their new values.

        :raises: :class:`heat.common.exception.NotSupported` when the flavor
            is removed from the template.
        """
        if before_props[self.SIZE] and not after_props[self.SIZE]:
            raise exception.NotSupported(
                feature=f'Load balancer {self.name} without a flavor after '
                'one with a flavor'
            )
        return super().update_template_diff_properties(
            after_props, before_props
        )

    @property
    def _octavia(self) -> _proxy.Proxy:
        return self._sdk().load_balancer

    def _read(self) -> _lb.LoadBalancer:
        return self._octavia.get_load_balancer(self.resource_id)

    def _resize(self, flavor_id: str | None) -> Iterator[None]:
        self._cancel_if_previous(flavor_id)
        while str(self._read().provisioning_status).startswith('PENDING_'):
            yield
        if flavor_id is None:
            return
        (outcome,) = self._octavia.resize_load_balancers(
            [self.resource_id], flavor_id, wait=False
        )
        if outcome.error is not None:
            raise outcome.error
        while not self._has(flavor_id):
            yield

    def _cancel_if_previous(self, flavor_id: str | None) -> None:
        """Cancel a resize, failed or in progress, from that flavor."""
        latest = self._octavia.get_load_balancer_resize(self.resource_id)
        if (
            latest is None
            or not latest.can_cancel
            or flavor_id != latest.previous_flavor_id
            or flavor_id == latest.new_flavor_id
        ):
            return
        try:
            self._octavia.cancel_load_balancer_resize(self.resource_id)
        except exceptions.ConflictException:
            # Too late: the load balancer is resized once more instead.
            return

    def _has(self, flavor_id: str) -> bool:
        try:
            self._octavia.wait_for_load_balancer_resize(
                self.resource_id, flavor_id, timeout=0
            )
        except exceptions.ResourceTimeout:
            return False
        return True


def resource_mapping() -> dict[str, type[LoadBalancer]]:
    """Return the resource type that takes the place of Heat's own."""
    return {'OS::Octavia::LoadBalancer': LoadBalancer}
