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

"""Creation, update and removal of the table of octavia_resize."""

import alembic.command
import alembic.config
import sqlalchemy as sa

SCRIPTS = 'octavia_resize.db:migration'


def _run(engine: sa.Engine, command: str, revision: str) -> None:
    config = alembic.config.Config()
    config.set_main_option('script_location', SCRIPTS)
    with engine.begin() as connection:
        config.attributes['connection'] = connection
        getattr(alembic.command, command)(config, revision)


def upgrade(engine: sa.Engine) -> None:
    """Bring the table up to date; Octavia's tables must be there.

    Nothing of Octavia's is changed.

    :param engine: An engine of Octavia's database.
    """
    _run(engine, 'upgrade', 'head')


def remove(engine: sa.Engine) -> None:
    """Remove the table and all that is known about resizes."""
    _run(engine, 'downgrade', 'base')
