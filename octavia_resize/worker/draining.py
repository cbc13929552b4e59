# SPDX-License-Identifier: Apache-2.0

"""Closes the connections that clients keep, before the VIPs move.

A request on a connection that breaks is lost; a client that knows that its
connection ends sends the request on another one.
"""

import time

from oslo_log import log as logging

from octavia_resize.db import models
from octavia_resize.db import transaction
from octavia_resize.lifecycle import ownership
from octavia_resize.lifecycle import phases
from octavia_resize.worker import amphora
from octavia_resize.worker import loading

LOG = logging.getLogger(__name__)

_POLL_SECONDS = 1


def drain(claim: ownership.Claim, resize: models.Resize) -> None:
    """Have the old amphorae close connections, and give clients the time.

    Requests in progress and downloads may end meanwhile. A resize that is
    cancelled, or owned by another worker, is waited for no longer. An amphora
    that cannot close its connections is not waited for.
    """
    load_balancer = loading.get_load_balancer(claim.load_balancer_id)
    old = amphora.select(load_balancer, resize.get_kept())
    holders = [i for i, holds in amphora.find_holders(old).items() if holds]
    closing = [
        one.close_after_requests()
        for one in amphora.select(load_balancer, holders)
    ]
    if not any(closing):
        LOG.info(
            'No connections of load balancer %s to drain', load_balancer.id
        )
        return
    for _ in range(0, resize.drain_seconds, _POLL_SECONDS):
        time.sleep(_POLL_SECONDS)
        if not transaction.run(ownership.may_run, claim, phases.Flow.DRAIN):
            return
