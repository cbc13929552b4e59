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
"""What Octavia's configuration has for amphorae that carry traffic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_sandbox import config
from resize_sandbox.octavia import certificates
from resize_sandbox.octavia import options

if TYPE_CHECKING:
    from pathlib import Path

    from resize_sandbox.profile import Deployment
    from resize_sandbox.state import StateDirectory


def directory(state: StateDirectory) -> Path:
    """Return where the data plane keeps what it must remember."""
    return state.data / 'dataplane'


def sections(deployment: Deployment) -> config.Sections:
    """Return the sections that differ from those of a sandbox without.

    The certificate authority must be there: Octavia's own certificate is
    made if it is missing.
    """
    state = deployment.state
    ca_certificate = state.etc / 'octavia' / 'ca.pem'
    client_certificate = state.etc / 'octavia' / 'client.pem'
    if not client_certificate.exists():
        state.write(
            client_certificate,
            certificates.create_client(
                ca_certificate.read_bytes(),
                (state.etc / 'octavia' / 'ca.key').read_bytes(),
                state.secret('octavia CA key'),
            ),
        )
    return {
        options.GROUP: {
            'dataplane_directory': directory(state),
            'boot_seconds': str(deployment.options.boot_seconds),
            'delete_seconds': str(deployment.options.delete_seconds),
        },
        'certificates': {
            'cert_manager': 'local_cert_manager',
        },
        'controller_worker': {
            'amphora_driver': 'amphora_haproxy_rest_driver',
            'compute_driver': 'compute_resize_dataplane_driver',
            'network_driver': 'network_resize_dataplane_driver',
            'amphora_delete_retry_interval': 1,
        },
        'haproxy_amphora': {
            'client_cert': client_certificate,
            'server_ca': ca_certificate,
            'connection_max_retries': 240,
            'connection_retry_interval': 1,
            'active_connection_retry_interval': 1,
            'build_retry_interval': 1,
            'rest_request_conn_timeout': 3,
            # The amphorae share this machine's limit of open files.
            'default_connection_limit': 4000,
        },
    }
