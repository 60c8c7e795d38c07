"""A witness cosigns what is shown to have grown from what it cosigned last, and refuses all else."""

from __future__ import annotations

import http.client
import json
import os
import stat
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from threading import Thread

import pytest

from duly.errors import BadInput, Conflict, OurFault
from duly.ledger import Signer
from duly.ledger.tiles import Edge, grow, hashes_of
from duly.ledger.tree import EMPTY_ROOT, consistency_ranges, leaf_hash
from duly.ledger.verify import PublicKey, open_checkpoint
from duly.witness import Cosigner, Records, Witness, server
from duly.witness.__main__ import create_key

ORIGIN = "duly.example/log"
LOG = Signer.from_seed(ORIGIN, bytes(32))
OTHER = Signer.from_seed(ORIGIN, bytes(31) + b"1")
COSIGNER = Cosigner.generate("witness.example/w1")
KEYS = {ORIGIN: [PublicKey.parse(key) for key in LOG.public_keys()]}
NOW = 1_700_000_000
LEAVES = [leaf_hash(bytes([at])) for at in range(40)]
FORKED = [*LEAVES[:5], leaf_hash(b"forked"), *LEAVES[6:]]


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Witness]:
    records = Records.open(tmp_path / "state", COSIGNER.public(), KEYS)
    yield Witness(COSIGNER, KEYS, records, lambda: NOW)
    records.close()


def root(size: int, leaves: list[bytes] = LEAVES) -> bytes:
    return grow(Edge(size=0, tiles=()), leaves[:size]).edge.root()


def note(size: int, leaves: list[bytes] = LEAVES, *, signer: Signer = LOG, origin: str = ORIGIN) -> bytes:
    text = f"{origin}\n{size}\n{b64encode(root(size, leaves)).decode()}\n"
    return f"{text}\n{signer.sign(text)}".encode()


def proof(old: int, size: int, leaves: list[bytes] = LEAVES) -> list[bytes]:
    if not 0 < old < size:
        return []
    return hashes_of(consistency_ranges(old, size), grow(Edge(size=0, tiles=()), leaves[:size]).tiles)


def request(old: int, checkpoint: bytes, hashes: list[bytes]) -> bytes:
    lines = [f"old {old}", *(b64encode(one).decode() for one in hashes)]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + checkpoint


def asked(witness: Witness, old: int, size: int, leaves: list[bytes] = LEAVES) -> tuple[int, bytes]:
    status, body, _ = witness.add_checkpoint(request(old, note(size, leaves), proof(old, size, leaves)))
    return status, body


def test_growth_is_cosigned_and_the_cosignature_verifies(witness: Witness) -> None:
    old = 0
    for size in (1, 2, 2, 7, 8, 39):
        status, line = asked(witness, old, size)
        assert status == 200
        head = open_checkpoint(note(size) + line, [*KEYS[ORIGIN][:1], COSIGNER.public()])
        assert (head.size, head.root, head.time) == (size, root(size), NOW)
        old = size
    kept = witness.checkpoint(sha256(ORIGIN.encode()).hexdigest())
    assert kept.status == 200
    assert open_checkpoint(kept.body, [*KEYS[ORIGIN][:1], COSIGNER.public()]).size == 39
    assert witness.checkpoint(sha256(b"another").hexdigest()).status == 404


def test_a_log_that_asks_from_another_size_is_told_the_right_one(witness: Witness) -> None:
    assert asked(witness, 3, 5) == (409, b"0\n")
    assert asked(witness, 0, 5)[0] == 200
    answer = witness.add_checkpoint(request(0, note(9), []))
    assert (answer.status, answer.body, answer.media) == (409, b"5\n", "text/x.tlog.size")
    assert asked(witness, 4, 9) == (409, b"5\n")
    assert asked(witness, 4, 4) == (409, b"5\n")
    assert asked(witness, 5, 9)[0] == 200


def test_a_fork_a_rewritten_log_and_one_that_shrank_are_refused(witness: Witness) -> None:
    assert asked(witness, 0, 8)[0] == 200
    assert asked(witness, 8, 8, FORKED)[0] == 422
    assert asked(witness, 8, 12, FORKED)[0] == 422
    assert asked(witness, 8, 5) == (400, b"the old size is greater than that of the checkpoint\n")
    assert asked(witness, 5, 5) == (409, b"8\n")
    assert asked(witness, 0, 0) == (409, b"8\n")
    assert witness.add_checkpoint(request(8, note(12), [])).status == 422
    assert witness.add_checkpoint(request(8, note(12), [*proof(8, 12), bytes(32)])).status == 422
    assert witness.add_checkpoint(request(8, note(8), [bytes(32)])).status == 422
    assert asked(witness, 8, 12)[0] == 200


def test_the_empty_tree_has_one_root_and_needs_no_proof(witness: Witness) -> None:
    assert root(0) == EMPTY_ROOT
    assert asked(witness, 0, 0)[0] == 200
    text = f"{ORIGIN}\n0\n{b64encode(root(1)).decode()}\n"
    assert witness.add_checkpoint(request(0, f"{text}\n{LOG.sign(text)}".encode(), [])).status == 422
    assert witness.add_checkpoint(request(0, note(4), [bytes(32)])).status == 422
    assert asked(witness, 0, 4)[0] == 200


