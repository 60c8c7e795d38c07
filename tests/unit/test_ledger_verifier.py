"""The verifier stands alone, refuses every malformed proof, and reads logs that others have written."""

import ast
import json
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

import duly.ledger.verify
from duly.ledger import Signer
from duly.ledger.tree import leaf_hash, node_hash
from duly.ledger.verify import DirectoryLog, ProofError, PublicKey, Verdict, consistency, inclusion, whole_log

SHARED = Path(__file__).resolve().parents[3] / "shared" / "standards" / "tlog"
TESSERA = SHARED / "tessera-log" / "testdata" / "log"

A, B, C = (leaf_hash(letter) for letter in (b"a", b"b", b"c"))
AB = node_hash(A, B)
ROOT = node_hash(AB, C)
IN: dict[str, Any] = {"leaf_hash": A, "index": 0, "size": 3, "proof": [B, C], "root": ROOT}
ON: dict[str, Any] = {"size1": 2, "root1": AB, "size2": 3, "root2": ROOT, "proof": [C]}


def test_the_verifier_imports_nothing_of_the_writer() -> None:
    allowed = {*sys.stdlib_module_names, "cryptography", "sqlalchemy"}
    for file in Path(duly.ledger.verify.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [node.module or ""]
            for name in names:
                assert name.startswith("duly.ledger.verify.") or name.split(".")[0] in allowed, (
                    f"{file}: {name}"
                )


def test_right_proofs_pass() -> None:
    inclusion(**IN)
    inclusion(leaf_hash=C, index=2, size=3, proof=(AB,), root=ROOT)
    inclusion(leaf_hash=A, index=0, size=1, proof=[], root=A)
    consistency(**ON)
    consistency(size1=1, root1=A, size2=3, root2=ROOT, proof=[B, C])
    consistency(size1=3, root1=ROOT, size2=3, root2=ROOT, proof=[])


HASH_FAULTS: list[tuple[Any, str]] = [
    (b"", "0 bytes"),
    (A[:31], "31 bytes"),
    (A + b"\0", "33 bytes"),
    (bytearray(A), "bytearray"),
    (A.hex(), "str"),
    (None, "NoneType"),
    (0, "int"),
]
NUMBER_FAULTS: list[tuple[Any, str]] = [
    (-1, "outside"),
    (True, "bool"),
    (False, "bool"),
    (1.0, "float"),
    ("1", "str"),
    (None, "NoneType"),
    (2**63, "outside"),
]
LIST_FAULTS: list[tuple[Any, str]] = [
    (B + C, "bytes, not a list"),
    (None, "NoneType, not a list"),
    (iter([B, C]), "not a list"),
    ({B: C}, "dict, not a list"),
]


@pytest.mark.parametrize(("wrong", "said"), HASH_FAULTS)
def test_a_hash_has_32_bytes(wrong: Any, said: str) -> None:
    for name in ("leaf_hash", "root"):
        with pytest.raises(ProofError, match=said):
            inclusion(**{**IN, name: wrong})
    for name in ("root1", "root2"):
        with pytest.raises(ProofError, match=said):
            consistency(**{**ON, name: wrong})
    proofs: list[Any] = [[wrong, C], [B, wrong]]
    for proof in proofs:
        with pytest.raises(ProofError, match=said):
            inclusion(**{**IN, "proof": proof})
    with pytest.raises(ProofError, match=said):
        consistency(**{**ON, "proof": proofs[1][1:]})


@pytest.mark.parametrize(("wrong", "said"), NUMBER_FAULTS)
def test_a_number_is_a_whole_number_in_range(wrong: Any, said: str) -> None:
    for name in ("index", "size"):
        with pytest.raises(ProofError, match=said):
            inclusion(**{**IN, name: wrong})
    for name in ("size1", "size2"):
        with pytest.raises(ProofError, match=said):
            consistency(**{**ON, name: wrong})


@pytest.mark.parametrize(("wrong", "said"), LIST_FAULTS)
def test_a_proof_is_a_list(wrong: Any, said: str) -> None:
    with pytest.raises(ProofError, match=said):
        inclusion(**{**IN, "proof": wrong})
    with pytest.raises(ProofError, match=said):
        consistency(**{**ON, "proof": wrong})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"size": 0}, "empty tree"),
        ({"index": 3}, "outside a tree of 3"),
        ({"index": 2**62}, "outside a tree"),
        ({"index": 1}, "leads to"),
        ({"index": 2}, "more hashes"),
        ({"size": 2}, "more hashes"),
        ({"size": 5}, "fewer hashes"),
        ({"proof": [C, B]}, "leads to"),
        ({"proof": [B]}, "fewer hashes"),
        ({"proof": []}, "fewer hashes"),
        ({"proof": [B, C, C]}, "more hashes"),
        ({"leaf_hash": B}, "leads to"),
        ({"root": AB}, "leads to"),
    ],
)
def test_a_wrong_inclusion_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ProofError, match=said):
        inclusion(**{**IN, **change})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"size1": 0}, "empty tree"),
        ({"size2": 0}, "empty tree"),
        ({"size1": 4}, "cannot be the beginning"),
        ({"size1": 3}, "need no proof"),
        ({"size1": 3, "proof": []}, "leads to"),
        ({"proof": []}, "fewer hashes"),
        ({"size1": 3, "size2": 5, "proof": []}, "empty"),
        ({"proof": [C, C]}, "more hashes"),
        ({"proof": [B]}, "root2 is"),
        ({"root1": A}, "leads to"),
        ({"root2": AB}, "root2 is"),
        ({"size1": 1}, "fewer hashes"),
    ],
)
def test_a_wrong_consistency_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ProofError, match=said):
        consistency(**{**ON, **change})


