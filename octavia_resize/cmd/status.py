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


"""Entry point of octavia-resize-status."""

import json
import sys
from typing import Any

from octavia.common import service
from octavia.db import api as db_apis
from oslo_config import cfg
from oslo_utils import timeutils

from octavia_resize import opts
from octavia_resize.db import models
from octavia_resize.db import repository

CONF = cfg.CONF

_COLUMNS = ('load balancer', 'state', 'phase', 'owner', 'age', 'silent')
_OPTIONS = [
    cfg.BoolOpt(
        'json', default=False, help='Print one JSON object for each resize.'
    ),
    cfg.IntOpt(
        'warn-after',
        default=3600,
        min=1,
        help='Seconds after which a resize in progress is worth a look.',
    ),
]

OK, WARNING, CRITICAL = 0, 1, 2


def main() -> None:
    """Show the resizes in progress, for people and for monitoring.

    Exits with 0 if all is well; 1 if a resize takes longer than --warn-after;
    2 if no worker has given a sign of life for one, for longer than two times
    [octavia_resize] abandoned_after, or if the database does not answer.
    """
    opts.register_opts(CONF)
    CONF.register_cli_opts(_OPTIONS)
    service.prepare_service(sys.argv)
    try:
        resizes = get_in_progress()
    except Exception as e:
        print(f"Octavia's database does not answer: {e}", file=sys.stderr)
        sys.exit(CRITICAL)
    if CONF.json:
        for resize in resizes:
            print(json.dumps(resize))
    else:
        _print_table(resizes)
    sys.exit(judge(resizes))


def get_in_progress() -> list[dict[str, Any]]:
    """Return what is known about each resize in progress, oldest first.

    Ages and silence are in seconds.
    """
    with db_apis.session().begin() as session:
        found = repository.ResizeRepository().get_in_progress(
            session, of_amphora_provider=False
        )
        return sorted(
            (_describe(resize) for resize in found),
            key=lambda resize: -int(resize['age']),
        )


def _describe(resize: models.Resize) -> dict[str, Any]:
    now = timeutils.utcnow()
    seen = resize.beaten_at or resize.created_at
    return {
        'load balancer': resize.load_balancer_id,
        'resize': resize.id,
        'state': resize.state,
        'phase': resize.phase,
        'owner': resize.owner,
        'age': int((now - resize.created_at).total_seconds()),
        'silent': int((now - seen).total_seconds()),
    }


def judge(resizes: list[dict[str, Any]]) -> int:
    """Return the status to exit with."""
    silence = 2 * CONF.octavia_resize.abandoned_after
    if any(resize['silent'] > silence for resize in resizes):
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
