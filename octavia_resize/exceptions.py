# SPDX-License-Identifier: Apache-2.0

"""The refusals of the resize endpoint.

All are Octavia API exceptions: the API turns them into its JSON fault body
with the given HTTP status code.
"""

from collections.abc import Mapping
from typing import Any
from typing import Self

from octavia.common import exceptions


def name(id_: str, name_: str | None) -> str:
    """Return how a message names an object: by its name, if any, and ID."""
    return f'{name_} ({id_})' if name_ else id_


class Refusal(exceptions.APIException):
    """A refusal whose message names a load balancer or flavors.

    It is raised with IDs. The API adds the names.
    """

    #: Keyword arguments that are IDs, or None.
    _IDS = ('id', 'flavor_id', 'previous_flavor_id')

    def __init__(self, **details: Any) -> None:
        self._details = details
        super().__init__(**details)

    def get_ids(self) -> set[str]:
        """Return the IDs that the message has."""
        return {
            self._details[key] for key in self._IDS if self._details.get(key)
        }

    def with_names(self, names: Mapping[str, str | None]) -> Self:
        """Return the same refusal with names.

        :param names: Names by ID. One that is missing or empty is left out.
        """
        return type(self)(
            **{
                key: name(value, names.get(value))
                if key in self._IDS and value
                else value
                for key, value in self._details.items()
            }
        )


class ResizeNotSupported(Refusal):
    msg = (
        "Provider '%(provider)s' of load balancer %(id)s cannot resize load "
        'balancers. Create a load balancer with the wanted flavor instead.'
    )
    code = 501


class RebuildNotSupported(Refusal):
    msg = (
        "Provider '%(provider)s' of load balancer %(id)s cannot rebuild load "
        'balancers. Nothing was changed.'
    )
    code = 501


class BuildUnknown(Refusal):
    msg = (
        'What a rebuild of load balancer %(id)s would change is not known: a '
        'service that the provider needs does not answer. Nothing was '
        'changed. Try again later.'
    )
    code = 503


class FlavorChanged(Refusal):
    msg = (
        'Load balancer %(id)s has got another flavor meanwhile. It was not '
        'rebuilt. Try again.'
    )
    code = 409


class CancelNotSupported(Refusal):
    msg = (
        "Provider '%(provider)s' of load balancer %(id)s cannot cancel a "
        'resize. Wait until it has ended, then resize the load balancer again.'
    )
    code = 501


class DrainNotSupported(Refusal):
    msg = (
        "Provider '%(provider)s' of load balancer %(id)s cannot drain "
        'connections. Resize the load balancer without drain_seconds.'
    )
    code = 501


class FlavorNotFound(Refusal):
    msg = (
        'Flavor %(flavor_id)s not found. List the flavors with '
        "'openstack loadbalancer flavor list'."
    )
    code = 400


class FlavorDisabled(Refusal):
    msg = 'Flavor %(flavor_id)s is disabled. %(choices)s.'
    code = 400


class FlavorProviderMismatch(Refusal):
    msg = (
        "Flavor %(flavor_id)s is of provider '%(flavor_provider)s' but load "
        "balancer %(id)s is of provider '%(provider)s'. %(choices)s."
    )
    code = 400


class FlavorTopologyMismatch(Refusal):
    msg = (
        'Flavor %(flavor_id)s has topology %(flavor_topology)s but load '
        'balancer %(id)s has topology %(topology)s, which a resize cannot '
        'change. %(choices)s.'
    )
    code = 400


class FlavorSRIOVMismatch(Refusal):
    msg = (
        'Flavor %(flavor_id)s needs a VIP port of vNIC type %(flavor_vnic)s '
        'but the VIP port of load balancer %(id)s is of type %(vnic)s, which '
        'a resize cannot change. %(choices)s.'
    )
    code = 400


class FlavorUnusable(Refusal):
    msg = (
        'Flavor %(flavor_id)s cannot be used: the provider refuses what its '
        'profile requires. Choose another flavor. An administrator can repair '
        'this one.'
    )
    code = 400


class FlavorUnsupported(Refusal):
    msg = (
        "Flavor %(flavor_id)s cannot be used: provider '%(provider)s' does "
        'not support what its profile has: %(reason)s. Choose another flavor. '
        'An administrator can repair this one.'
    )
    code = 501


class FlavorProfileUnreadable(Refusal):
    msg = (
        'Flavor %(flavor_id)s cannot be used: its profile is gone or cannot '
        'be read, which an administrator can repair. %(choices)s.'
    )
    code = 400


class PresentFlavorUnreadable(Refusal):
    msg = (
        'The present flavor %(flavor_id)s of load balancer %(id)s cannot be '
        'used: it or its profile is gone or cannot be read. Nothing was '
        'changed. An administrator must repair it.'
    )
    code = 409


class FlavorNotChecked(Refusal):
    msg = (
        'Flavor %(flavor_id)s could not be checked: a service that the '
        'provider needs does not answer. Nothing was changed. Try again later.'
    )
    code = 503


class AvailabilityZoneNotChecked(Refusal):
    msg = (
        'The availability zone of load balancer %(id)s could not be checked: '
        'a service that the provider needs does not answer. Nothing was '
        'changed. Try again later.'
    )
    code = 503


