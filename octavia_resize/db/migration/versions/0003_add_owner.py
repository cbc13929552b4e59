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


"""Say who runs a resize, what it is at, and what it has built.

The record is bound to its load balancer: it goes with the load balancer.
"""

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'

_TABLE = 'load_balancer_resize'
_FOREIGN_KEY = 'fk_load_balancer_resize_load_balancer_id'
_INDEX = 'ix_load_balancer_resize_owner'


def upgrade() -> None:
    op.execute(
        'DELETE FROM load_balancer_resize WHERE load_balancer_id NOT IN '
        '(SELECT id FROM load_balancer)'
    )
    with op.batch_alter_table(_TABLE) as table:
        table.add_column(sa.Column('owner', sa.String(255)))
        table.add_column(sa.Column('phase', sa.String(16)))
        table.add_column(sa.Column('beaten_at', sa.DateTime))
        table.add_column(sa.Column('built', sa.JSON))
        table.add_column(
            sa.Column(
                'amphorae_built',
                sa.Integer,
                nullable=False,
                server_default='0',
            )
        )
        table.add_column(
            sa.Column(
                'amphorae_to_build',
                sa.Integer,
                nullable=False,
                server_default='0',
            )
        )
    op.execute("UPDATE load_balancer_resize SET built = '[]'")
    with op.batch_alter_table(_TABLE) as table:
        table.alter_column('built', existing_type=sa.JSON, nullable=False)
        table.create_index(_INDEX, ['owner'])
        table.create_foreign_key(
            _FOREIGN_KEY,
            'load_balancer',
            ['load_balancer_id'],
            ['id'],
            ondelete='CASCADE',
        )


def downgrade() -> None:
    with op.batch_alter_table(_TABLE) as table:
        table.drop_constraint(_FOREIGN_KEY, type_='foreignkey')
        table.drop_index(_INDEX)
        for column in (
            'amphorae_to_build',
            'amphorae_built',
            'built',
            'beaten_at',
            'phase',
            'owner',
        ):
            table.drop_column(column)
