# SPDX-License-Identifier: Apache-2.0
"""The standby of a pair whose new amphorae are built one after the other.

The old standby is deleted between the two builds. A rollback rebuilds it.
"""

from typing import Any

from octavia.common import constants as octavia_constants
from octavia.db import models as octavia_models

from octavia_resize.db import models
from octavia_resize.worker import amphora
from octavia_resize.worker import arguments

_ID = octavia_constants.ID
_ROLE = octavia_constants.ROLE
_BACKUP = octavia_constants.ROLE_BACKUP
_MASTER = octavia_constants.ROLE_MASTER


def find_old(lb: octavia_models.LoadBalancer, resize: models.Resize) -> str:
    """Return the ID of the old amphora that does not have the VIP.

    An amphora that does not answer does not serve. The roles count only if
    both amphorae seem to have the VIP: a failover of keepalived does not
    change the roles.

    :param lb: The load balancer with its amphorae.
    """
    roles = {a.id: a.role for a in lb.amphorae}
    return min(
        amphora.select(lb, resize.amphorae),
        key=lambda old: (bool(old.holds_vip()), roles[old.id] != _BACKUP),
    ).id


def find_new(
    lb: octavia_models.LoadBalancer,
    resize: models.Resize,
    surplus_ids: list[str],
) -> dict[str, Any]:
    """Return the amphora that the rebuilt standby replaces.

    It is the new standby, or the amphora that another worker has built in its
    place. The returned dict has the role that is missing.

    :param lb: The load balancer with all that belongs to it.
    :param surplus_ids: IDs of the amphorae that the rollback deletes.
    :raises RuntimeError: There is no such amphora.
    """
    candidates = [
        candidate
        for candidate in arguments.get_amphora_dicts(lb, surplus_ids)
        if candidate[_ID] not in resize.amphorae and candidate[_ROLE]
    ]
    if not candidates:
        raise RuntimeError(
            'There is no amphora that the old standby can replace'
        )
    chosen = max(
        candidates,
        key=lambda c: (c[_ID] in resize.new_amphorae, c[_ROLE] == _BACKUP),
    )
    left = arguments.get_amphora_dicts(lb, resize.get_kept())
    has_master = any(one[_ROLE] == _MASTER for one in left)
    return chosen | {_ROLE: _BACKUP if has_master else _MASTER}
