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


"""How the controller of a provider reports the course of a resize.

Each function is one transaction, which is made again if the database gives it
up, and sends the notification that belongs to it. It changes nothing if the
resize has ended, or if somebody else has changed the load balancer: then the
controller must leave the load balancer alone.
"""

from octavia.db import api as db_apis

from octavia_resize import constants
from octavia_resize import notifications
from octavia_resize.db import repository
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import progress


@transaction.retry_on_conflict
def start(load_balancer_id: str, resize_id: str) -> bool:
    """Report that the controller begins with a queued resize.

    :returns: Whether it shall; else the resize was cancelled.
    """
    claim = ownership.Claim(load_balancer_id, resize_id)
    with db_apis.session().begin() as session:
        return progress.start(session, claim) is not None


def complete(load_balancer_id: str, resize_id: str) -> bool:
    """Report that the load balancer is resized: it is ACTIVE from now on.

    :returns: Whether it is; else the resize was cancelled, and the controller
        must go back to the previous flavor.
    """

    @transaction.retry_on_conflict
    def make() -> bool:
        with db_apis.session().begin() as session:
            return progress.complete(
                session, ownership.Claim(load_balancer_id, resize_id)
            )

    return _tell(resize_id, make())


def complete_cancel(load_balancer_id: str, resize_id: str) -> bool:
    """Report that the load balancer is as it was before the resize.

    :returns: Whether the resize was being cancelled.
    """

    @transaction.retry_on_conflict
    def make() -> bool:
        claim = ownership.Claim(load_balancer_id, resize_id)
        with db_apis.session().begin() as session:
            resize = ownership.hold(session, claim)
            if resize is None or resize.state != constants.CANCELLING:
                return False
            return progress.end_rollback(session, claim)

    return _tell(resize_id, make())


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
        must go back to the previous flavor.
    """
    return _fail(
        load_balancer_id, resize_id, reason, detail, constants.RUNNING
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
    return _fail(
        load_balancer_id, resize_id, reason, detail, constants.CANCELLING
    )


def _fail(
    load_balancer_id: str,
    resize_id: str,
    reason: str,
    detail: str | None,
    state: str,
) -> bool:
    claim = ownership.Claim(load_balancer_id, resize_id)
    return _tell(
        resize_id,
        transaction.make_persistently(
            progress.fail, claim, reason, detail, states=(state,)
        ),
    )


def _tell(resize_id: str, has_changed: bool) -> bool:
    if has_changed:
        with db_apis.session().begin() as session:
            resize = repository.ResizeRepository().get_by_id(
                session, resize_id
            )
            if resize is not None:
                session.expunge(resize)
        if resize is not None:
            notifications.send_if_wanted(
                notifications.END_EVENTS[resize.state], resize
            )
    return has_changed
