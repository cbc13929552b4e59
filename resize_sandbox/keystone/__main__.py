# SPDX-License-Identifier: Apache-2.0

"""The Keystone process: database, administrator and API.

The administrator's password comes in the environment variable
``OS_BOOTSTRAP_PASSWORD``, as for ``keystone-manage bootstrap``.
"""

import multiprocessing
import os
import sys

from keystone.cmd import bootstrap
from keystone.common import fernet_utils
from keystone.common.sql import upgrades
import keystone.conf
from keystone.server.flask import core

from resize_sandbox import clouds
from resize_sandbox import database
from resize_sandbox import wsgi

CONF = keystone.conf.CONF


def _prepare() -> None:
    """Do the work of keystone-manage, in a process of its own.

    Its bootstrapping sets up Keystone's backends, which a process can do
    only once.
    """
    child = multiprocessing.get_context('fork').Process(target=_initialize)
    child.start()
    child.join()
    if child.exitcode:
        raise SystemExit(child.exitcode)


def _initialize() -> None:
    keys = fernet_utils.FernetUtils(
        CONF.fernet_tokens.key_repository,
        CONF.fernet_tokens.max_active_keys,
        'fernet_tokens',
    )
    keys.create_key_directory()
    if not os.listdir(CONF.fernet_tokens.key_repository):
        keys.initialize_key_repository()
    upgrades.offline_sync_database_to_version()

    strapper = bootstrap.Bootstrapper()
    strapper.admin_username = clouds.ADMIN.name
    strapper.admin_password = os.environ['OS_BOOTSTRAP_PASSWORD']
    strapper.project_name = clouds.ADMIN.project
    (strapper.admin_role_name,) = clouds.ADMIN.roles
    strapper.immutable_roles = True
    strapper.region_id = clouds.REGION
    strapper.service_name = 'keystone'
    strapper.public_url = f'{CONF.public_endpoint}/v3'
    strapper.internal_url = strapper.public_url
    strapper.bootstrap()


def main() -> None:
    """Run until SIGTERM."""
    arguments = wsgi.parse_arguments()
    database.install()
    # Keystone parses the arguments of the process itself.
    del sys.argv[1:]
    application = core.initialize_application(
        name='public',
        config_files=[arguments.config_file],
        post_log_configured_function=_prepare,
    )
    wsgi.serve(application, arguments)


if __name__ == '__main__':
    main()
