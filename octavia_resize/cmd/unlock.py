# SPDX-License-Identifier: Apache-2.0


"""Entry point of octavia-resize-unlock."""

import sys

from oslo_config import cfg

from octavia_resize.cmd import database
from octavia_resize.lifecycle import stuck

CONF = cfg.CONF

_OPTIONS = [
    cfg.MultiStrOpt(
        'load-balancer',
        positional=True,
        required=True,
        help='IDs of load balancers that octavia-resize-status shows as '
        'stuck.',
    ),
]


def main() -> None:
    """Set load balancers that are stuck in PENDING_UPDATE to ERROR.

    Then the same resize, or a failover, makes them ACTIVE again. A load
    balancer that octavia-resize-status does not show as stuck is not changed.

    Exits with 0 if all were set; 1 if one is not stuck; 2 if the
    configuration cannot be read, or if the database does not answer.
    """
    try:
        database.configure(_OPTIONS)
        ended = [unlock(one) for one in CONF.load_balancer]
    except database.Unavailable as e:
        print(e, file=sys.stderr)
        sys.exit(2)
    sys.exit(0 if all(ended) else 1)


def unlock(load_balancer_id: str) -> bool:
    """Set one load balancer to ERROR if it is stuck, and report that.

    :returns: Whether it was stuck.
    :raises Unavailable: The database does not answer.
    """
    seconds = CONF.octavia_resize.abandoned_after
    if database.run(lambda s: stuck.free(s, load_balancer_id, seconds)):
        print(
            f'Load balancer {load_balancer_id} is in ERROR now. Resize it '
            'again to the same flavor, or fail it over.'
        )
        return True
    print(
        f'Load balancer {load_balancer_id} is not stuck, and was not changed: '
        'either it is not PENDING_UPDATE, or another operation changes it, '
        f'or its last change is less than {seconds} seconds ago.',
        file=sys.stderr,
    )
    return False
