# SPDX-License-Identifier: Apache-2.0


"""The names of the amphora provider."""

AMPHORA = 'amphora'

#: Aliases of the provider whose load balancers octavia-resize-worker resizes.
#: None: the load balancer was created before load balancers had a provider.
AMPHORA_NAMES = (AMPHORA, 'amphorav2', 'octavia', None)


def get_canonical(provider: str | None) -> str:
    """Return the provider's name, which is the same for all aliases.

    :param provider: The name that a load balancer or flavor profile has.
    """
    return AMPHORA if provider in AMPHORA_NAMES else str(provider)
