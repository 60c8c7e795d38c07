"""A person keeps a receipt, and it proves the use offline, later, and after the record is erased."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from web_town import CHILD, FATHER, MOTHER, Browser, Town, birth, browse, family

from duly.cli import app as cli
from duly.ledger import Signer
from duly.ledger.verify import ProofError, PublicKey, check_receipt
from duly.vault import Identifier
from duly.witness import Cosigner

ROOT = Path(__file__).parents[2]
SINGLE = ROOT / "src/duly/web/static/check-receipt.py"
LINK = re.compile(r'href="(/me/uses/[0-9a-f]{64}/receipt)"')
MARKED = (FATHER, "Jonas Berg", CHILD, "Emma Berg", "Nils Nabo")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    town = Town(tmp_path_factory.mktemp("town"), "2024-04-02")
    family(town)
    town.take([birth("2024-03-03")])
    town.app.worker.run_until_idle()
    yield town
    town.close()


@pytest.fixture(scope="module")
def mother(town: Town) -> Browser:
    browser = browse(town)
    browser.be(MOTHER)
    return browser


@pytest.fixture(scope="module")
def receipts(town: Town, mother: Browser) -> list[bytes]:
    """Every receipt that the mother can have."""
    links = sorted(set(LINK.findall(mother.page("/me/uses?own=yes"))))
    answers = [mother.client.get(link) for link in links]
    assert all(answer.headers["content-disposition"].endswith('.tlog-proof"') for answer in answers)
    return [answer.content for answer in answers]


def keys_of(town: Town) -> list[PublicKey]:
    return [PublicKey.parse(key) for key in town.app.ledger.public_keys()]


def test_each_use_has_a_receipt_that_holds_and_shows_nobody_else(town: Town, receipts: list[bytes]) -> None:
    assert len(receipts) >= 3
    proved = [check_receipt(one, keys_of(town), [], 0) for one in receipts]
    assert {one.text["purpose"] for one in proved} >= {"child-benefit", "intake"}
    numbers = {str(number) for number in subjects(town, FATHER, CHILD)}
    for one in receipts:
        shown = b64decode(one.split(b"\n")[1].removeprefix(b"extra ")).decode()
        told = shown + b64decode(json.loads(shown)["text"]).decode()
        assert not [marked for marked in (*MARKED, *numbers) if marked in told]


def test_the_receipts_of_another_are_not_found(town: Town, mother: Browser) -> None:
    links = LINK.findall(mother.page("/me/uses?own=yes"))
    father = browse(town)
    father.be(FATHER)
    assert not set(LINK.findall(father.page("/me/uses?own=yes"))) & set(links)
    father.page(links[0], status=404)
    browse(town).client.get(links[0], follow_redirects=False)
    mother.page(f"/me/uses/{'0' * 64}/receipt", status=404)


def subjects(town: Town, *people: str) -> list[int]:
    with town.app.store.read() as conn:
        found = town.app.vault.find(conn, [Identifier("no.fnr", one) for one in people])
    assert len(found) == len(people)
    return list(found.values())


def spoiled(receipt: bytes) -> Iterator[tuple[str, bytes]]:
    first, extra, index, *rest = receipt.split(b"\n")
    told = json.loads(b64decode(extra.removeprefix(b"extra ")))

    def again(**change: Any) -> bytes:
        made = b"extra " + b64encode(json.dumps({**told, **change}).encode())
        return b"\n".join([first, made, index, *rest])

    yield "without its text", b"\n".join([first, index, *rest])
    yield "another version", b"\n".join([first.replace(b"v1", b"v2"), extra, index, *rest])
    yield "another index", b"\n".join([first, extra, b"index 0", *rest])
    yield "no index", b"\n".join([first, extra, *rest])
    yield "a hash less", b"\n".join([first, extra, index, *rest[1:]])
    yield "a hash more", b"\n".join([first, extra, index, rest[0], *rest])
    yield "a hash that is none", b"\n".join([first, extra, index, b"*", *rest])
    yield "no JSON", b"\n".join([first, b"extra " + b64encode(b"{"), index, *rest])
    yield "no record", b"\n".join([first, b"extra " + b64encode(b"[]"), index, *rest])
    yield (
        "another text",
        again(text=b64encode(b64decode(told["text"])[:-1] + b" }").decode()),
    )
    yield "another salt", again(salt=b64encode(bytes(32)).decode())
    yield "a short salt", again(salt=b64encode(bytes(31)).decode())
    yield "another subject", again(subject="1")
    yield "a subject that is a number", again(subject=int(told["subject"]))
    yield "no subject", again(subject=None)
    yield "a way that leads nowhere", again(bulk={})
    yield "a way that is none", again(bulk=[])
    yield "nothing", b""
    yield "cut", receipt[:-1]
    yield "another size", receipt.replace(b"duly/norway\n", b"duly/norway\n1", 1)
    yield "no ASCII", receipt.replace(b"index", "ïndex".encode(), 1)


def test_a_receipt_that_was_changed_does_not_hold(town: Town, receipts: list[bytes]) -> None:
    own = receipts[-1]
    assert check_receipt(own, keys_of(town), [], 0)
    held = [what for what, wrong in spoiled(own) if holds(wrong, keys_of(town))]
    assert held == []


def holds(receipt: bytes, keys: list[PublicKey]) -> bool:
    try:
        check_receipt(receipt, keys, [], 0)
    except ProofError:
        return False
    return True


def test_a_receipt_needs_the_log_s_keys_and_as_many_witnesses_as_asked(
    town: Town, receipts: list[bytes]
) -> None:
    other = [PublicKey.parse(key) for key in Signer.generate("duly/norway").public_keys()]
    witness = Cosigner.generate("w.example")
    with pytest.raises(ProofError, match="has not signed"):
        check_receipt(receipts[0], other, [], 0)
    with pytest.raises(ProofError, match="no key"):
        check_receipt(receipts[0], [], [], 0)
    with pytest.raises(ProofError, match="0 witnesses have cosigned"):
        check_receipt(receipts[0], keys_of(town), [witness.public()], 1)
    text = receipts[0].partition(b"\n\n")[2].decode().rpartition("\n\n")[0] + "\n"
    cosigned = receipts[0] + witness.line(text, 1_700_000_000).encode()
    assert check_receipt(cosigned, keys_of(town), [witness.public()], 1).witnesses == ("w.example",)


def test_the_single_file_is_the_verifier_and_needs_nothing_but_cryptography(
    town: Town, receipts: list[bytes], tmp_path: Path
) -> None:
    spec = importlib.util.spec_from_file_location("single_verifier", ROOT / "tools/single_verifier.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert SINGLE.read_text(encoding="utf-8") == module.written(), "run tools/single_verifier.py"
    bare = tmp_path / "bare"
    bare.mkdir()
    packages = Path(importlib.util.find_spec("cryptography").origin).parents[1]  # type: ignore[union-attr, arg-type]
    for found in [packages / "cryptography", packages / "cffi", *packages.glob("_cffi_backend*")]:
        if found.exists():
            (bare / found.name).symlink_to(found)
    (tmp_path / "use.tlog-proof").write_bytes(receipts[0])
    keys = [word for key in town.app.ledger.public_keys() for word in ("--key", key)]

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-S", str(SINGLE), str(tmp_path / "use.tlog-proof"), *keys, *more]
        env = {"PYTHONPATH": str(bare), "PATH": os.environ["PATH"]}
        return subprocess.run(command, env=env, capture_output=True, text=True, cwd=tmp_path, check=False)

    done = run()
    assert done.returncode == 0, done.stderr
    assert "The receipt holds" in done.stdout
    assert "legal_basis" in done.stdout
    assert run("--witness", Cosigner.generate("w.example").encoded_public()).returncode == 1
    assert run("--witness", "no key").returncode == 2
    (tmp_path / "use.tlog-proof").write_bytes(receipts[0][:-9])
    assert run().returncode == 1


def test_the_program_is_on_the_page_of_the_ledger(mother: Browser) -> None:
    assert 'href="/static/check-receipt.py"' in mother.page("/ledger")
    answer = mother.client.get("/static/check-receipt.py")
    assert answer.status_code == 200
    assert answer.content == SINGLE.read_bytes()


def test_a_use_of_everybody_has_a_receipt_too(town: Town, mother: Browser) -> None:
    before = set(LINK.findall(mother.page("/me/uses?own=yes")))
    everybody = town.app.everyone()
    run = everybody.begin(["barnetrygd.ordinary"], "A test.", None)
    while run.state == "running":
        run = everybody.step(run)
    town.app.worker.run_until_idle()
    found: list[dict[str, Any]] = []
    for link in set(LINK.findall(mother.page("/me/uses?own=yes"))) - before:
        raw = mother.client.get(link).content
        extra = json.loads(b64decode(raw.split(b"\n")[1].removeprefix(b"extra ")))
        proved = check_receipt(raw, keys_of(town), [], 0)
        found += [proved.text] if extra["bulk"] else []
        for change in ({"place": "4095"}, {"leaves": "1"}, {"leaves": "4096"}) if extra["bulk"] else ():
            assert not holds(changed(raw, extra, **change), keys_of(town))
    assert found
    assert {one["organisation"] for one in found} >= {"nav"}


def changed(raw: bytes, extra: dict[str, Any], **change: str) -> bytes:
    first, _, *rest = raw.split(b"\n")
    made = {**extra, "bulk": {**extra["bulk"], **change}}
    return b"\n".join([first, b"extra " + b64encode(json.dumps(made).encode()), *rest])


def test_a_receipt_holds_after_the_record_is_erased(
    town: Town, receipts: list[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, keys = tmp_path / "use.tlog-proof", tmp_path / "keys.txt"
    file.write_bytes(receipts[0])
    keys.write_text("\n".join(town.app.ledger.public_keys()) + "\n", encoding="utf-8")
    town.app.vault.forget(*subjects(town, MOTHER))
    done = CliRunner().invoke(cli, ["ledger", "check-receipt", str(file), "--key", str(keys), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["holds"] is True
    assert check_receipt(receipts[-1], keys_of(town), [], 0)
    file.write_bytes(receipts[0].replace(b"index 1", b"index 2", 1)[:-20])
    done = CliRunner().invoke(cli, ["ledger", "check-receipt", str(file), "--key", str(keys)])
    assert done.exit_code == 1
    assert "does not hold" in done.output
