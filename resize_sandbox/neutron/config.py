# SPDX-License-Identifier: Apache-2.0
"""Neutron's configuration, on OVN."""

from collections.abc import Mapping
import os
from pathlib import Path
import sys

from resize_sandbox import config
from resize_sandbox import requirements
from resize_sandbox.deployment import Deployment
from resize_sandbox.keystone import config as keystone_config

NAME = 'neutron'
#: The environment variable that names Neutron's configuration file.
CONFIG_FILES = 'OS_NEUTRON_CONFIG_FILES'

#: What Geneve adds to each packet.
_GENEVE_BYTES = 58
_UNLIMITED = -1


def environment(deployment: Deployment) -> Mapping[str, str]:
    """Return how many processes Neutron has, and where OVN's programs are."""
    return {
        'ASGI_WORKERS': '1',
        'PATH': f'{requirements.OVN_BIN}:{os.environ["PATH"]}',
    }


def write(deployment: Deployment, northbound: str, southbound: str) -> None:
    """Write Neutron's configuration file.

    :param northbound: connection to OVN's northbound database.
    :param southbound: connection to OVN's southbound database.
    """
    state = deployment.state
    state.write(
        state.config_file(NAME),
        config.render(
            {
                'DEFAULT': {
                    'core_plugin': 'ml2',
                    'service_plugins': 'ovn-router',
                    'auth_strategy': 'keystone',
                    'api_paste_config': (
                        Path(sys.prefix) / 'etc' / 'neutron' / 'api-paste.ini'
                    ),
                    'transport_url': 'fake://',
                    'state_path': state.data / NAME,
                    'notify_nova_on_port_status_changes': False,
                    'notify_nova_on_port_data_changes': False,
                    'dhcp_agent_notification': False,
                    'rpc_workers': 0,
                    'global_physnet_mtu': 1500 + _GENEVE_BYTES,
                    'use_stderr': True,
                },
                'database': {
                    # Whatever the profile: the tables come from the models.
                    'connection': state.database_url(NAME),
                },
                'ml2': {
                    'type_drivers': ('local', 'geneve', 'flat'),
                    'tenant_network_types': 'geneve',
                    'mechanism_drivers': 'ovn',
                    'extension_drivers': 'port_security',
                },
                'ml2_type_geneve': {
                    'vni_ranges': '1:65536',
                    'max_header_size': 38,
                },
                'ml2_type_flat': {'flat_networks': '*'},
                'ovn': {
                    'ovn_nb_connection': northbound,
                    'ovn_sb_connection': southbound,
                    'ovn_metadata_enabled': False,
                    'enable_distributed_floating_ip': (
                        deployment.options.distributed_floating_ips
                    ),
                },
                'securitygroup': {'enable_security_group': True},
                'quotas': {
                    f'quota_{name}': _UNLIMITED
                    for name in (
                        'network',
                        'subnet',
                        'port',
                        'router',
                        'floatingip',
                        'security_group',
                        'security_group_rule',
                    )
                },
                'oslo_concurrency': {'lock_path': state.run / 'locks'},
                'oslo_messaging_notifications': {'driver': 'noop'},
                'keystone_authtoken': keystone_config.service_auth(
                    deployment, NAME
                ),
            }
        ),
    )