def test_only_logs_and_keys_that_it_knows_are_cosigned(witness: Witness) -> None:
    assert witness.add_checkpoint(request(0, note(1, origin="another"), [])).status == 404
    assert witness.add_checkpoint(request(0, note(1, signer=OTHER), [])).status == 403
    good = note(1)
    line = good.decode().split("\n")[-2]
    bent = line[:-3] + ("A" if line[-3] != "A" else "B") + line[-2:]
    assert witness.add_checkpoint(request(0, good.replace(line.encode(), bent.encode()), [])).status in (
        400,
        403,
    )
    both = good + OTHER.sign(good.decode().rpartition("\n\n")[0] + "\n").encode()
    assert witness.add_checkpoint(request(0, both, [])).status == 200
    kept = witness.checkpoint(sha256(ORIGIN.encode()).hexdigest()).body.decode()
    assert kept.count("\N{EM DASH}") == 2


@pytest.mark.parametrize(
    "body",
    [
        b"", b"old 0\n", b"old 0\n\n", b"old 00\n\n" + note(1), b"old -1\n\n" + note(1),
        b"old 1e3\n\n" + note(1),
        b"new 0\n\n" + note(1), b"old 0\n" + note(1), b"old 0\nQUFB\n\n" + note(1), b"old 0\n*\n\n" + note(1),
        b"\xff\n\n" + note(1), b"old 0\n\n" + note(1)[:-1], b"old 0\n\n\xff" + note(1),
        request(1, note(1), [bytes(32)] * 64), b"old 99999999999999999999\n\n" + note(1),
    ],
)  # fmt: skip
def test_what_is_no_request_is_said_to_be_none(witness: Witness, body: bytes) -> None:
    assert witness.add_checkpoint(body).status == 400


def test_a_cosignature_is_on_the_disk_before_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = Records.open(tmp_path, COSIGNER.public(), KEYS)
    witness = Witness(COSIGNER, KEYS, records, lambda: NOW)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    assert asked(witness, 0, 3)[0] == 200
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            asked(witness, 3, 9)
    assert asked(witness, 0, 1) == (409, b"3\n")
    records.close()
    again = Witness(COSIGNER, KEYS, Records.open(tmp_path, COSIGNER.public(), KEYS), lambda: NOW - 500)
    assert asked(again, 0, 4) == (409, b"3\n")
    assert asked(again, 3, 3, FORKED)[0] == 200  # the same tree: they differ from the sixth entry on
    status, line = asked(again, 3, 9)
    assert status == 200
    assert open_checkpoint(note(9) + line, [COSIGNER.public()]).time == NOW, "its own time never goes back"


def test_a_directory_has_one_witness(tmp_path: Path) -> None:
    held = Records.open(tmp_path, COSIGNER.public(), KEYS)
    with pytest.raises(Conflict):
        Records.open(tmp_path, COSIGNER.public(), KEYS)
    held.close()
    Records.open(tmp_path, COSIGNER.public(), KEYS).close()


def test_a_record_that_was_changed_stops_the_witness(tmp_path: Path) -> None:
    records = Records.open(tmp_path, COSIGNER.public(), KEYS)
    assert asked(Witness(COSIGNER, KEYS, records, lambda: NOW), 0, 3)[0] == 200
    records.close()
    (file,) = [one for one in tmp_path.iterdir() if one.name != "lock"]
    whole = file.read_bytes()
    for spoiled in (b"", whole[:-1], whole.replace(b"\n3\n", b"\n1\n"), note(2)):
        file.write_bytes(spoiled)
        with pytest.raises(OurFault, match="cosigned last"):
            Records.open(tmp_path, COSIGNER.public(), KEYS)
    file.write_bytes(whole)
    Records.open(tmp_path, COSIGNER.public(), KEYS).close()


def test_over_http(witness: Witness) -> None:
    made = server(witness, "127.0.0.1", 0)
    thread = Thread(target=made.serve_forever, daemon=True)
    thread.start()
    line = http.client.HTTPConnection("127.0.0.1", made.server_address[1], timeout=10)

    def ask(method: str, path: str, body: bytes | None = None) -> tuple[int, bytes, str | None]:
        line.request(method, path, body)
        answer = line.getresponse()
        return answer.status, answer.read(), answer.getheader("Content-Type")

    try:
        assert ask("POST", "/add-checkpoint", request(0, note(3), []))[0] == 200
        assert ask("POST", "/add-checkpoint", request(0, note(3), [])) == (409, b"3\n", "text/x.tlog.size")
        assert ask("GET", f"/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint")[0] == 200
        assert ask("GET", "/add-checkpoint")[0] == 404
        assert ask("POST", "/sign-subtree", b"x")[0] == 404
        assert ask("POST", "/add-checkpoint", bytes(300_000))[0] == 413
    finally:
        line.close()
        made.shutdown()
        made.server_close()
        thread.join()


def test_its_key_lies_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "witness.key"
    public = create_key("example.org/w", file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Cosigner.parse(file.read_text()).encoded_public() == public
    assert PublicKey.parse(public).kind == 4
    with pytest.raises(BadInput, match="there already"):
        create_key("example.org/w", file)
    with pytest.raises(BadInput, match="name"):
        create_key("no spaces", tmp_path / "other.key")
    for spoiled in ("", "x", file.read_text().replace("example", "other"), LOG.encoded()):
        with pytest.raises(BadInput, match="Not the key"):
            Cosigner.parse(spoiled)


def test_the_program_loads_no_law_no_vault_and_no_page() -> None:
    script = "import json, sys, duly.witness.__main__; print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", script]))
    assert "duly.witness.protocol" in loaded
    for part in ("access", "app", "delivery", "entitlements", "events", "facts", "vault", "web", "worker"):
        assert f"duly.{part}" not in loaded