class AvailabilityZoneUnusable(Refusal):
    msg = (
        'The availability zone of load balancer %(id)s cannot be used: the '
        'provider refuses what its profile requires. Nothing was changed. An '
        'administrator must repair it.'
    )
    code = 400


class AvailabilityZoneUnsupported(Refusal):
    msg = (
        'The availability zone of load balancer %(id)s cannot be used: '
        "provider '%(provider)s' does not support what its profile has: "
        '%(reason)s. Nothing was changed. An administrator must repair it.'
    )
    code = 501


class AvailabilityZoneUnreadable(Refusal):
    msg = (
        'The availability zone %(zone)s of load balancer %(id)s cannot be '
        'used: it or its profile is gone or cannot be read. Nothing was '
        'changed. An administrator must repair it.'
    )
    code = 409


class VipUnreadable(Refusal):
    msg = (
        'The VIP of load balancer %(id)s, or an additional one, is gone or '
        'has no address. Nothing was changed. An administrator must repair it.'
    )
    code = 409


class SecretNotFound(exceptions.APIException):
    msg = (
        'The secret %(ref)s of %(kind)s %(user)s is gone or has expired: new '
        'amphorae could not serve it. Nothing was changed. Give the %(kind)s '
        'another one, then try again.'
    )
    code = 400


class SecretForbidden(exceptions.APIException):
    msg = (
        'Octavia may not read the secret %(ref)s of %(kind)s %(user)s: new '
        'amphorae could not serve it. Nothing was changed. Let Octavia read '
        'it, or give the %(kind)s another one, then try again.'
    )
    code = 400


class SecretUnusable(exceptions.APIException):
    msg = (
        'The secret %(ref)s of %(kind)s %(user)s is not a %(content)s: new '
        'amphorae could not serve it. Nothing was changed. Give the %(kind)s '
        'another one, then try again.'
    )
    code = 400


class SecretNotChecked(exceptions.APIException):
    msg = (
        'The secret %(ref)s of %(kind)s %(user)s could not be checked: the '
        'key manager does not answer. Nothing was changed. Try again later.'
    )
    code = 503


class SameFlavor(Refusal):
    msg = 'Load balancer %(id)s already has flavor %(flavor_id)s.'
    code = 400


class InvalidBody(exceptions.APIException):
    msg = (
        'The request body must be a JSON object like '
        '{"new_flavor_id": "<flavor UUID>"}: %(reason)s'
    )
    code = 400


class InvalidRebuildBody(exceptions.APIException):
    msg = (
        'The request body must be empty or a JSON object like '
        '{"drain_seconds": 5}: %(reason)s'
    )
    code = 400


class InvalidDrain(exceptions.APIException):
    msg = (
        'The drain of connections (drain_seconds) must be a whole number of '
        'seconds from 0 to %(maximum)s, the most that this cloud allows.'
    )
    code = 400


class LoadBalancerNotResizable(Refusal):
    msg = (
        'Load balancer %(id)s is in provisioning status %(status)s. It can '
        'be resized in ACTIVE or ERROR only: wait until the operation in '
        'progress has ended, then try again.'
    )
    code = 409


class RepeatedArgument(exceptions.APIException):
    msg = (
        "The argument '%(name)s' is given more than once. Nothing was changed."
    )
    code = 400


class InvalidDryRun(exceptions.APIException):
    msg = "The argument 'dry_run' must be true or false, or left out."
    code = 400


class InvalidCancel(exceptions.APIException):
    msg = "The argument 'cancel' must be true, or left out."
    code = 400


class NoResizeToCancel(Refusal):
    code = 409


class NeverResized(NoResizeToCancel):
    msg = (
        'Load balancer %(id)s has no resize to cancel: it has never been '
        'resized.'
    )


class OtherResize(NoResizeToCancel):
    msg = (
        'Load balancer %(id)s has no resize to cancel with ID %(resize_id)s: '
        'another one, to flavor %(flavor_id)s, has followed and is %(state)s.'
    )


class AlreadyCancelling(NoResizeToCancel):
    msg = (
        'Load balancer %(id)s has no resize to cancel: it is being cancelled '
        'already.'
    )


class ResizeEnded(NoResizeToCancel):
    msg = (
        'Load balancer %(id)s has no resize to cancel: the latest, to flavor '
        '%(flavor_id)s, is %(state)s.'
    )


class TooLateToCancel(Refusal):
    msg = (
        'The %(operation)s of load balancer %(id)s can no longer be '
        'cancelled: %(why)s. Wait until it has ended'
    )
    code = 409

    def __init__(self, **details: Any) -> None:
        if details['previous_flavor_id']:
            self.msg += (
                ', then resize the load balancer to flavor '
                '%(previous_flavor_id)s'
            )
        self.msg += '.'
        super().__init__(**details)


class DatabaseUnavailable(exceptions.APIException):
    msg = (
        "Octavia's database did not answer. Check the status of load balancer "
        '%(id)s before you try again.'
    )
    code = 503


class LoadBalancerNotFound(exceptions.APIException):
    msg = 'Load balancer %(id)s not found.'
    code = 404
