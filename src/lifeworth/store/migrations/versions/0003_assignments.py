"""Who is assigned to which customers, in which team, and how many customers a person sees."""

import sqlalchemy as sa
from alembic import op

import lifeworth.store.tables

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("sees", sa.String(length=10), nullable=False, server_default="all"))
    op.create_table(
        "assignments",
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_assignments_user_id")),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_assignments")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignments_user_id"), ["user_id"], unique=False)
    op.create_table(
        "assignment_batches",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unmatched", sa.JSON(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", lifeworth.store.tables.Moment(), nullable=False),
        sa.Column("applied_at", lifeworth.store.tables.Moment(), nullable=True),
        sa.Column("undone_at", lifeworth.store.tables.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_batches")),
    )
    op.create_table(
        "assignment_changes",
        sa.Column("batch_id", sa.String(length=40), nullable=False),
        sa.Column("ref", sa.String(length=16), nullable=False),
        sa.Column("before", sa.String(length=40), nullable=True),
        sa.Column("after", sa.String(length=40), nullable=True),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["assignment_batches.id"], name=op.f("fk_assignment_changes_batch_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", "ref", name=op.f("pk_assignment_changes")),
    )
    with op.batch_alter_table("assignment_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_changes_ref"), ["ref"], unique=False)


def downgrade() -> None:
    op.drop_table("assignment_changes")
    op.drop_table("assignment_batches")
    op.drop_table("assignments")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("sees")
        batch_op.drop_column("team")
