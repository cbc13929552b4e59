# SPDX-License-Identifier: Apache-2.0

"""Octavia's API application with the resize endpoint."""

from collections.abc import Callable
import sys
from typing import Any

from octavia.api import app
from octavia.common import policy
from oslo_config import cfg

from octavia_resize import opts
from octavia_resize import policies
from octavia_resize.api import hooks

ROOT = 'octavia_resize.api.root_controller.RootController'


def setup_app(argv: list[str] | None = None) -> Callable[..., Any]:
    """Create Octavia's WSGI application with the resize endpoint.

    :param argv: Command line with Octavia's options, the program's name
        first; that of this process if not given.
    :returns: A WSGI application that answers all that Octavia's API does.
    """
    opts.register_opts(cfg.CONF)
    pecan_config = app.get_pecan_config()
    pecan_config.app.root = ROOT
    pecan_config.app.hooks = [
        *pecan_config.app.hooks,
        hooks.ResizeRequestHook(),
    ]
    application: Callable[..., Any] = app.setup_app(
        pecan_config=pecan_config, argv=sys.argv if argv is None else argv
    )
    policies.register_rules(policy.get_enforcer())
    return application
