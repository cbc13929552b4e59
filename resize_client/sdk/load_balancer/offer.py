# SPDX-License-Identifier: Apache-2.0

"""What the load balancing service of a cloud offers beside Octavia's own API.

The specification of Octavia has one request, which resizes. Rebuilds, dry
runs, the record of a resize and its cancel are extensions. No request is sent
to find out: what the answers to other requests show, counts for all further
requests of a connection.
"""

import dataclasses
import weakref

from keystoneauth1 import adapter
from openstack import exceptions
import requests

_NO_RECORD = (
    "This cloud's load balancing service can neither show nor cancel a resize"
)


@dataclasses.dataclass(eq=False)
class Offer:
    """What a service offers; None for what no answer has shown yet."""

    #: Whether it makes dry runs
    dry_run: bool | None = None
    #: Whether it shows the latest resize, and cancels it
    record: bool | None = None
    #: Whether it rebuilds
    rebuild: bool | None = None

    def learn_from_request(
        self,
        response: requests.Response,
        load_balancer_id: str,
        operation: str,
    ) -> None:
        """Learn from the answer to a request for a resize or a rebuild.

        :raises: :class:`~openstack.exceptions.NotSupported` when the answer
            shows that there is no such request.
        """
        # A service with a record says where the record is.
        if response.status_code == 202 and 'Location' in response.headers:
            self.record = True
        if _is_unknown(response, load_balancer_id, operation):
            if operation == 'rebuild':
                self.rebuild = False
            raise _not_offered(operation)

    def learn_from_dry_run(
        self,
        response: requests.Response,
        load_balancer_id: str,
        operation: str,
    ) -> bool:
        """Learn from the answer to a request for a dry run.

        A service without dry runs doesn't know the argument, and changes
        nothing.

        :returns: Whether the service makes dry runs.
        :raises: See :meth:`learn_from_request`.
        """
        self.learn_from_request(response, load_balancer_id, operation)
        self.dry_run = not _is_argument_unknown(response)
        self.raise_without(operation)
        return self.dry_run

    def learn_from_record(
        self, response: requests.Response, load_balancer_id: str
    ) -> None:
        """Learn from the answer to a GET or DELETE of a resize.

        Without the extension GET answers with load balancers, and DELETE
        doesn't know its argument.

        :raises: :class:`~openstack.exceptions.NotSupported` when the answer
            shows that there is no record.
        """
        # While hosts are upgraded, one that isn't may answer in between.
        if self.record is None and (
            _is_argument_unknown(response)
            or (response.status_code == 200 and _has_load_balancers(response))
        ):
            self.record = False
        self.raise_without_record()
        if response.status_code == 200 and not _has_load_balancers(response):
            self.record = True
        # Not kept: a 404 without an error body may be a gateway's.
        is_bare_404 = response.status_code == 404 and not _fault(response)
        if is_bare_404 or _is_unknown(response, load_balancer_id, 'resize'):
            raise exceptions.NotSupported(_NO_RECORD)

    def raise_without_record(self) -> None:
        """Raise NotSupported when an answer has shown that there is none."""
        if self.record is False:
            raise exceptions.NotSupported(_NO_RECORD)

    def raise_without(self, operation: str) -> None:
        """Raise NotSupported when answers have shown that there is none."""
        # A service that rebuilds has all the other extensions.
        extensions = (self.rebuild, self.record, self.dry_run)
        if operation == 'rebuild' and False in extensions:
            raise _not_offered(operation)


_offers: weakref.WeakKeyDictionary[adapter.Adapter, Offer] = (
    weakref.WeakKeyDictionary()
)


def of(session: adapter.Adapter) -> Offer:
    """Return what is known of the service of a proxy, to read and add to."""
    return _offers.setdefault(session, Offer())


def _not_offered(operation: str) -> exceptions.NotSupported:
    return exceptions.NotSupported(
        f"This cloud's load balancing service does not offer {operation}"
    )


def _is_unknown(
    response: requests.Response, load_balancer_id: str, operation: str
) -> bool:
    """Return whether a service doesn't know a request to such a URL.

    Octavia as released takes ``resize`` for the body of a load balancer's
    update. Where the request is known, a 404 names the load balancer.
    """
    fault = _fault(response)
    return (
        (response.status_code == 400 and f"Value: '{operation}'" in fault)
        or (
            response.status_code == 404
            and bool(fault)
            and load_balancer_id not in fault
        )
        or response.status_code == 405
    )


def _is_argument_unknown(response: requests.Response) -> bool:
    return response.status_code == 400 and (
        'Unknown argument' in _fault(response)
    )


def _has_load_balancers(response: requests.Response) -> bool:
    body = response.json()
    return isinstance(body, dict) and bool(
        {'loadbalancer', 'loadbalancers'} & body.keys()
    )


def _fault(response: requests.Response) -> str:
    try:
        return str(response.json()['faultstring'])
    except (ValueError, KeyError, TypeError):
        return ''
