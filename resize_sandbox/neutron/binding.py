# SPDX-License-Identifier: Apache-2.0
"""Stands in for the agents of Neutron where no packet is to be carried."""

import threading
from typing import Any

from neutron_lib import constants
from neutron_lib import context as neutron_context
from neutron_lib.api.definitions import portbindings
from neutron_lib.plugins import directory
from neutron_lib.plugins.ml2 import api

_REPORT_SECONDS = 0.3


class Binding(api.MechanismDriver):
    """Binds each port, and reports it up or down as an agent would."""

    def initialize(self) -> None:
        """Nothing is to be prepared."""

    def bind_port(self, context: api.PortContext) -> None:
        context.set_binding(
            context.segments_to_bind[0][api.ID],
            portbindings.VIF_TYPE_OVS,
            {portbindings.CAP_PORT_FILTER: True},
            status=_get_status(context.current),
        )

    def update_port_postcommit(self, context: api.PortContext) -> None:
        """Report soon that a port was enabled or disabled."""
        port = context.current
        if context.host and (
            port['admin_state_up'] != context.original['admin_state_up']
        ):
            threading.Timer(
                _REPORT_SECONDS,
                directory.get_plugin().update_port_status,
                (
                    neutron_context.get_admin_context(),
                    port['id'],
                    _get_status(port),
                    context.host,
                ),
            ).start()


def _get_status(port: dict[str, Any]) -> str:
    status: str = (
        constants.PORT_STATUS_ACTIVE
        if port['admin_state_up']
        else constants.PORT_STATUS_DOWN
    )
    return status
