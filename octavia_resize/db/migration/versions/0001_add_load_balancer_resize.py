# SPDX-License-Identifier: Apache-2.0

"""Add the table load_balancer_resize."""

from typing import Any

from alembic import op
import sqlalchemy as sa

revision = '0001'
down_revision = None


def _get_charset() -> dict[str, Any]:
    """Return the character set of Octavia's table, which keys refer to.

    MySQL makes no foreign key between columns of different ones, and that of
    the database may be another.
    """
    connection = op.get_bind()
    if connection.dialect.name != 'mysql':
        return {}
    charset, collation = connection.execute(
        sa.text(
            'SELECT character_set_name, collation_name '
            'FROM information_schema.columns WHERE table_schema = DATABASE() '
            "AND table_name = 'flavor' AND column_name = 'id'"
        )
    ).one()
    return {'mysql_charset': charset, 'mysql_collate': collation}


def upgrade() -> None:
    op.create_table(
        'load_balancer_resize',
        sa.Column(
            'load_balancer_id',
            sa.String(36),
            sa.ForeignKey(
                'load_balancer.id',
                name='fk_load_balancer_resize_load_balancer_id',
                ondelete='CASCADE',
            ),
            primary_key=True,
        ),
        sa.Column('id', sa.String(36), nullable=False, unique=True),
        sa.Column('operation', sa.String(16), nullable=False),
        sa.Column('project_id', sa.String(36)),
        sa.Column('state', sa.String(16), nullable=False, index=True),
        sa.Column('phase', sa.String(16)),
        sa.Column('owner', sa.String(255), index=True),
        sa.Column('runner', sa.String(36)),
        sa.Column('previous_status', sa.String(16), nullable=False),
        sa.Column('previous_flavor_id', sa.String(36)),
        sa.Column('new_flavor_id', sa.String(36)),
        sa.Column(
            'pinned_flavor_id',
            sa.String(36),
            sa.ForeignKey(
                'flavor.id', name='fk_load_balancer_resize_flavor_id'
            ),
        ),
        sa.Column('amphorae', sa.JSON, nullable=False),
        sa.Column('new_amphorae', sa.JSON, nullable=False),
        sa.Column('ready', sa.JSON, nullable=False),
        sa.Column('amphorae_to_build', sa.Integer, nullable=False),
        sa.Column('drain_seconds', sa.Integer, nullable=False),
        sa.Column('one_by_one', sa.Boolean, nullable=False),
        sa.Column('replaced', sa.JSON, nullable=False),
        sa.Column('retired', sa.JSON, nullable=False),
        sa.Column('standby_id', sa.String(36)),
        sa.Column('heartbeat', sa.Integer, nullable=False),
        sa.Column('beaten_at', sa.DateTime),
        sa.Column('reason', sa.Text),
        sa.Column('detail', sa.Text),
        sa.Column('request_id', sa.String(255)),
        sa.Column('created_at', sa.DateTime, nullable=False),
        sa.Column('updated_at', sa.DateTime, nullable=False),
        sa.Index(
            'ix_load_balancer_resize_project', 'project_id', 'created_at', 'id'
        ),
        sa.Index('ix_load_balancer_resize_created', 'created_at', 'id'),
        **_get_charset(),
    )


def downgrade() -> None:
    op.drop_table('load_balancer_resize')
