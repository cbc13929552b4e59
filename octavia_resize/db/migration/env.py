# SPDX-License-Identifier: Apache-2.0

"""Runs the migrations, on the connection of the configuration."""

from alembic import context

from octavia_resize.db import models

#: Octavia's own migrations keep their version in "alembic_version".
VERSION_TABLE = 'alembic_version_resize'

context.configure(
    connection=context.config.attributes['connection'],
    target_metadata=models.Base.metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