@pytest.mark.skipif(not TESSERA.is_dir(), reason=f"the log that Tessera wrote is not there: {TESSERA}")
class TestTessera:
    """A log of 15 entries written by transparency-dev/tessera, with every partial tile on the way."""

    def verdict(self) -> Verdict:
        known = json.loads((SHARED / "note-kat.json").read_text(encoding="utf-8"))
        return whole_log(DirectoryLog(TESSERA), [PublicKey.parse(known["tessera_log_vkey"])])

    def test_it_verifies(self) -> None:
        verdict = self.verdict()
        assert verdict.sound, verdict.findings
        assert (verdict.entries, verdict.checkpoints) == (15, 17)
        assert verdict.head
        assert verdict.head.origin == "example.com/log/testdata"

    def test_with_another_key_it_does_not(self) -> None:
        verdict = whole_log(DirectoryLog(TESSERA), [PublicKey.parse(Signer.generate("x").public_keys()[0])])
        assert verdict.wrong == 18
        assert verdict.head is None


def write_log(
    directory: Path, notes: dict[str, bytes], entries: bytes, tile: bytes, width: int
) -> DirectoryLog:
    for name, content in {
        **notes,
        f"tile/entries/000.p/{width}": entries,
        f"tile/0/000.p/{width}": tile,
    }.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(content)
    return DirectoryLog(directory)


SIGNER = Signer.from_seed("duly.example/log", bytes(32))
KEYS = [PublicKey.parse(key) for key in SIGNER.public_keys()]
ENTRIES = b"\0\1a\0\1b\0\1c"


def note(
    size: int, root: bytes, *, time: int = 100, origin: str = "duly.example/log", signer: Signer = SIGNER
) -> bytes:
    text = f"{origin}\n{size}\n{b64encode(root).decode()}\n"
    return f"{text}\n{signer.sign(text)}{signer.sign_at(text, time)}".encode()


def found(log: DirectoryLog, *kept: bytes) -> list[str]:
    verdict = whole_log(log, KEYS, kept=[(f"kept {at}", one) for at, one in enumerate(kept)])
    assert len(verdict.findings) == min(verdict.wrong, 20)
    return [f"{finding.where}: {finding.what}" for finding in verdict.findings]


