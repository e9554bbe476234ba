"""Every step from an empty database to the tables of today; alembic reads the folder."""
