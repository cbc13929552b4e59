# SPDX-License-Identifier: Apache-2.0

"""The plugin, by which tempest finds and runs the tests."""

from collections.abc import Sequence
import pathlib
from typing import Any

from oslo_config import cfg
from tempest import config
from tempest.test_discover import plugins

from resize_tempest_plugin import config as resize_config
from resize_tempest_plugin.services.load_balancer.v2 import clients

_PACKAGE = pathlib.Path(__file__).resolve().parent


class ResizeTempestPlugin(plugins.TempestPlugin):
    """Tests of load balancer resize."""

    def load_tests(self) -> tuple[str, str]:
        """Return the directory of the tests and the one to import from."""
        return str(_PACKAGE / 'tests'), str(_PACKAGE.parent)

    def register_opts(self, conf: cfg.ConfigOpts) -> None:
        """Register the options of the tests."""
        for group, opts in (
            (
                resize_config.service_available_group,
                resize_config.service_available_opts,
            ),
            (resize_config.resize_group, resize_config.resize_opts),
        ):
            config.register_opt_group(conf, group, opts)

    def get_opt_lists(self) -> list[tuple[str, Sequence[cfg.Opt]]]:
        """Return the options for the sample tempest.conf."""
        return [
            (
                resize_config.service_available_group.name,
                resize_config.service_available_opts,
            ),
            (resize_config.resize_group.name, resize_config.resize_opts),
        ]

    def get_service_clients(self) -> list[dict[str, Any]]:
        """Return how to create the service clients."""
        return [
            {
                'name': 'load_balancer_resize_v2',
                'service_version': 'load-balancer-resize.v2',
                'module_path': clients.__name__,
                'client_names': clients.CLIENTS,
                **config.service_client_config(
                    resize_config.resize_group.name
                ),
            }
        ]
