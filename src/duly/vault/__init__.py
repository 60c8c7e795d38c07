"""Records sealed per subject, keys, identifiers; opening one writes the use into the ledger."""

from duly.access import Actor
from duly.vault.ciphers import SYSTEM
from duly.vault.keys import FileKeys, KeyService
from duly.vault.sealing import Box, Plain
from duly.vault.subjects import Identifier, Wanted, bucket
from duly.vault.uses import Commitments, Use, Used, commitment
from duly.vault.vault import Permits, Vault

__all__ = [
    "SYSTEM",
    "Actor",
    "Box",
    "Commitments",
    "FileKeys",
    "Identifier",
    "KeyService",
    "Permits",
    "Plain",
    "Use",
    "Used",
    "Vault",
    "Wanted",
    "bucket",
    "commitment",
]
