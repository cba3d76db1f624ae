"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data.columns import REAL, TEXT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SAID = "audit entries are never changed"
_GUARDS = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_entry_no_{act.lower()} BEFORE {act} ON audit_entry "
        f"BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
        for act in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE FUNCTION audit_entry_stays() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_SAID}'; END $$",
        *(
            f"CREATE TRIGGER audit_entry_no_{act.lower()} BEFORE {act} ON audit_entry "
            "EXECUTE FUNCTION audit_entry_stays()"
            for act in ("UPDATE", "DELETE", "TRUNCATE")
        ),
    ),
}
"""The table can only grow, whoever is at the database."""
_LEFT = {"sqlite": (), "postgresql": ("DROP FUNCTION audit_entry_stays()",)}
"""What does not go with the table."""


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("username", TEXT, nullable=False),
        sa.Column("password_hash", TEXT, nullable=False),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("display_name", sa.LargeBinary(), nullable=False),
        sa.Column("station_id", TEXT, nullable=True),
        sa.Column("grid_code", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
        sqlite_strict=True,
    )
    op.create_table(
        "action",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("made_at", TEXT, nullable=False),
        sa.Column("made_by", TEXT, nullable=False),
        sa.Column("released_at", TEXT, nullable=True),
        sa.Column("released_by", TEXT, nullable=True),
        sa.Column("problem", sa.LargeBinary(), nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_action")),
        sa.UniqueConstraint("id", name=op.f("uq_action_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "area",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("parent_code", TEXT, nullable=True),
        sa.Column("wkb", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "code", name=op.f("pk_area")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_entry",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("act", TEXT, nullable=False),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("detail", TEXT, nullable=False),
        sa.Column("prev_hash", TEXT, nullable=False),
        sa.Column("hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entry")),
        sqlite_strict=True,
    )
    op.create_table(
        "calendar_day",
        sa.Column("day", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("signed_by", TEXT, nullable=False),
        sa.Column("signed_on", TEXT, nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
        sqlite_strict=True,
    )
    op.create_table(
        "checkpoint",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("lon", REAL, nullable=False),
        sa.Column("lat", REAL, nullable=False),
        sa.Column("duty_basis", TEXT, nullable=True),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint")),
        sqlite_strict=True,
    )
    op.create_table(
        "enforcement_case",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("number", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("claim_yuan", REAL, nullable=False),
        sa.Column("filed_on", TEXT, nullable=False),
        sa.Column("basis_document", TEXT, nullable=True),
        sa.Column("basis_served_on", TEXT, nullable=True),
        sa.Column("performance_due_on", TEXT, nullable=True),
        sa.Column("notice_sent_on", TEXT, nullable=True),
        sa.Column("grade", TEXT, nullable=False),
        sa.Column("contact_logged_on", TEXT, nullable=True),
        sa.Column("paused_until", TEXT, nullable=True),
        sa.Column("major_matter", sa.Integer(), nullable=False),
        sa.Column("vulnerable", sa.LargeBinary(), nullable=True),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enforcement_case")),
        sa.UniqueConstraint("number", name=op.f("uq_enforcement_case_number")),
        sqlite_strict=True,
    )
    op.create_table(
        "gazetteer_entry",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("lon", REAL, nullable=False),
        sa.Column("lat", REAL, nullable=False),
        sa.Column("aliases", TEXT, nullable=False),
        sa.Column("township", TEXT, nullable=True),
        sa.Column("village", TEXT, nullable=True),
        sa.Column("road", TEXT, nullable=True),
        sa.Column("number", TEXT, nullable=True),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gazetteer_entry")),
        sqlite_strict=True,
    )
    op.create_table(
        "grid_liaison",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("grid_code", TEXT, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_liaison")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_grid_liaison_grid_code"), "grid_liaison", ["grid_code"], unique=False)
    op.create_table(
        "import_batch",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("encoding", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
        sqlite_strict=True,
    )
    op.create_table(
        "setting",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
        sqlite_strict=True,
    )
    op.create_table(
        "station",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("lon", REAL, nullable=False),
        sa.Column("lat", REAL, nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_station")),
        sqlite_strict=True,
    )
    op.create_table(
        "team",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("officers", sa.Integer(), nullable=False),
        sa.Column("skills", TEXT, nullable=False),
        sa.Column("profile", TEXT, nullable=False),
        sa.Column("lon", REAL, nullable=False),
        sa.Column("lat", REAL, nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sqlite_strict=True,
    )
    op.create_table(
        "checkpoint_hours",
        sa.Column("checkpoint_id", TEXT, nullable=False),
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
        sa.Column("id", TEXT, nullable=False),
        sa.Column("case_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("name_hash", TEXT, nullable=False),
        sa.Column("id_number", sa.LargeBinary(), nullable=True),
        sa.Column("id_number_hash", TEXT, nullable=True),
        sa.Column("identifiers", TEXT, nullable=False),
        sa.Column("needs_female_officer", sa.Integer(), nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
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
        sa.Column("id", TEXT, nullable=False),
        sa.Column("batch_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("sheet", TEXT, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("cells", sa.LargeBinary(), nullable=False),
        sa.Column("cells_hash", TEXT, nullable=False),
        sa.Column("problems", TEXT, nullable=False),
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
        sa.Column("id", TEXT, nullable=False),
        sa.Column("action_id", TEXT, nullable=False),
        sa.Column("station_id", TEXT, nullable=False),
        sa.Column("expires_at", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("revoked_at", TEXT, nullable=True),
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
        sa.Column("station_id", TEXT, nullable=False),
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
        sa.Column("id", TEXT, nullable=False),
        sa.Column("action_id", TEXT, nullable=False),
        sa.Column("station_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("ref", TEXT, nullable=False),
        sa.Column("starts_at", TEXT, nullable=False),
        sa.Column("ends_at", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("created_by", TEXT, nullable=False),
        sa.Column("answered_at", TEXT, nullable=True),
        sa.Column("answered_by", TEXT, nullable=True),
        sa.Column("proposed_starts_at", TEXT, nullable=True),
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
        sa.Column("team_id", TEXT, nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start_s", sa.Integer(), nullable=False),
        sa.Column("end_s", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_hours_team_id")),
        sa.PrimaryKeyConstraint("team_id", "weekday", "start_s", name=op.f("pk_team_hours")),
        sqlite_strict=True,
    )
    op.create_table(
        "address_claim",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("debtor_id", TEXT, nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("text_hash", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("seen_on", TEXT, nullable=False),
        sa.Column("basis", sa.LargeBinary(), nullable=True),
        sa.Column("identifiers", TEXT, nullable=False),
        sa.Column("expires_on", TEXT, nullable=True),
        sa.Column("content_hash", TEXT, nullable=False),
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
        sa.Column("id", TEXT, nullable=False),
        sa.Column("debtor_id", TEXT, nullable=False),
        sa.Column("source", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", TEXT, nullable=False),
        sa.Column("expires_at", TEXT, nullable=False),
        sa.Column("claim_id", TEXT, nullable=True),
        sa.Column("band", TEXT, nullable=True),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["claim_id"], ["address_claim.id"], name=op.f("fk_lead_claim_id")),
        sa.ForeignKeyConstraint(["debtor_id"], ["debtor.id"], name=op.f("fk_lead_debtor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_lead_claim_id"), "lead", ["claim_id"], unique=False)
    op.create_index(op.f("ix_lead_debtor_id"), "lead", ["debtor_id"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("claim_id", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("band", TEXT, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("content_hash", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["claim_id"], ["address_claim.id"], name=op.f("fk_outcome_claim_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_outcome_claim_id"), "outcome", ["claim_id"], unique=False)
    op.create_table(
        "place",
        sa.Column("claim_id", TEXT, nullable=False),
        sa.Column("lon", REAL, nullable=False),
        sa.Column("lat", REAL, nullable=False),
        sa.Column("precision", TEXT, nullable=False),
        sa.Column("confidence", REAL, nullable=False),
        sa.Column("township_code", TEXT, nullable=True),
        sa.Column("grid_code", TEXT, nullable=True),
        sa.Column("station_id", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["claim_id"], ["address_claim.id"], name=op.f("fk_place_claim_id")),
        sa.PrimaryKeyConstraint("claim_id", name=op.f("pk_place")),
        sqlite_strict=True,
    )
    for statement in _GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


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
    for statement in _LEFT[op.get_bind().dialect.name]:
        op.execute(statement)
