# SPDX-License-Identifier: Apache-2.0

"""How the controller of a provider reports the course of a resize.

Each function is one transaction, which is made again while the database is
away or gives the transaction up, and sends the notification that belongs to
it. It changes nothing if the resize has ended, or if somebody else has changed
the load balancer: then the controller must leave the load balancer alone.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize import notifications
from octavia_resize.db import models
from octavia_resize.db import repository
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import progress
from octavia_resize.lifecycle import rollback
from octavia_resize.lifecycle import rows


def start(load_balancer_id: str, resize_id: str) -> bool:
    """Report that the controller begins with a queued resize.

    :returns: Whether it shall; else the resize was cancelled.
    """
    return _report(load_balancer_id, resize_id, progress.start)


def complete(load_balancer_id: str, resize_id: str) -> bool:
    """Report that the load balancer is resized: it is ACTIVE from now on.

    :returns: Whether it is; else the resize was cancelled, and the controller
        must restore the previous flavor.
    """
    return _report(load_balancer_id, resize_id, progress.complete)


def complete_cancel(load_balancer_id: str, resize_id: str) -> bool:
    """Report that the load balancer is as it was before the resize.

    :returns: Whether the resize was being cancelled.
    """
    return _report(load_balancer_id, resize_id, _end_cancel)


def fail(
    load_balancer_id: str,
    resize_id: str,
    reason: str,
    detail: str | None = None,
) -> bool:
    """Report that the resize failed: the load balancer is in ERROR.

    :param reason: Why, in words that any user may read.
    :param detail: Why, for operators.
    :returns: Whether it is; else the resize was cancelled, and the controller
        must restore the previous flavor.
    """
    return _report(
        load_balancer_id,
        resize_id,
        progress.fail,
        reason,
        detail,
        states=(constants.RUNNING,),
    )


def fail_cancel(
    load_balancer_id: str,
    resize_id: str,
    reason: str,
    detail: str | None = None,
) -> bool:
    """Report that the rollback failed: the load balancer is in ERROR.

    :param reason: Why, in words that any user may read.
    :param detail: Why, for operators.
    :returns: Whether it is; else the resize was not being cancelled.
    """
    return _report(
        load_balancer_id,
        resize_id,
        progress.fail,
        reason,
        detail,
        states=(constants.CANCELLING,),
    )


def _end_cancel(session: orm.Session, claim: ownership.Claim) -> bool:
    resize = ownership.lock_or_abandon(session, claim)
    if resize is None or not rows.get_step(resize).is_cancelling:
        return False
    return rollback.end(session, claim)


def _report(
    load_balancer_id: str,
    resize_id: str,
    change: Callable[..., Any],
    *args: Any,
    **kwargs: Any,
) -> bool:
    """Make a change of the lifecycle, and announce the end of a resize.

    :param change: Takes a session, a claim and the other arguments, and
        returns something true if it has changed the resize.
    :returns: Whether it has.
    """
    claim = ownership.Claim(load_balancer_id, resize_id)

    def make(session: orm.Session) -> models.Resize | None:
        if not change(session, claim, *args, **kwargs):
            return None
        resize = repository.ResizeRepository().get_by_id(session, resize_id)
        session.expunge(resize)
        return resize

    resize = transaction.run(make)
    if resize is None:
        return False
    if resize.state in notifications.END_EVENTS:
        notifications.send_if_wanted(
            notifications.END_EVENTS[resize.state], resize
        )
    return True
