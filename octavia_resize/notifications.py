# SPDX-License-Identifier: Apache-2.0

"""Notifications about resizes, named like Octavia's own."""

from typing import Any

from octavia.api.drivers import utils as provider_utils
from octavia.common import context
from octavia.common import rpc
from octavia.db import models as octavia_models
from octavia_lib.api.drivers import data_models
from oslo_config import cfg
from oslo_log import log as logging
from sqlalchemy import orm

from octavia_resize import constants
from octavia_resize.db import models
from octavia_resize.db import transaction

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

_PREFIX = 'octavia.loadbalancer'
#: The event of an operation: the last part of a notification's name.
START = 'start'
END = 'end'
ERROR = 'error'
CANCEL = 'cancel'

#: The notification of the end of a resize, by the state of the resize.
END_EVENTS = {
    constants.COMPLETED: END,
    constants.CANCELLED: CANCEL,
    constants.FAILED: ERROR,
}


def are_sent() -> bool:
    """Return whether notifications are on.

    They are if [controller_worker] event_notifications is true and
    [oslo_messaging_notifications] names a driver.
    """
    return bool(
        CONF.controller_worker.event_notifications
        and rpc.get_notifier().is_enabled()
    )


def send_if_wanted(event: str, resize: models.Resize) -> None:
    """Send a notification of a transaction that is committed.

    If sending fails, the failure is logged, and the resize continues.

    The name is that of the operation and the event, as
    ``octavia.loadbalancer.resize.start``.

    :param event: One of the names of this module.
    :param resize: The resize as it is now.
    """
    if not are_sent():
        return
    try:
        load_balancer = transaction.run(
            _read_load_balancer, resize.load_balancer_id
        )
        if load_balancer is not None:
            _send(event, resize, load_balancer)
    except Exception:
        LOG.exception(
            'Notification %s of %s about load balancer %s was not sent',
            event,
            resize.operation,
            resize.load_balancer_id,
        )


def _read_load_balancer(
    session: orm.Session, load_balancer_id: str
) -> dict[str, Any] | None:
    """Return a load balancer as Octavia's own notifications have it.

    Octavia's repository and its conversion would read all that belongs to the
    load balancer, with more than twenty queries, and the certificates.

    :returns: None if it is gone.
    """
    db_lb = session.get(octavia_models.LoadBalancer, load_balancer_id)
    if db_lb is None:
        return None
    fields = provider_utils.lb_dict_to_provider_dict(
        {
            column.name: getattr(db_lb, column.name)
            for column in db_lb.__table__.columns
        },
        vip=db_lb.vip,
    )
    load_balancer: dict[str, Any] = data_models.LoadBalancer.from_dict(
        fields
    ).to_dict()
    return load_balancer


def _send(
    event: str, resize: models.Resize, load_balancer: dict[str, Any]
) -> None:
    payload = {
        **load_balancer,
        'previous_flavor_id': resize.previous_flavor_id,
        'new_flavor_id': resize.new_flavor_id,
        'state': resize.state,
        'reason': resize.reason,
        'detail': resize.detail,
    }
    ctxt = context.RequestContext(
        project_id=load_balancer['project_id'], request_id=resize.request_id
    )
    # By default the notifier waits for the message bus for ever.
    notifier = rpc.get_notifier().prepare(
        retry=CONF.octavia_resize.send_retries
    )
    notify = notifier.error if event == ERROR else notifier.info
    notify(ctxt, f'{_PREFIX}.{resize.operation}.{event}', payload)
