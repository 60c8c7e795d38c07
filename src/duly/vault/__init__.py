"""Records sealed per subject, keys, identifiers; opening one writes the use into the ledger."""

from duly.access import Actor
from duly.vault.bulk import Path
from duly.vault.ciphers import SYSTEM
from duly.vault.departments import Department, Departments, known_by, scheme_of, spelled, spoken
from duly.vault.file_keys import FileKeys
from duly.vault.key_service import RemoteKeys, open_keys, serving
from duly.vault.keys import KeyService, KeyStore
from duly.vault.opening import Opening, Sealed, digest
from duly.vault.receipts import InMany, receipt
from duly.vault.reported import Made
from duly.vault.sealing import Box, Plain
from duly.vault.shared import Shared
from duly.vault.subjects import Identifier, Wanted, bucket
from duly.vault.uses import Acting, Commitments, InBulk, Reported, Seal, Use, Used, commitment
from duly.vault.vault import Permits, Vault

__all__ = [
    "SYSTEM",
    "Acting",
    "Actor",
    "Box",
    "Commitments",
    "Department",
    "Departments",
    "FileKeys",
    "Identifier",
    "InBulk",
    "InMany",
    "KeyService",
    "KeyStore",
    "Made",
    "Opening",
    "Path",
    "Permits",
    "Plain",
    "RemoteKeys",
    "Reported",
    "Seal",
    "Sealed",
    "Shared",
    "Use",
    "Used",
    "Vault",
    "Wanted",
    "bucket",
    "commitment",
    "digest",
    "known_by",
    "open_keys",
    "receipt",
    "scheme_of",
    "serving",
    "spelled",
    "spoken",
]
