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

"""What a cancelled resize has left, and what becomes of each amphora."""

from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple

from octavia.common import constants as octavia_constants
from octavia.common import utils


class WayBack(NamedTuple):
    """The way back to the previous flavor.

    Amphorae are dicts as Octavia's flows take them.
    """

    #: All amphorae, in the order of Octavia's failover, if none can stay.
    replace_all: list[dict[str, Any]]
    #: The amphora that took the place of one of a pair, with the role that
    #: the one that replaces it gets.
    replace_one: dict[str, Any] | None
    #: Amphorae to delete.
    surplus: list[dict[str, Any]]
    #: The status before the resize of those that stay, by ID.
    statuses: dict[str, str]
    #: IDs of VIP ports of those that stay, which the resize may have disabled.
    ports: list[str]

    @property
    def replaces(self) -> bool:
        """Whether any amphora is replaced."""
        return bool(self.replace_all or self.replace_one)


def find(
    before: Mapping[str, str],
    replaced: Sequence[str],
    present: list[dict[str, Any]],
) -> WayBack:
    """Find the way back that replaces no more than necessary.

    :param before: The status of each amphora before the resize, by ID. Empty
        if the cancel came before that was recorded: nothing was touched.
    :param replaced: IDs of those that the resize has begun to delete.
    :param present: The amphorae that are there now, in the order of Octavia's
        failover.
    """
    statuses = {
        amphora_id: status
        for amphora_id, status in (
            before
            or {
                a[octavia_constants.ID]: a[octavia_constants.STATUS]
                for a in present
            }
        ).items()
        if amphora_id not in replaced
    }
    left = [a for a in present if a[octavia_constants.ID] in statuses]
    others = [a for a in present if a[octavia_constants.ID] not in statuses]
    if not replaced:
        return WayBack([], None, others, statuses, _disabled_ports(left))
    # The flow gives the first new amphora the role BACKUP.
    new = next(
        (
            a
            for a in others
            if a[octavia_constants.ROLE] == octavia_constants.ROLE_BACKUP
            and a[octavia_constants.ID] not in before
        ),
        None,
    )
    if new is None or len(left) != 1 or len(before) != 2:
        return WayBack(present, None, [], {}, [])
    role = (
        octavia_constants.ROLE_MASTER
        if left[0][octavia_constants.ROLE] == octavia_constants.ROLE_BACKUP
        else octavia_constants.ROLE_BACKUP
    )
    return WayBack(
        [],
        {**new, octavia_constants.ROLE: role},
        [a for a in others if a is not new],
        statuses,
        [],
    )


def _disabled_ports(amphorae: list[dict[str, Any]]) -> list[str]:
    # Octavia's flow does so before the new amphora gets the address, as two
    # hosts with one IPv6 address would notice each other.
    return [
        a[octavia_constants.VRRP_PORT_ID]
        for a in amphorae
        if a[octavia_constants.ROLE] == octavia_constants.ROLE_STANDALONE
        and a[octavia_constants.VRRP_PORT_ID]
        and a[octavia_constants.VRRP_IP]
        and utils.is_ipv6(a[octavia_constants.VRRP_IP])
    ]
