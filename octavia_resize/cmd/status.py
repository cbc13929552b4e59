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

from concurrent import futures
import json
import sys
import threading
from typing import Any
from typing import NoReturn

from octavia.common import config
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
        'json',
        default=False,
        help='Print one JSON object, with a list of resizes and an error.',
    ),
    cfg.IntOpt(
        'warn-after',
        default=3600,
        min=1,
        help='Seconds after which a resize in progress is worth a look.',
    ),
]

OK, WARNING, CRITICAL = 0, 1, 2

#: With the start of the program, an answer takes less than 10 seconds.
_PATIENCE_SECONDS = 5


def main() -> None:
    """Show the resizes in progress, for people and for monitoring.

    Exits with 0 if all is well; 1 if a resize takes longer than --warn-after;
    2 if no worker has given a sign of life for one, for longer than two times
    [octavia_resize] abandoned_after, or if the configuration cannot be read,
    or if the database does not answer, which is known within 10 seconds.
    """
    opts.register_opts(CONF)
    CONF.register_cli_opts(_OPTIONS)
    try:
        # Without Octavia's log, which would go to stdout.
        config.init(sys.argv[1:])
    except cfg.Error as e:
        _fail(str(e))
    # oslo.db would try for minutes to connect.
    CONF.set_override('max_retries', 0, group='database')
    try:
        resizes = _get_in_time()
    except Exception as e:
        cause, *_ = str(e).splitlines() or [type(e).__name__]
        _fail(f"Octavia's database does not answer: {cause}")
    if CONF.json:
        print(json.dumps({'resizes': resizes, 'error': None}))
    else:
        _print_table(resizes)
    sys.exit(judge(resizes))


def _get_in_time() -> list[dict[str, Any]]:
    """Return the resizes in progress.

    The thread may wait for a host that swallows packets: it does not keep the
    program from ending.

    :raises TimeoutError: The database has not answered in time.
    """
    found: futures.Future[list[dict[str, Any]]] = futures.Future()

    def get() -> None:
        try:
            found.set_result(get_in_progress())
        except Exception as e:
            found.set_exception(e)

    threading.Thread(target=get, daemon=True).start()
    try:
        return found.result(timeout=_PATIENCE_SECONDS)
    except TimeoutError as e:
        raise TimeoutError(
            f'no answer within {_PATIENCE_SECONDS} seconds'
        ) from e


def _fail(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    if '--json' in sys.argv:
        print(json.dumps({'resizes': [], 'error': message}))
    sys.exit(CRITICAL)


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
