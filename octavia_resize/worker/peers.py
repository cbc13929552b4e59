# SPDX-License-Identifier: Apache-2.0

"""The haproxies that share session persistence with each other.

They are in the peers section of haproxy's configuration, which Octavia's
template writes for the amphorae of a pair.
"""

from collections.abc import Mapping

from octavia.common import constants as octavia_constants
from octavia.common import utils


def replace(config: str, addresses: Mapping[str, str]) -> str:
    """Return a haproxy configuration with other peers.

    :param config: The configuration that Octavia's template has made.
    :param addresses: VRRP address of each amphora by ID, the haproxy's own
        included.
    """
    lines: list[str] = []
    for line in config.splitlines(keepends=True):
        if line.split()[:1] == ['peer']:
            continue
        lines.append(line)
        if line.startswith('peers '):
            lines += [
                f'    peer {_get_name(amphora_id)} {address}:'
                f'{octavia_constants.HAPROXY_BASE_PEER_PORT}\n'
                for amphora_id, address in addresses.items()
            ]
    return ''.join(lines)


def _get_name(amphora_id: str) -> str:
    return utils.base64_sha1_string(amphora_id).replace('=', '')
