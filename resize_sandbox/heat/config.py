# SPDX-License-Identifier: Apache-2.0

"""Heat's configuration."""

import importlib.metadata
import importlib.util
from pathlib import Path

from resize_sandbox import config
from resize_sandbox import exceptions
from resize_sandbox.deployment import Deployment
from resize_sandbox.deployment import Service
from resize_sandbox.deployment import module_command
from resize_sandbox.heat import stack_domain
from resize_sandbox.keystone import config as keystone_config

NAME = 'heat'
_DISTRIBUTION = 'openstack-heat'


def check() -> None:
    """Check that Heat is installed.

    :raises SandboxError: when Heat is missing, with the command that
        installs it.
    """
    if importlib.util.find_spec('heat') is None:
        raise exceptions.SandboxError(
            'Heat is not installed. Install it with, in a clone of '
            "python-resizeclient: pip install '.[sandbox,heat]'"
        )


def service() -> Service:
    """Return the service, which runs API and engine in one process."""
    return Service(
        name=NAME,
        configure=write,
        command=module_command(NAME, 'resize_sandbox.heat'),
    )


def write(deployment: Deployment) -> None:
    """Write Heat's configuration file.

    :raises SandboxError: when Heat's installation is incomplete.
    """
    state = deployment.state
    auth_url = keystone_config.auth_url(deployment)
    service_auth = keystone_config.service_auth(deployment, NAME)
    etc = _etc()
    state.write(
        state.config_file(NAME),
        config.render(
            {
                'DEFAULT': {
                    'host': 'sandbox',
                    'transport_url': deployment.transport_url,
                    'use_stderr': True,
                    'plugin_dirs': _plugin_directory(),
                    'environment_dir': etc / 'environment.d',
                    'template_dir': etc / 'templates',
                    # Clusters can't be created here, only adopted.
                    'enable_stack_adopt': True,
                    'auth_encryption_key': state.secret('heat encryption'),
                    **stack_domain.options(state),
                },
                'paste_deploy': {'api_paste_config': etc / 'api-paste.ini'},
                'database': {'connection': deployment.database_url(NAME)},
                'keystone_authtoken': service_auth
                | {'service_type': 'orchestration'},
                'trustee': {
                    name: value
                    for name, value in service_auth.items()
                    # A trust has its project.
                    if not name.startswith('project_')
                },
                'clients_keystone': {'auth_uri': auth_url},
                'oslo_concurrency': {'lock_path': state.run / 'locks'},
                'oslo_policy': {'policy_file': state.etc / 'heat-policy.yaml'},
            }
        ),
    )


def _plugin_directory() -> Path:
    import resize_heat

    return Path(resize_heat.__path__[0])


def _etc() -> Path:
    # Installed as data, to a place that depends on the installation scheme.
    for file in importlib.metadata.files(_DISTRIBUTION) or ():
        if file.name == 'api-paste.ini':
            return Path(str(file.locate())).resolve().parent
    raise exceptions.SandboxError(
        "Heat's api-paste.ini is not installed. Install Heat again: "
        f'pip install --force-reinstall {_DISTRIBUTION}'
    )
