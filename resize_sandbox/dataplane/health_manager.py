# SPDX-License-Identifier: Apache-2.0
"""Octavia's health manager on SQLite."""

from octavia.cmd import health_manager
from oslo_config import cfg

from resize_sandbox import database


def main() -> None:
    """Run until SIGTERM."""
    database.install()
    # SQLAlchemy's pool for SQLite refuses Octavia's default.
    cfg.CONF.set_override('pool_timeout', None, group='database')
    health_manager.main()


if __name__ == '__main__':
    main()
