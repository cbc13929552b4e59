# SPDX-License-Identifier: Apache-2.0

"""The outcome of the resize or rebuild of a load balancer, or its cancel."""

import dataclasses

from openstack import exceptions
from openstack.load_balancer.v2 import load_balancer as _lb

from resize_client.sdk import outcome
from resize_client.sdk.load_balancer import load_balancer as _load_balancer
from resize_client.sdk.load_balancer import resize as _resize


class ResizeFailure(exceptions.ResourceFailure):
    """A resize, a rebuild or a cancel ended otherwise than requested."""

    #: The load balancer as it is now, None when it is gone
    load_balancer: _lb.LoadBalancer | None
    #: The latest resize, None where the service doesn't return it. CANCELLED
    #: with the load balancer in ERROR: it was in ERROR before the resize, too
    resize: _resize.LoadBalancerResize | None
    #: The service's reason, None where it gives none
    reason: str | None
    #: Why that could not be read, None unless the request for it failed
    doubt: Exception | None

    def __init__(
        self,
        message: str,
        load_balancer: _lb.LoadBalancer | None = None,
        resize: _resize.LoadBalancerResize | None = None,
        doubt: Exception | None = None,
    ):
        reason = None if resize is None else _reason(resize)
        super().__init__(f'{message}: {reason}' if reason else message)
        self.load_balancer = load_balancer
        self.resize = resize
        self.reason = reason
        self.doubt = doubt


def name_of(is_rebuild: bool) -> str:
    """Return the name of an operation."""
    return 'rebuild' if is_rebuild else 'resize'


def _reason(resize: _resize.LoadBalancerResize) -> str | None:
    if resize.state == 'CANCELLED':
        return f'the {name_of(resize.is_rebuild)} was cancelled'
    if not resize.reason:
        return None
    reason = str(resize.reason).rstrip('. ')
    if resize.detail:
        return f'{reason}: {resize.detail.rstrip(". ")}'
    if resize.request_id:
        return f'{reason} ({resize.request_id} in the service\'s log)'
    return reason


@dataclasses.dataclass(frozen=True)
class Outcome(outcome.Outcome):
    """A load balancer that was named, and its outcome."""

    _: dataclasses.KW_ONLY
    #: The load balancer before, and as it was seen last; None when it was not
    #: found
    before: _lb.LoadBalancer | None = None
    load_balancer: _lb.LoadBalancer | None = None
    #: The IDs of the flavors, None for none
    previous_flavor_id: str | None = None
    new_flavor_id: str | None = None
    #: Their names, or the ID of one that can't be read
    previous_flavor: str | None = None
    new_flavor: str | None = None
    #: For how many seconds connections are to be drained, None for what the
    #: cloud's operator has chosen
    drain_seconds: int | None = None
    #: Whether a resize to the previous flavor is possible: False if there was
    #: none, or that flavor is disabled
    is_previous_flavor_offered: bool = True
    #: Whether this is a rebuild, or the cancel of one: the flavor stays
    is_rebuild: bool = False
    #: Whether a resize that is UNCHANGED can be a rebuild instead: known for
    #: administrators of load balancers only
    can_rebuild: bool = False
    #: Whether this is a cancel, which ends with the previous flavor
    is_cancel: bool = False
    #: The service's dry run; None where there was none
    preview: (
        _resize.LoadBalancerResizePreview
        | _resize.LoadBalancerRebuildPreview
        | None
    ) = None
    #: The latest resize as it was seen last; None where it was not read
    resize: _resize.LoadBalancerResize | None = None
    #: Whether the service is known to show the resize, and to cancel it
    is_recorded: bool = False
    #: Whether the load balancer was deleted
    is_deleted: bool = False
    #: Whether to wait for an operation in progress that the service does not
    #: show, which may be this resize; and whether that is done
    may_attach: bool = False
    is_attached: bool = False
    #: Whether it was selected by what it is, and not named
    is_selected: bool = False

    @property
    def id(self) -> str:
        """The ID of the load balancer, empty when it was not found."""
        return str(self.before.id) if self.before is not None else ''

    @property
    def status(self) -> str | None:
        """The provisioning status as it was seen last, None when deleted."""
        if self.load_balancer is None or self.is_deleted:
            return None
        return str(
            self.load_balancer.provisioning_status or 'in an unknown state'
        )

    @property
    def label(self) -> str:
        """What names the load balancer in a message, under its first name."""
        if self.before is None:
            return f'Load balancer {self.argument}'
        return _load_balancer.label(self.before)

    @property
    def target_flavor_id(self) -> str | None:
        """The ID of the flavor that the load balancer is to end with."""
        return (
            self.previous_flavor_id if self.is_cancel else self.new_flavor_id
        )

    @property
    def operation(self) -> str:
        """``resize`` or ``rebuild``."""
        return name_of(self.is_rebuild)

    @property
    def ends_with_record(self) -> bool:
        """Whether only its record shows how it has ended."""
        return self.is_rebuild and not self.is_cancel

    @property
    def can_be_undone(self) -> bool:
        """Whether a cancel returns to something else than was requested."""
        return self.is_rebuild or self.changes_flavor

    @property
    def changes_flavor(self) -> bool:
        """Whether the resize is to another flavor than before."""
        return self.previous_flavor_id != self.new_flavor_id

    @property
    def has_failed(self) -> bool:
        """Whether this counts as a failure of the resize.

        Not if somebody else has deleted, locked, failed over or cancelled it.
        """
        is_changed_by_others = (
            self.is_deleted
            or self.status == _load_balancer.BEING_DELETED
            or isinstance(self.error, exceptions.ConflictException)
            or (self.resize is not None and self.resize.state == 'CANCELLED')
        )
        return super().has_failed and not is_changed_by_others

    @property
    def has_not_begun(self) -> bool:
        """Whether a request, whose answer was lost, was not accepted."""
        is_other = self.is_attached and self.result is outcome.Result.REFUSED
        return (self.has_failed or is_other) and self.status == 'ACTIVE'

    @property
    def stops_all(self) -> bool:
        """Whether no request is to be sent for others either.

        A selected load balancer that was deleted since, or is in another
        operation, does not stop the others.
        """
        if self.error is None:
            return False
        is_busy = isinstance(self.error, exceptions.ConflictException) and (
            not isinstance(self.error, outcome.Refusal)
            or self.error.reasons.keys() == {'state'}
        )
        return not (self.is_selected and (self.is_deleted or is_busy))
