# SPDX-License-Identifier: Apache-2.0

from alembic import autogenerate
from alembic import migration

from octavia_resize.db import models
from octavia_resize.db import schema
from tests.unit.octavia_resize.db import test_schema


class TestModels(test_schema.TestCase):
    def test_upgrade_makes_what_the_models_say(self) -> None:
        schema.upgrade(self.engine)
        schema.upgrade(self.engine)
        self.assertEqual(
            {'load_balancer_resize', 'alembic_version_resize'},
            self.get_tables(),
        )
        with self.engine.connect() as connection:
            context = migration.MigrationContext.configure(
                connection,
                opts={
                    'include_name': lambda name, type_, _: (
                        type_ != 'table' or name == 'load_balancer_resize'
                    )
                },
            )
            self.assertEqual(
                [],
                autogenerate.compare_metadata(context, models.Base.metadata),
            )
