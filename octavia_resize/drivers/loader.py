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

"""Finds what resizes the load balancers of a provider."""

from collections.abc import Callable
import functools
from typing import Any

from octavia.db import models
from stevedore import driver as stevedore_driver
from stevedore import exception as stevedore_exceptions

from octavia_resize import exceptions
from octavia_resize import providers
from octavia_resize.drivers import base

NAMESPACE = 'octavia_resize.drivers'


def get_driver(
    provider_driver: Any, load_balancer: models.LoadBalancer
) -> Any:
    """Return the resize driver of a load balancer's provider.

    :param provider_driver: Octavia's driver of that provider.
    :returns: The provider driver itself if it can resize, else the
        :class:`~octavia_resize.drivers.base.ResizeDriver` that is registered
        under the provider's name.
    :raises ResizeNotSupported: There is neither.
    """
    if hasattr(provider_driver, 'loadbalancer_resize'):
        return provider_driver
    try:
        return stevedore_driver.DriverManager(
            namespace=NAMESPACE,
            name=providers.get_canonical(provider_driver.name),
            invoke_on_load=True,
        ).driver
    except stevedore_exceptions.NoMatches as e:
        raise exceptions.ResizeNotSupported(
            provider=provider_driver.name, id=load_balancer.id
        ) from e


def get_cancel_method(resize_driver: Any) -> Callable[[str, str], None]:
    """Return what cancels a resize.

    :param resize_driver: What :func:`get_driver` has returned. If it is a
        provider driver without such a method, the one returned says so.
    """
    method: Callable[[str, str], None] = getattr(
        resize_driver,
        'loadbalancer_resize_cancel',
        functools.partial(
            base.ResizeDriver.loadbalancer_resize_cancel, resize_driver
        ),
    )
    return method


def describe_traffic(
    resize_driver: Any, topology: str | None, vip_addresses: list[str]
) -> str | None:
    """Return what a resize does to traffic, or None if that is not known.

    :param resize_driver: What :func:`get_driver` has returned.
    :param topology: That of the load balancer.
    :param vip_addresses: Those of its VIP and additional VIPs.
    """
    describe = getattr(resize_driver, 'describe_traffic', None)
    return describe(topology, vip_addresses) if describe else None
