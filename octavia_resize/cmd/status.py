# SPDX-License-Identifier: Apache-2.0


"""Entry point of octavia-resize-status."""

from collections.abc import Mapping
import datetime
import json
import sys
from typing import Any
from typing import NoReturn

from oslo_config import cfg
from oslo_utils import timeutils
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize.cmd import database
from octavia_resize.cmd import metrics
from octavia_resize.db import models
from octavia_resize.db import repository
from octavia_resize.lifecycle import stuck

CONF = cfg.CONF

_COLUMNS = ('load balancer', 'state', 'phase', 'owner', 'age', 'silent')
_OPTIONS = [
    cfg.BoolOpt(
        'json',
        default=False,
        help='Print one JSON object, with a list of resizes and an error.',
    ),
    cfg.BoolOpt(
        'prometheus',
        default=False,
        help="Print metrics in Prometheus' text format.",
    ),
    cfg.IntOpt(
        'warn-after',
        default=3600,
        min=1,
        help='Seconds after which a resize in progress is a warning.',
    ),
]

OK, WARNING, CRITICAL = 0, 1, 2


def main() -> None:
    """Show the resizes in progress, for people and for monitoring.

    Shows also load balancers that are stuck: they are PENDING_UPDATE, their
    resize has ended, and nothing works on them. octavia-resize-unlock frees
    them.

    Exits with 0 if all is well; 1 if a resize takes longer than --warn-after;
    2 if the heartbeat of one stands still for longer than two times
    [octavia_resize] abandoned_after, if a load balancer is stuck, if the
    configuration cannot be read, or if the database does not answer, which is
    known within 10 seconds.
    """
    try:
        database.configure(_OPTIONS)
        resizes = database.run(get_resizes)
        failed = database.run(count_failed) if CONF.prometheus else 0
    except database.Unavailable as e:
        _fail(str(e))
    if CONF.json:
        print(json.dumps({'resizes': resizes, 'error': None}))
    elif CONF.prometheus:
        abandoned = sum(map(is_abandoned, resizes))
        print(metrics.render(resizes, abandoned, failed))
    else:
        _print_table(resizes)
    sys.exit(judge(resizes))


def _fail(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    if '--json' in sys.argv:
        print(json.dumps({'resizes': [], 'error': message}))
    sys.exit(CRITICAL)


def get_resizes(session: orm.Session) -> list[dict[str, Any]]:
    """Return the resizes in progress, and those of stuck load balancers.

    The oldest comes first. Ages and silence are in seconds.
    """
    in_progress = repository.ResizeRepository().get_in_progress(
        session, of_amphora_provider=False
    )
    ended = stuck.find(session, CONF.octavia_resize.abandoned_after)
    return sorted(
        [
            *(_describe(resize, False) for resize in in_progress),
            *(_describe(resize, True) for resize in ended),
        ],
        key=lambda resize: -int(resize['age']),
    )


def _describe(resize: models.Resize, is_stuck: bool) -> dict[str, Any]:
    now = timeutils.utcnow()
    seen = resize.beaten_at or resize.created_at
    return {
        'load balancer': resize.load_balancer_id,
        'resize': resize.id,
        'state': resize.state,
        'phase': 'stuck' if is_stuck else resize.phase,
        'owner': resize.owner,
        'age': int((now - resize.created_at).total_seconds()),
        'silent': int((now - seen).total_seconds()),
    }


def count_failed(session: orm.Session) -> int:
    """Return how many resizes have failed in the last hour."""
    an_hour_ago = timeutils.utcnow() - datetime.timedelta(hours=1)
    return (
        session.query(models.Resize.id)
        .filter(
            models.Resize.state == constants.FAILED,
            models.Resize.updated_at > an_hour_ago,
        )
        .count()
    )


def is_abandoned(resize: Mapping[str, Any]) -> bool:
    """Return whether the heartbeat of a resize in progress stands still."""
    return bool(
        resize['phase'] != 'stuck'
        and resize['silent'] > 2 * CONF.octavia_resize.abandoned_after
    )


def judge(resizes: list[dict[str, Any]]) -> int:
    """Return the status to exit with."""
    if any(
        is_abandoned(resize) or resize['phase'] == 'stuck'
        for resize in resizes
    ):
        return CRITICAL
    if any(resize['age'] > CONF.warn_after for resize in resizes):
        return WARNING
    return OK


def _print_table(resizes: list[dict[str, Any]]) -> None:
    rows = [
        _COLUMNS,
        *(
            tuple('' if r[c] is None else str(r[c]) for c in _COLUMNS)
            for r in resizes
        ),
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_COLUMNS))]
    for row in rows:
        print(
            '  '.join(
                cell.ljust(width)
                for cell, width in zip(row, widths, strict=True)
            ).rstrip()
        )
