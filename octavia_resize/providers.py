# SPDX-License-Identifier: Apache-2.0


"""The names under which Octavia knows one and the same provider."""

AMPHORA = 'amphora'

#: All of them are the driver whose load balancers octavia-resize-worker
#: resizes. A load balancer that is older than providers has none.
AMPHORA_NAMES = (AMPHORA, 'amphorav2', 'octavia', None)


def get_canonical(provider: str | None) -> str:
    """Return the one name that stands for a provider.

    :param provider: As load balancers and flavor profiles have it.
    """
    return AMPHORA if provider in AMPHORA_NAMES else str(provider)
