# SPDX-License-Identifier: Apache-2.0

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
    """Create or update the table. Octavia's tables must exist.

    They are not changed.

    :param engine: An engine of Octavia's database.
    """
    _run(engine, 'upgrade', 'head')


def remove(engine: sa.Engine) -> None:
    """Remove the table with the records of all resizes."""
    _run(engine, 'downgrade', 'base')
