# SPDX-License-Identifier: Apache-2.0
"""Neutron's WSGI application, which lets the sandbox choose IDs."""

from collections.abc import Callable
import sys
from typing import Any

from neutron import policy
from neutron import server
from neutron.server import api
from neutron_lib.api.definitions import network
from neutron_lib.api.definitions import subnet
from sqlalchemy import orm


def load(load_api: Callable[[], Any] = api.api_server) -> Any:
    """Return the application.

    Networks and subnets may be created with the ID that the sandbox has for
    them, whichever network it is on.

    The environment variable of :mod:`resize_sandbox.neutron.config` names the
    configuration file.

    :param load_api: makes the API, once Neutron is configured.
    """
    for resources in (
        network.RESOURCE_ATTRIBUTE_MAP['networks'],
        subnet.RESOURCE_ATTRIBUTE_MAP['subnets'],
    ):
        resources['id'] |= {'allow_post': True, 'default': None}
    # Neutron parses the arguments of the process itself.
    del sys.argv[1:]
    application = server.boot_server(load_api)
    # Some attributes of Neutron's models exist only from then on.
    orm.configure_mappers()
    # The first request would load the rules, and others that come meanwhile
    # would find none: their lists would be empty.
    policy.init()
    return application
