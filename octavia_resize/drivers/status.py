# SPDX-License-Identifier: Apache-2.0

"""How the controller of a provider reports progress and result of a resize.

Each function is one transaction, which is retried while the database does not
answer or aborts the transaction. Then the function sends the notification of
the result. If the resize has ended, or something else has changed the load
balancer, the function changes nothing and returns False: the controller must
not change the load balancer any more.
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
    """Report that the controller begins a queued resize.

    :returns: True if the controller must run the resize; False if the resize
        was cancelled.
    """
    return _report(load_balancer_id, resize_id, progress.start)


def complete(load_balancer_id: str, resize_id: str) -> bool:
    """Report that the load balancer is resized, which makes it ACTIVE.

    :returns: False if the resize was cancelled: the controller must restore
        the previous flavor.
    """
    return _report(load_balancer_id, resize_id, progress.complete)


def complete_cancel(load_balancer_id: str, resize_id: str) -> bool:
    """Report that a cancelled resize is rolled back.

    :returns: Whether the resize was being cancelled.
    """
    return _report(load_balancer_id, resize_id, _end_cancel)


def fail(
    load_balancer_id: str,
    resize_id: str,
    reason: str,
    detail: str | None = None,
) -> bool:
    """Report that the resize failed, which sets the load balancer to ERROR.

    :param reason: Why: text that any user may read.
    :param detail: Why: text for operators.
    :returns: False if the resize was cancelled: the controller must restore
        the previous flavor.
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
    """Report that the rollback failed, which sets the load balancer to ERROR.

    :param reason: Why: text that any user may read.
    :param detail: Why: text for operators.
    :returns: False if the resize was not being cancelled.
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
    resize = ownership.lock_unless_changed(session, claim)
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
    """Change the record of a resize, and send a notification of its end.

    :param change: Takes a session, a claim and the other arguments, and
        returns a true value if the resize has changed.
    :returns: Whether the resize has changed.
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
