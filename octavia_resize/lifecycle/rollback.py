# SPDX-License-Identifier: Apache-2.0

"""What the owner of a resize reports of its rollback."""

from collections.abc import Collection

from octavia.common import constants as octavia_constants
from sqlalchemy import orm

from octavia_resize import reasons
from octavia_resize.db import models
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import phases
from octavia_resize.lifecycle import rows


def begin(
    session: orm.Session,
    claim: ownership.Claim,
    reason: str | None = None,
    detail: str | None = None,
) -> bool:
    """Begin the rollback of a resize that has failed or is cancelled.

    :param reason: Why: text that any user may read; None for a cancel.
    :param detail: Why: text for operators.
    :returns: Whether the caller runs the resize, and the resize is rolled
        back.
    """
    resize = ownership.lock_unless_changed(session, claim)
    if resize is None or rows.get_rule(resize).rollback is None:
        return False
    enter(resize, reason, detail)
    return True


def enter(
    resize: models.Resize, reason: str | None, detail: str | None = None
) -> None:
    """Begin the rollback of a resize that the caller has locked."""
    present, step = rows.get_step(resize), rows.get_rule(resize).rollback
    if step is None or step == present:
        return
    if present.is_cancelling:
        rows.move(resize, step)
    else:
        rows.move(resize, step, reason, detail)


def note_standby(
    session: orm.Session, claim: ownership.Claim, amphora_id: str
) -> bool:
    """Note that the rollback has rebuilt the old standby.

    :returns: Whether the caller runs the resize.
    """
    resize = ownership.lock_unless_changed(session, claim)
    if resize is None or resize.reason == reasons.CHANGED:
        return False
    resize.standby_id = amphora_id
    return True


def end(
    session: orm.Session,
    claim: ownership.Claim,
    reason: str | None = None,
    detail: str | None = None,
    tries_one_by_one: bool = False,
) -> bool:
    """End a resize that is rolled back.

    A cancelled resize becomes CANCELLED, and the load balancer gets its
    previous status. A failed resize becomes FAILED, and the load balancer is
    in ERROR with its previous flavor. A cancelled resize becomes FAILED, too,
    if the amphorae are not those from before the resize, and so does one
    whose load balancer was only reset. If somebody else works on the load
    balancer, its status stays.

    :param reason: Why the rollback has failed: text that any user may read.
    :param detail: Why: text for operators.
    :param tries_one_by_one: Whether a pair that could not be built at once is
        built again, one amphora after the other.
    :returns: Whether the caller ran the resize.
    """
    found = ownership.lock_all_unless_changed(session, claim)
    if found is None:
        return False
    resize = found.resize
    different = _describe_differences(found)
    if different:
        reason, detail = reasons.join(
            (reason or reasons.NOT_ROLLED_BACK, different), (None, detail)
        )
    if resize.reason == reasons.CHANGED and (
        reason is None or not found.is_at_rest
    ):
        rows.move(resize, phases.CANCELLED)
        resize.detail = detail
        return True
    if reason is None and tries_one_by_one and _is_short_of_room(resize):
        resize.one_by_one = True
        resize.ready = []
        rows.move(resize, phases.BUILDING, reasons.ONE_BY_ONE, resize.detail)
        return True
    if reason is None and rows.get_step(resize).is_cancelling:
        rows.move(resize, phases.CANCELLED)
        status = resize.previous_status
    else:
        rows.move(
            resize,
            phases.FAILED,
            *reasons.join((resize.reason, resize.detail), (reason, detail)),
        )
        status = octavia_constants.ERROR
    rows.set_load_balancer(
        session, claim.load_balancer_id, provisioning_status=status
    )
    return True


def _is_short_of_room(resize: models.Resize) -> bool:
    """Return whether building one by one would need less room."""
    return (
        rows.may_move(resize, phases.BUILDING)
        and resize.amphorae_to_build > 1
        and not resize.one_by_one
        and not resize.replaced
        and reasons.NO_AMPHORA in (resize.reason or '')
    )


def _describe_differences(found: rows.Situation) -> str | None:
    """Compare the amphorae after a rollback with those before the resize.

    :returns: The differences, for operators; None if there is none. If
        somebody else rebuilds or deletes the load balancer, only what the
        resize has left.
    """
    resize, _, present = found
    not_restored = {
        amphora_id
        for amphora_id, status in present.items()
        if amphora_id in resize.retired
        # Octavia only notes that a new amphora has refused its listeners.
        or (amphora_id, status) == (resize.standby_id, octavia_constants.ERROR)
    }
    wanted = set(resize.get_kept())
    if resize.replaced:
        wanted.add(resize.standby_id or 'the standby')
    surplus, missing = set(present) - wanted, wanted - set(present)
    if found.is_taken:
        surplus &= set(resize.new_amphorae)
        missing = set()
    different = [
        f'{what}: {", ".join(sorted(ids))}'
        for what, ids in (
            ('Not deleted', surplus),
            ('Missing', missing),
            ('Not restored', not_restored),
        )
        if ids
    ]
    return '; '.join(different) or None


def lock_old(session: orm.Session, claim: ownership.Claim) -> dict[str, bool]:
    """Return the old amphorae that the resize may have changed.

    :returns: Whether the resize has taken an amphora out of service, or an
        earlier call has not restored the amphora, by ID. Empty if the new ones
        serve, or were never all ready, if somebody else has built amphorae or
        deletes the load balancer, or if the caller does not run the resize.
    """
    found = ownership.lock_all_unless_changed(session, claim)
    if (
        found is None
        or not found.resize.is_built
        or rows.get_rule(found.resize).new_serve
        or found.is_taken
    ):
        return {}
    return {
        amphora_id: amphora_id in found.resize.retired
        for amphora_id in found.resize.get_kept()
        if amphora_id in found.amphorae
    }


def put_in_service(
    session: orm.Session,
    claim: ownership.Claim,
    faulty_ids: Collection[str] = (),
) -> bool:
    """Give old amphorae back the status that :func:`progress.retire` changed.

    :param faulty_ids: IDs of the amphorae that do not serve as before: their
        status stays, and they stay in the record, which then cannot be
        cancelled.
    :returns: Whether the others have their status.
    """
    retired = lock_old(session, claim)
    if not retired:
        return False
    resize = ownership.lock_unless_changed(session, claim)
    assert resize is not None
    resize.retired = sorted(set(retired) & set(faulty_ids))
    present = rows.get_amphora_statuses(session, claim.load_balancer_id)
    rows.mark_amphorae(
        session,
        {
            # Others may have changed a status in the switch.
            i: resize.amphorae[i]
            if present[i] == octavia_constants.PENDING_DELETE
            else present[i]
            for i, was_retired in retired.items()
            if was_retired and i not in faulty_ids
        },
        busy=False,
    )
    return True
