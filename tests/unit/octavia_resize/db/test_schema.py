# SPDX-License-Identifier: Apache-2.0

"""The table that octavia_resize adds."""

from alembic import autogenerate
from alembic import migration
from octavia.db import base_models
import sqlalchemy as sa

from octavia_resize.db import models
from octavia_resize.db import schema
from tests.unit.octavia_resize import base


class TestSchema(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.engine = sa.create_engine('sqlite://', poolclass=sa.StaticPool)
        base_models.BASE.metadata.create_all(self.engine)
        self.octavia = set(sa.inspect(self.engine).get_table_names())

    def _get_tables(self) -> set[str]:
        return set(sa.inspect(self.engine).get_table_names()) - self.octavia

    def test_upgrade_makes_what_the_models_say(self) -> None:
        schema.upgrade(self.engine)
        schema.upgrade(self.engine)
        self.assertEqual(
            {'load_balancer_resize', 'alembic_version_resize'},
            self._get_tables(),
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

    def test_remove(self) -> None:
        schema.upgrade(self.engine)
        schema.remove(self.engine)
        self.assertEqual({'alembic_version_resize'}, self._get_tables())
