"""The tables: answers, what was said of them, keys. Asks for SQLAlchemy, so whoever needs it imports it late."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)

#: Text that is compared sign by sign, whatever the language of the database.
_PLAIN = Text().with_variant(Text(collation="C"), "postgresql")
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")

METADATA = MetaData()

ANSWERS = Table(
    "answers",
    METADATA,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", _PLAIN, nullable=False, unique=True),
    Column("at", Double, nullable=False),
    Column("model", _PLAIN, nullable=False),
    Column("bundle", _PLAIN, nullable=False),
    Column("tier", _PLAIN, nullable=False),
    Column("text", _PLAIN),
    Column("answers", Text, nullable=False),  # JSON
    Column("said", _PLAIN, nullable=False),  # heads with their labels, for searching and counting
    Column("probability", Double, nullable=False),
    Column("abstained", SmallInteger, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("n_tokens", Integer),
    Column("request", _PLAIN, nullable=False),
    Column("corrected", SmallInteger, nullable=False, server_default=text("0")),
    Column("n_bytes", Integer, nullable=False),
    Index("answers_by_age", "at", "id"),
    Index("answers_to_tidy", "corrected", "at", "n_bytes"),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", _PLAIN, nullable=False, unique=True),
    Column("answer", _PLAIN, ForeignKey("answers.id", ondelete="CASCADE"), nullable=False),
    Column("at", Double, nullable=False),
    Column("head", _PLAIN, nullable=False),
    Column("label", Text, nullable=False),  # JSON
    Column("who", _PLAIN, nullable=False),
    Index("feedback_by_answer", "answer"),
)

KEYS = Table(
    "keys",
    METADATA,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("name", _PLAIN, nullable=False),
    Column("digest", _PLAIN, nullable=False, unique=True),
    Column("prefix", _PLAIN, nullable=False),
    Column("scopes", _PLAIN, nullable=False),
    Column("per_minute", Integer),
    Column("created", Double, nullable=False),
    Column("revoked", Double),
    Index(
        "keys_in_use",
        "name",
        unique=True,
        sqlite_where=text("revoked IS NULL"),
        postgresql_where=text("revoked IS NULL"),
    ),
)
