"""What the policies permit, as PostgreSQL's row-level security asks it; written by the tables' owner only.

`mark` is the digest of the policies that permit it, and of whom they could be asked about.
"""

from __future__ import annotations

from sqlalchemy import Column, String, Table

from duly.store.metadata import metadata

access_permit = Table(
    "access_permit",
    metadata,
    Column("organisation", String, primary_key=True),
    Column("kind", String, primary_key=True),  # system, officer
    Column("role", String, primary_key=True),
    Column("purpose", String, primary_key=True),
    Column("legal_basis", String, primary_key=True),
    Column("relation", String, primary_key=True),
    Column("state", String, primary_key=True),
    Column("category", String, primary_key=True),
    Column("mark", String, primary_key=True),
)
