"""What the live room needs: check-ins, alarms taken on, messages, and stations' duty telephones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import TEXT

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("station", sa.Column("phone", TEXT, nullable=True))
    op.create_table(
        "check_in_consent",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.Column("given_at", TEXT, nullable=False),
        sa.Column("withdrawn_at", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in_consent")),
        sa.UniqueConstraint("device_id", "day", name=op.f("uq_check_in_consent_device_id_day")),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["field_device.id"],
            name=op.f("fk_check_in_consent_device_id_field_device"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "check_in",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("device_id", TEXT, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("team_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("stop", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("received_at", TEXT, nullable=False),
        sa.Column("position", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["field_device.id"], name=op.f("fk_check_in_device_id_field_device")
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_check_in_device_id"), "check_in", ["device_id"])
    op.create_index(op.f("ix_check_in_day_team_id"), "check_in", ["day", "team_id"])
    op.create_table(
        "alarm_note",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("team_id", TEXT, nullable=False),
        sa.Column("alarm", TEXT, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("by", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarm_note")),
        sa.UniqueConstraint(
            "day", "team_id", "alarm", name=op.f("uq_alarm_note_day_team_id_alarm")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "team_message",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("day", TEXT, nullable=False),
        sa.Column("team_id", TEXT, nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("sent_at", TEXT, nullable=False),
        sa.Column("sent_by", TEXT, nullable=False),
        sa.Column("read_at", TEXT, nullable=True),
        sa.Column("read_by", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_message")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_team_message_day_team_id"), "team_message", ["day", "team_id"])


def downgrade() -> None:
    for table in ("team_message", "alarm_note", "check_in", "check_in_consent"):
        op.drop_table(table)
    op.drop_column("station", "phone")
