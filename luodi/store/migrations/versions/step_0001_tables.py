"""Makes the first tables: answers, feedback, keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None

_PLAIN = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    _make_answers()
    _make_feedback()
    _make_keys()


def _make_answers() -> None:
    op.create_table(
        "answers",
        sa.Column("n", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", _PLAIN, nullable=False, unique=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("model", _PLAIN, nullable=False),
        sa.Column("bundle", _PLAIN, nullable=False),
        sa.Column("tier", _PLAIN, nullable=False),
        sa.Column("text", _PLAIN),
        sa.Column("answers", sa.Text, nullable=False),
        sa.Column("said", _PLAIN, nullable=False),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("abstained", sa.SmallInteger, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("n_tokens", sa.Integer),
        sa.Column("request", _PLAIN, nullable=False),
        sa.Column("corrected", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("n_bytes", sa.Integer, nullable=False),
    )
    op.create_index("answers_by_age", "answers", ["at", "id"])
    op.create_index("answers_to_tidy", "answers", ["corrected", "at", "n_bytes"])


def _make_feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("n", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", _PLAIN, nullable=False, unique=True),
        sa.Column("answer", _PLAIN, sa.ForeignKey("answers.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("head", _PLAIN, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("who", _PLAIN, nullable=False),
    )
    op.create_index("feedback_by_answer", "feedback", ["answer"])


def _make_keys() -> None:
    op.create_table(
        "keys",
        sa.Column("n", _NUMBER, primary_key=True, autoincrement=True),
        sa.Column("name", _PLAIN, nullable=False),
        sa.Column("digest", _PLAIN, nullable=False, unique=True),
        sa.Column("prefix", _PLAIN, nullable=False),
        sa.Column("scopes", _PLAIN, nullable=False),
        sa.Column("per_minute", sa.Integer),
        sa.Column("created", sa.Double, nullable=False),
        sa.Column("revoked", sa.Double),
    )
    in_use = sa.text("revoked IS NULL")
    op.create_index("keys_in_use", "keys", ["name"], unique=True, sqlite_where=in_use, postgresql_where=in_use)


def downgrade() -> None:
    """Take them away, with all that is in them."""
    for table in ("keys", "feedback", "answers"):
        op.drop_table(table)