def test_a_small_log_of_ones_own_verifies(tmp_path: Path) -> None:
    log = write_log(
        tmp_path, {"checkpoint": note(3, ROOT), "checkpoint.2": note(2, AB)}, ENTRIES, A + B + C, 3
    )
    assert found(log, note(1, A), note(3, ROOT)) == []


def test_a_log_that_was_rolled_back_or_forked_is_found_by_what_was_kept(tmp_path: Path) -> None:
    log = write_log(tmp_path, {"checkpoint": note(3, ROOT)}, ENTRIES, A + B + C, 3)
    assert found(log, note(9, ROOT)) == ["kept 0: rolled back: it signs 9 entries, and 3 are there"]
    assert found(log, note(2, A)) == ["kept 0: it signs another root than the first 2 entries have"]
    assert found(log, note(3, AB)) == ["kept 0: it signs another root than the first 3 entries have"]
    assert found(log, note(2, AB, origin="x")) == ["kept 0: it is of the log 'x', not of 'duly.example/log'"]
    assert "has not signed it" in found(log, note(2, AB, signer=Signer.generate("x")))[0]


@pytest.mark.parametrize(
    ("notes", "entries", "tile", "said"),
    [
        (
            {"checkpoint": note(2, AB), "checkpoint.3": note(3, ROOT)},
            ENTRIES,
            A + B + C,
            "rolled back: it signs 2",
        ),
        ({"checkpoint": note(2, AB)}, ENTRIES, A + B + C, "1 after the last checkpoint are not signed"),
        (
            {"checkpoint": note(3, ROOT, time=99), "checkpoint.2": note(2, AB)},
            ENTRIES,
            A + B + C,
            "at second 99",
        ),
        ({"checkpoint": note(3, ROOT), "checkpoint.1": note(2, AB)}, ENTRIES, A + B + C, "size in its name"),
        ({}, ENTRIES, A + B + C, "there is no file named checkpoint"),
        ({"checkpoint": note(3, ROOT)}, ENTRIES, A + C + B, "hash 1 is not the one"),
        ({"checkpoint": note(3, ROOT)}, ENTRIES, A + B, "64|bytes instead of 96"),
        ({"checkpoint": note(3, ROOT)}, ENTRIES[:-1], A + B + C, "each led by its length"),
        ({"checkpoint": note(3, ROOT)}, ENTRIES + b"\0", A + B + C, "each led by its length"),
        ({"checkpoint": note(3, ROOT)}, b"\0\1a\0\1c\0\1b", A + B + C, "another root"),
        ({"checkpoint": note(3, ROOT), "tile/0/001": A}, ENTRIES, A + B + C, "tile/0/001: it has no place"),
        ({"checkpoint": note(3, ROOT), "tile/notes": A}, ENTRIES, A + B + C, "tile/notes: it has no place"),
        (
            {"checkpoint": note(3, ROOT), "tile/0/000.p/2": A + C},
            ENTRIES,
            A + B + C,
            "tile/0/000.p/2: hash 1",
        ),
        (
            {"checkpoint": note(3, ROOT), "tile/entries/000.p/1": b"\0\1b"},
            ENTRIES,
            A + B + C,
            "tile/entries/000.p/1: it is not the beginning",
        ),
    ],
)
def test_what_is_wrong_with_a_stored_log_is_said(
    tmp_path: Path, notes: dict[str, bytes], entries: bytes, tile: bytes, said: str
) -> None:
    said_there = found(write_log(tmp_path, notes, entries, tile, 3))
    assert any(part in line for line in said_there for part in said.split("|")), said_there


def test_a_missing_tile_is_found(tmp_path: Path) -> None:
    log = write_log(tmp_path, {"checkpoint": note(3, ROOT)}, ENTRIES, A + B + C, 3)
    (tmp_path / "tile/0/000.p/3").unlink()
    assert found(log) == ["tile 0/0: not stored to its width of 3"]
