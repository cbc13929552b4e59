# SPDX-License-Identifier: Apache-2.0

"""Finds the resize driver of a provider."""

from typing import Any

from octavia.db import models
from octavia_lib.api.drivers import provider_base
from stevedore import driver as stevedore_driver
from stevedore import exception as stevedore_exceptions

from octavia_resize import exceptions
from octavia_resize import providers
from octavia_resize.drivers import base

NAMESPACE = 'octavia_resize.drivers'

_FAILOVER_WITH_FLAVOR = 'loadbalancer_failover_with_flavor'


def get_driver(
    provider_driver: Any, load_balancer: models.LoadBalancer
) -> base.ResizeDriver | None:
    """Return the resize driver of a load balancer's provider.

    :param provider_driver: Octavia's driver of that provider.
    :returns: What is registered under the provider's name; None if nothing
        is, but the provider driver has ``loadbalancer_failover_with_flavor``.
    :raises ResizeNotSupported: There is neither.
    """
    try:
        manager: Any = stevedore_driver.DriverManager(
            namespace=NAMESPACE,
            name=providers.get_canonical(provider_driver.name),
            invoke_on_load=True,
        )
    except stevedore_exceptions.NoMatches as e:
        if _fails_over_with_flavor(provider_driver):
            return None
        raise exceptions.ResizeNotSupported(
            provider=provider_driver.name, id=load_balancer.id
        ) from e
    driver: base.ResizeDriver = manager.driver
    return driver


def _fails_over_with_flavor(provider_driver: Any) -> bool:
    # From octavia-lib 3.12 on each driver inherits the method, which then
    # raises that the provider does not support it.
    inherited = getattr(
        provider_base.ProviderDriver, _FAILOVER_WITH_FLAVOR, None
    )
    own = getattr(type(provider_driver), _FAILOVER_WITH_FLAVOR, None)
    return own is not inherited
