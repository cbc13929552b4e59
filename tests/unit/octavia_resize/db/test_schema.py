# SPDX-License-Identifier: Apache-2.0

"""The table that octavia_resize adds."""

from octavia.db import base_models
import sqlalchemy as sa

from octavia_resize.db import schema
from tests.unit.octavia_resize import base


class TestCase(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.engine = sa.create_engine('sqlite://', poolclass=sa.StaticPool)
        base_models.BASE.metadata.create_all(self.engine)
        self.octavia = set(sa.inspect(self.engine).get_table_names())

    def get_tables(self) -> set[str]:
        return set(sa.inspect(self.engine).get_table_names()) - self.octavia


class TestSchema(TestCase):
    def test_remove(self) -> None:
        schema.upgrade(self.engine)
        schema.remove(self.engine)
        self.assertEqual({'alembic_version_resize'}, self.get_tables())
