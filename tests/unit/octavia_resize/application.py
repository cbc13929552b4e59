# SPDX-License-Identifier: Apache-2.0

"""A real Octavia in the test process: API, database and flows.

Only what Octavia talks to is replaced, by the drivers of the sandbox.
"""

import atexit
from collections.abc import Callable
import pathlib
import shutil
import tempfile
from typing import Any
from unittest import mock

from octavia.certificates.generator import local
from octavia.db import api as db_api
from oslo_config import cfg

from octavia_resize.api import app
from octavia_resize.db import schema
from resize_sandbox import database
from resize_sandbox.octavia import certificates
from resize_sandbox.octavia import images
from resize_sandbox.octavia import options
from resize_sandbox.octavia import schema as octavia_schema

_CONFIG = """
[DEFAULT]
transport_url = fake://
log_file = {directory}/octavia.log
[api_settings]
auth_strategy = testing
enabled_provider_drivers = amphora:a, amphorav2:a, octavia:a, noop_driver:n
[database]
connection = sqlite:///{directory}/octavia.db
[resize_sandbox]
cloud_database = {directory}/cloud.db
[oslo_concurrency]
lock_path = {directory}
[oslo_policy]
policy_file = {directory}/policy.yaml
[certificates]
cert_manager = noop_cert_manager
ca_certificate = {directory}/ca.pem
ca_private_key = {directory}/ca.key
ca_private_key_passphrase = passphrase
server_certs_key_passphrase = insecure-key-do-not-use-this-key
[controller_worker]
amphora_driver = amphora_noop_driver
compute_driver = compute_resize_sandbox_driver
network_driver = network_resize_sandbox_driver
image_driver = image_noop_driver
amp_image_tag = amphora
volume_driver = volume_noop_driver
client_ca = {directory}/ca.pem
amp_boot_network_list = 00000000-0000-0000-0000-00000000000a
amp_active_wait_sec = 1
amp_active_retries = 3
amphora_delete_retries = 1
amphora_delete_retry_interval = 1
event_notifications = True
[haproxy_amphora]
api_db_commit_retry_attempts = 3
api_db_commit_retry_initial_delay = 1
api_db_commit_retry_max = 1
[oslo_messaging_notifications]
driver = test
[health_manager]
heartbeat_key = key
"""

_application: Callable[..., Any] | None = None


def get() -> Callable[..., Any]:
    """Start Octavia once in this process, on a database of its own."""
    global _application
    if _application is None:
        directory = pathlib.Path(tempfile.mkdtemp(prefix='octavia-resize-'))
        atexit.register(shutil.rmtree, directory, ignore_errors=True)
        certificate, key = certificates.create_ca('passphrase')
        (directory / 'ca.pem').write_bytes(certificate)
        (directory / 'ca.key').write_bytes(key)
        config_file = directory / 'octavia.conf'
        config_file.write_text(_CONFIG.format(directory=directory))
        database.install()
        options.register(cfg.CONF)
        images.install()
        _application = app.setup_app(
            argv=['octavia', '--config-file', str(config_file)]
        )
        # oslo.db passes it to a pool that SQLite does not have.
        cfg.CONF.set_override('pool_timeout', None, group='database')
        octavia_schema.create_tables(db_api.get_engine())
        schema.upgrade(db_api.get_engine())
        _use_one_certificate()
    return _application


def _use_one_certificate() -> None:
    """Give all amphorae the same key: to make one takes a while."""
    generator = local.LocalCertGenerator
    made = generator.generate_cert_key_pair(cn='amphora', validity=3600)
    mock.patch.object(
        generator, 'generate_cert_key_pair', autospec=True, return_value=made
    ).start()
