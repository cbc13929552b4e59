# SPDX-License-Identifier: Apache-2.0


"""Barbican, which keeps the TLS secrets of load balancers."""

import base64
from collections.abc import Mapping
import hashlib

from resize_sandbox import config
from resize_sandbox.deployment import Deployment
from resize_sandbox.keystone import config as keystone_config

NAME = 'barbican'


def write(deployment: Deployment) -> None:
    """Write Barbican's configuration file."""
    state = deployment.state
    service_auth = keystone_config.service_auth(deployment, NAME)
    # Fernet's keys are 32 bytes.
    key = hashlib.sha256(state.secret('barbican key').encode()).digest()
    state.write(
        state.config_file(NAME),
        config.render(
            {
                'DEFAULT': {
                    'host_href': deployment.url(NAME),
                    'use_stderr': True,
                },
                'database': {'connection': deployment.database_url(NAME)},
                'keystone_authtoken': service_auth
                | {'service_type': 'key-manager'},
                'simple_crypto_plugin': {
                    'kek': base64.urlsafe_b64encode(key).decode()
                },
                'oslo_policy': {
                    'policy_file': state.etc / 'barbican-policy.yaml'
                },
            }
        ),
    )


def environment(deployment: Deployment) -> Mapping[str, str]:
    """Return the variable by which Barbican's modules find the file.

    Each of them reads the configuration from oslo.config's directories.
    """
    return {'HOME': str(deployment.state.etc)}
