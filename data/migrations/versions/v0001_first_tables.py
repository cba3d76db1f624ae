"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("display_name", sa.LargeBinary(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.Column("grid_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
        sqlite_strict=True,
    )
    op.create_table(
        "action",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("released_at", sa.Text(), nullable=True),
        sa.Column("released_by", sa.Text(), nullable=True),
        sa.Column("problem", sa.LargeBinary(), nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_action")),
        sa.UniqueConstraint("id", name=op.f("uq_action_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "area",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("wkb", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "code", name=op.f("pk_area")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
        sqlite_strict=True,
    )
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.Column("signed_on", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
        sqlite_strict=True,
    )
    op.create_table(
        "checkpoint",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lon", sa.REAL(), nullable=False),
        sa.Column("lat", sa.REAL(), nullable=False),
        sa.Column("duty_basis", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint")),
        sqlite_strict=True,
    )
    op.create_table(
        "enforcement_case",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("claim_yuan", sa.REAL(), nullable=False),
        sa.Column("filed_on", sa.Text(), nullable=False),
        sa.Column("basis_document", sa.Text(), nullable=True),
        sa.Column("basis_served_on", sa.Text(), nullable=True),
        sa.Column("performance_due_on", sa.Text(), nullable=True),
        sa.Column("notice_sent_on", sa.Text(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("contact_logged_on", sa.Text(), nullable=True),
        sa.Column("paused_until", sa.Text(), nullable=True),
        sa.Column("major_matter", sa.Integer(), nullable=False),
        sa.Column("vulnerable", sa.LargeBinary(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enforcement_case")),
        sa.UniqueConstraint("number", name=op.f("uq_enforcement_case_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "gazetteer_entry",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lon", sa.REAL(), nullable=False),
        sa.Column("lat", sa.REAL(), nullable=False),
        sa.Column("aliases", sa.Text(), nullable=False),
        sa.Column("township", sa.Text(), nullable=True),
        sa.Column("village", sa.Text(), nullable=True),
        sa.Column("road", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gazetteer_entry")),
        sqlite_strict=True,
    )
    op.create_table(
        "grid_liaison",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_liaison")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_grid_liaison_grid_code"), "grid_liaison", ["grid_code"], unique=False)
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        sqlite_strict=True,
    )
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
        sqlite_strict=True,
    )
    op.create_table(
        "station",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lon", sa.REAL(), nullable=False),
        sa.Column("lat", sa.REAL(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sqlite_strict=True,
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("officers", sa.Integer(), nullable=False),
        sa.Column("skills", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("lon", sa.REAL(), nullable=False),
        sa.Column("lat", sa.REAL(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sqlite_strict=True,
    )
    op.create_table(
        "checkpoint_hours",
        sa.Column("checkpoint_id", sa.Text(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start_s", sa.Integer(), nullable=False),
        sa.Column("end_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoint.id"], name=op.f("fk_checkpoint_hours_checkpoint_id")
        ),
        sa.PrimaryKeyConstraint(
            "checkpoint_id", "weekday", "start_s", name=op.f("pk_checkpoint_hours")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "debtor",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("name_hash", sa.Text(), nullable=False),
        sa.Column("id_number", sa.LargeBinary(), nullable=True),
        sa.Column("id_number_hash", sa.Text(), nullable=True),
        sa.Column("identifiers", sa.Text(), nullable=False),
        sa.Column("needs_female_officer", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["enforcement_case.id"], name=op.f("fk_debtor_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_debtor")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_debtor_case_id"), "debtor", ["case_id"], unique=False)
    op.create_index(op.f("ix_debtor_id_number_hash"), "debtor", ["id_number_hash"], unique=False)
    op.create_index(op.f("ix_debtor_name_hash"), "debtor", ["name_hash"], unique=False)
    op.create_table(
        "quarantined_row",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("cells", sa.LargeBinary(), nullable=False),
        sa.Column("cells_hash", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batch.id"], name=op.f("fk_quarantined_row_batch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_row")),
        sa.UniqueConstraint("kind", "cells_hash", name=op.f("uq_quarantined_row_kind_cells_hash")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_quarantined_row_batch_id"), "quarantined_row", ["batch_id"], unique=False
    )
    op.create_table(
        "share",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["action_id"], ["action.id"], name=op.f("fk_share_action_id")),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], name=op.f("fk_share_station_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_share_action_id"), "share", ["action_id"], unique=False)
    op.create_index(
        op.f("ix_share_station_id_expires_at"), "share", ["station_id", "expires_at"], unique=False
    )
    op.create_table(
        "station_hours",
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start_s", sa.Integer(), nullable=False),
        sa.Column("end_s", sa.Integer(), nullable=False),
        sa.Column("officers", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_id"], ["station.id"], name=op.f("fk_station_hours_station_id")
        ),
        sa.PrimaryKeyConstraint("station_id", "weekday", "start_s", name=op.f("pk_station_hours")),
        sqlite_strict=True,
    )
    op.create_table(
        "support_request",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("action_id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.Text(), nullable=False),
        sa.Column("ends_at", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("proposed_starts_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["action_id"], ["action.id"], name=op.f("fk_support_request_action_id")
        ),
        sa.ForeignKeyConstraint(
            ["station_id"], ["station.id"], name=op.f("fk_support_request_station_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_request")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_support_request_action_id"), "support_request", ["action_id"], unique=False
    )
    op.create_index(
        op.f("ix_support_request_station_id"), "support_request", ["station_id"], unique=False
    )
    op.create_table(
        "team_hours",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start_s", sa.Integer(), nullable=False),
        sa.Column("end_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_hours_team_id")),
        sa.PrimaryKeyConstraint("team_id", "weekday", "start_s", name=op.f("pk_team_hours")),
        sqlite_strict=True,
    )
    op.create_table(
        "address_claim",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("debtor_id", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("text_hash", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("seen_on", sa.Text(), nullable=False),
        sa.Column("basis", sa.LargeBinary(), nullable=True),
        sa.Column("identifiers", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["debtor_id"], ["debtor.id"], name=op.f("fk_address_claim_debtor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_claim")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_address_claim_debtor_id"), "address_claim", ["debtor_id"], unique=False
    )
    op.create_index(
        op.f("ix_address_claim_text_hash"), "address_claim", ["text_hash"], unique=False
    )
    op.create_table(
        "lead",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("debtor_id", sa.Text(), nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=True),
        sa.Column("band", sa.Text(), nullable=True),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["address_claim.id"], name=op.f("fk_lead_claim_id")),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_lead_debtor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_lead_claim_id"), "lead", ["claim_id"], unique=False)
    op.create_index(op.f("ix_lead_debtor_id"), "lead", ["debtor_id"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("band", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["address_claim.id"], name=op.f("fk_outcome_claim_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_outcome_claim_id"), "outcome", ["claim_id"], unique=False)
    op.create_table(
        "place",
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("lon", sa.REAL(), nullable=False),
        sa.Column("lat", sa.REAL(), nullable=False),
        sa.Column("precision", sa.Text(), nullable=False),
        sa.Column("confidence", sa.REAL(), nullable=False),
        sa.Column("township_code", sa.Text(), nullable=True),
        sa.Column("grid_code", sa.Text(), nullable=True),
        sa.Column("station_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["address_claim.id"], name=op.f("fk_place_claim_id")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_place")),
        sqlite_strict=True,
    )
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_entry_no_{act.lower()} BEFORE {act} ON audit_entry "
            "BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END"
        )


def downgrade() -> None:
    op.drop_table("place")
    op.drop_index(op.f("ix_outcome_claim_id"), table_name="outcome")
    op.drop_table("outcome")
    op.drop_index(op.f("ix_lead_debtor_id"), table_name="lead")
    op.drop_index(op.f("ix_lead_claim_id"), table_name="lead")
    op.drop_table("lead")
    op.drop_index(op.f("ix_address_claim_text_hash"), table_name="address_claim")
    op.drop_index(op.f("ix_address_claim_debtor_id"), table_name="address_claim")
    op.drop_table("address_claim")
    op.drop_table("team_hours")
    op.drop_index(op.f("ix_support_request_station_id"), table_name="support_request")
    op.drop_index(op.f("ix_support_request_action_id"), table_name="support_request")
    op.drop_table("support_request")
    op.drop_table("station_hours")
    op.drop_index(op.f("ix_share_station_id_expires_at"), table_name="share")
    op.drop_index(op.f("ix_share_action_id"), table_name="share")
    op.drop_table("share")
    op.drop_index(op.f("ix_quarantined_row_batch_id"), table_name="quarantined_row")
    op.drop_table("quarantined_row")
    op.drop_index(op.f("ix_debtor_name_hash"), table_name="debtor")
    op.drop_index(op.f("ix_debtor_id_number_hash"), table_name="debtor")
    op.drop_index(op.f("ix_debtor_case_id"), table_name="debtor")
    op.drop_table("debtor")
    op.drop_table("checkpoint_hours")
    op.drop_table("team")
    op.drop_table("station")
    op.drop_table("setting")
    op.drop_table("import_batch")
    op.drop_index(op.f("ix_grid_liaison_grid_code"), table_name="grid_liaison")
    op.drop_table("grid_liaison")
    op.drop_table("gazetteer_entry")
    op.drop_table("enforcement_case")
    op.drop_table("checkpoint")
    op.drop_table("calendar_day")
    op.drop_table("audit_entry")
    op.drop_table("area")
    op.drop_table("action")
    op.drop_table("account")
