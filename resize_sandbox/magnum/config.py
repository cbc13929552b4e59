# SPDX-License-Identifier: Apache-2.0

"""Magnum's configuration."""

import importlib.metadata
from pathlib import Path

from resize_sandbox import config
from resize_sandbox import exceptions
from resize_sandbox.capi import config as capi_config
from resize_sandbox.deployment import Deployment
from resize_sandbox.keystone import config as keystone_config
from resize_sandbox.magnum import options
from resize_sandbox.magnum import trustee

NAME = 'magnum'
#: What its services call the host that they run on.
HOST = 'sandbox'


def write(deployment: Deployment) -> None:
    """Write Magnum's configuration file.

    :raises SandboxError: when Magnum's installation is incomplete.
    """
    state = deployment.state
    auth_url = keystone_config.auth_url(deployment)
    service_auth = keystone_config.service_auth(deployment, NAME)
    state.write(
        state.config_file(NAME),
        config.render(
            {
                'DEFAULT': {
                    'host': HOST,
                    'transport_url': deployment.transport_url,
                    'use_stderr': True,
                },
                options.GROUP: {
                    'orchestrator_database': state.data / 'orchestrator.db',
                    'resize_seconds': str(
                        deployment.options.cluster_resize_seconds
                    ),
                    'clouds_file': state.clouds_yaml,
                },
                'api': {
                    'api_paste_config': _paste_config(),
                },
                'database': {
                    'connection': deployment.database_url(NAME),
                },
                'keystone_authtoken': service_auth
                | {
                    'www_authenticate_uri': auth_url,
                    # Without it, Magnum refuses whoever has access rules.
                    'service_type': 'container-infra',
                },
                'keystone_auth': service_auth,
                'trust': trustee.options(state),
                'certificates': {
                    'cert_manager_type': 'x509keypair',
                },
                **capi_config.write_for_driver(deployment),
                'oslo_concurrency': {
                    'lock_path': state.run / 'locks',
                },
                'oslo_policy': {
                    'policy_file': state.etc / 'magnum-policy.yaml',
                },
            }
        ),
    )


def _paste_config() -> Path:
    # Magnum installs it as data, to a place that depends on the
    # installation scheme.
    for file in importlib.metadata.files('magnum') or ():
        if file.name == 'api-paste.ini':
            return Path(str(file.locate())).resolve()
    raise exceptions.SandboxError(
        "Magnum's api-paste.ini is not installed. Install Magnum again: "
        'pip install --force-reinstall magnum'
    )
