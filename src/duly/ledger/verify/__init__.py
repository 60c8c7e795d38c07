"""The independent verifier: it shares no line with the writer of the log, and trusts nothing that it reads.

It needs the standard library and `cryptography`; `database` also needs an open SQLAlchemy connection. What is
malformed, missing or wrong raises `ProofError`; `whole_log` gathers what it found in a `Verdict`.
"""

from duly.ledger.verify.bulk import bulk_uses
from duly.ledger.verify.database import DatabaseLog
from duly.ledger.verify.directory import DirectoryLog
from duly.ledger.verify.notes import Head, PublicKey, open_checkpoint, open_note, said_by, signers
from duly.ledger.verify.proofs import ProofError, consistency, inclusion
from duly.ledger.verify.receipts import Receipt, check_receipt
from duly.ledger.verify.whole import Finding, StoredLog, Verdict, whole_log

__all__ = [
    "DatabaseLog",
    "DirectoryLog",
    "Finding",
    "Head",
    "ProofError",
    "PublicKey",
    "Receipt",
    "StoredLog",
    "Verdict",
    "bulk_uses",
    "check_receipt",
    "consistency",
    "inclusion",
    "open_checkpoint",
    "open_note",
    "said_by",
    "signers",
    "whole_log",
]
