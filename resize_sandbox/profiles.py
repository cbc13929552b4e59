# SPDX-License-Identifier: Apache-2.0

"""Which services a sandbox has, by its profile."""

from collections.abc import Sequence

from resize_sandbox.barbican import config as barbican_config
from resize_sandbox.capi import config as capi_config
from resize_sandbox.dataplane import service as dataplane_service
from resize_sandbox.deployment import DISTRIBUTED
from resize_sandbox.deployment import Options
from resize_sandbox.deployment import Service
from resize_sandbox.deployment import module_command
from resize_sandbox.distributed import services as distributed
from resize_sandbox.heat import config as heat_config
from resize_sandbox.keystone import config as keystone_config
from resize_sandbox.magnum import config as magnum_config
from resize_sandbox.octavia import config as octavia_config

_EMBEDDED: Sequence[Service] = (
    Service(
        name='keystone',
        configure=keystone_config.write,
        command=module_command('keystone', 'resize_sandbox.keystone'),
        environment=keystone_config.environment,
    ),
    Service(
        name='octavia',
        configure=octavia_config.write,
        command=module_command('octavia', 'resize_sandbox.octavia'),
        # Flows that are running are finished first.
        patience=20.0,
    ),
    Service(
        name='magnum',
        configure=magnum_config.write,
        command=module_command('magnum', 'resize_sandbox.magnum'),
        environment=capi_config.environment,
    ),
    # Magnum sends requests to it while it starts: its socket exists already.
    Service(
        name=capi_config.NAME,
        configure=capi_config.write,
        command=module_command(capi_config.NAME, 'resize_sandbox.capi'),
    ),
)

_BARBICAN = Service(
    name=barbican_config.NAME,
    configure=barbican_config.write,
    command=module_command(barbican_config.NAME, 'resize_sandbox.barbican'),
    environment=barbican_config.environment,
)


def services(options: Options) -> Sequence[Service]:
    """Return the services that a sandbox with these options consists of."""
    chosen = (
        distributed.services(options)
        if options.profile == DISTRIBUTED
        else _EMBEDDED
    )
    if options.barbican:
        chosen = (*chosen, _BARBICAN)
    if options.heat:
        chosen = (*chosen, heat_config.service())
    if options.traffic:
        return dataplane_service.add(chosen, options.network)
    return chosen
