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
