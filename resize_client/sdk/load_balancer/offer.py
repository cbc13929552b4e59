# SPDX-License-Identifier: Apache-2.0

"""What the load balancing service of a cloud offers beside Octavia's own API.

The specification of Octavia has one request, which resizes. Rebuilds,
draining, dry runs, the record of a resize and its cancel are extensions. The
client learns from the answers to its other requests which of them a service
offers, and remembers that for the connection. Only :func:`find.may_rebuild`
and :meth:`Offer.is_path_unknown` send a request to find out.
"""

import dataclasses
from typing import Any
import weakref

from keystoneauth1 import adapter
from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb
import requests

_NO_RECORD = (
    "This cloud's load balancing service can neither show nor cancel a resize"
)


class DrainingNotOffered(exceptions.NotSupported):
    """The service does not know ``drain_seconds``, not even 0."""


@dataclasses.dataclass(eq=False)
class Offer:
    """What a service offers; None for what no answer has shown yet."""

    #: Whether the service has answered at its address
    is_there: bool | None = None
    #: Whether it resizes
    resize: bool | None = None
    #: Whether it makes dry runs
    dry_run: bool | None = None
    #: Whether it shows the latest resize, and cancels it
    record: bool | None = None
    #: Whether it rebuilds
    rebuild: bool | None = None
    #: Whether it closes connections that clients keep, before the VIPs move
    draining: bool | None = None

    def learn_from_request(
        self,
        session: adapter.Adapter,
        response: requests.Response,
        operation: str,
    ) -> None:
        """Learn from the answer to a request for a resize or a rebuild.

        :param session: The session that has sent the request.
        :raises: :class:`~openstack.exceptions.NotSupported` when the answer
            shows that there is no such request,
            :class:`~openstack.exceptions.NotFoundException` when there is no
            service at this address.
        """
        if response.status_code == 202:
            self.is_there = True
            setattr(self, operation, True)
            # A service with a record says where the record is.
            if 'Location' in response.headers:
                self.record = True
        if self.is_path_unknown(session, response) or (
            # Octavia as released takes the path for the body of an update.
            response.status_code == 400
            and f"Value: '{operation}'" in _fault(response)
        ):
            # During an upgrade a host with the old API may answer: what an
            # earlier answer has shown stays.
            if getattr(self, operation) is None:
                setattr(self, operation, False)
            raise _not_offered(operation)
        if _is_drain_unknown(response):
            self.draining = False
            raise _not_offered('draining')

    def learn_from_dry_run(
        self,
        session: adapter.Adapter,
        response: requests.Response,
        operation: str,
    ) -> bool:
        """Learn from the answer to a request for a dry run.

        A service without dry runs doesn't know the argument, and changes
        nothing.

        :returns: Whether the service makes dry runs.
        :raises: See :meth:`learn_from_request`.
        """
        self.learn_from_request(session, response, operation)
        self.dry_run = not _is_argument_unknown(response)
        return self.dry_run

    def learn_from_record(
        self, session: adapter.Adapter, response: requests.Response
    ) -> None:
        """Learn from the answer to a GET or DELETE of a resize.

        Without the extension GET answers with load balancers, and DELETE
        doesn't know its argument.

        :param session: The session that has sent the request.
        :raises: :class:`~openstack.exceptions.NotSupported` when the answer
            shows that there is no record,
            :class:`~openstack.exceptions.NotFoundException` when there is no
            service at this address.
        """
        is_answer = response.status_code == 200
        has_load_balancers = is_answer and _has_load_balancers(response)
        if self.record is None and (
            has_load_balancers
            or _is_argument_unknown(response)
            or self.is_path_unknown(session, response)
        ):
            self.record = False
        self.raise_without_record()
        if is_answer and not has_load_balancers:
            self.record = True

    def is_path_unknown(
        self, session: adapter.Adapter, response: requests.Response
    ) -> bool:
        """Return whether a service has no such path, or not this method.

        Octavia answers this with a body that a gateway's answer does not have.
        If the path exists, and the object does not, Octavia sends a fault.

        :param session: The session that has sent the request.
        :raises: :class:`~openstack.exceptions.NotFoundException` when Octavia
            has not even its own paths at this address.
        """
        status = response.status_code
        body = _body(response) if status in (404, 405) else {}
        is_unknown = body.get('code') == status and 'title' in body
        if is_unknown and not self.is_there:
            path = _lb.LoadBalancer.base_path
            first = session.get(path, params={'limit': 1})
            if first.status_code == 404:
                exceptions.raise_from_response(response)
            self.is_there = True
        return is_unknown

    def raise_without_record(self) -> None:
        """Raise NotSupported when an answer has shown that there is none."""
        if self.record is False:
            raise exceptions.NotSupported(_NO_RECORD)

    def raise_without(self, *names: str) -> None:
        """Raise NotSupported when answers have shown that there is none.

        :param names: ``resize``, ``rebuild`` and ``draining``.
        """
        # A service that has one of the extensions has all.
        has_extensions = False not in (self.record, self.dry_run)
        for name in names:
            if getattr(self, name) is False or not (
                name == 'resize' or has_extensions
            ):
                raise _not_offered(name)


_offers: weakref.WeakKeyDictionary[adapter.Adapter, Offer] = (
    weakref.WeakKeyDictionary()
)


def of(session: adapter.Adapter) -> Offer:
    """Return what is known of the service of a proxy, to read and add to."""
    return _offers.setdefault(session, Offer())


def _not_offered(name: str) -> exceptions.NotSupported:
    kind = exceptions.NotSupported
    if name == 'draining':
        kind = DrainingNotOffered
    return kind(f"This cloud's load balancing service does not offer {name}")


def _is_argument_unknown(response: requests.Response) -> bool:
    return response.status_code == 400 and (
        'Unknown argument' in _fault(response)
    )


def _is_drain_unknown(response: requests.Response) -> bool:
    fault = _fault(response) if response.status_code == 400 else ''
    return 'Unknown attribute' in fault and 'drain_seconds' in fault


def _has_load_balancers(response: requests.Response) -> bool:
    return bool({'loadbalancer', 'loadbalancers'} & _body(response).keys())


def _fault(response: requests.Response) -> str:
    return str(_body(response).get('faultstring', ''))


def _body(response: requests.Response) -> dict[str, Any]:
    """Return the JSON object that an answer is, empty if it is none."""
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
