"""From the page to a receipt that two of three witnesses stand behind, checked by three programs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from two_people import two_keys
from typer.testing import CliRunner
from web_town import NEIGHBOUR, Town, browse, family
from witness_programs import WitnessProgram, settings_of

from duly.app import origin
from duly.cli import app as cli
from duly.forget import approve, ask, carry_out
from duly.ledger.verify import ProofError, PublicKey, check_receipt
from duly.vault import Identifier

SINGLE = Path(__file__).parents[2] / "src/duly/web/static/check-receipt.py"
LINK = re.compile(r'href="(/me/uses/[0-9a-f]{64}/receipt)"')


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[list[WitnessProgram]]:
    first = Town(tmp_path / "home", "2024-04-02")
    keys = first.app.ledger.public_keys()
    first.close()
    made = [WitnessProgram(tmp_path / name, name, origin("norway"), keys) for name in ("w1", "w2", "w3")]
    (tmp_path / "home" / "witnesses.toml").write_text(settings_of(made, quorum=2), encoding="utf-8")
    yield made
    for one in made:
        one.kill()


@pytest.fixture
def town(tmp_path: Path, programs: list[WitnessProgram]) -> Iterator[Town]:
    town = Town(tmp_path / "home", "2024-04-02")
    family(town)
    browse(town).be(NEIGHBOUR)  # the use that is proved: their own visit
    yield town
    town.close()


def kept(town: Town, folder: Path) -> Path:
    """The oldest receipt that the neighbour can download."""
    browser = browse(town)
    browser.be(NEIGHBOUR)
    links = LINK.findall(browser.page("/me/uses?own=yes"))
    answer = browser.client.get(links[-1])
    assert answer.headers["content-disposition"].endswith('.tlog-proof"')
    file = folder / "use.tlog-proof"
    file.write_bytes(answer.content)
    return file


def cosign(town: Town) -> None:
    town.app.keeper.turn()
    town.app.keeper.ask_all_again()
    town.app.keeper.have_cosigned()


def test_three_programs_accept_it_with_two_witnesses_and_after_the_person_is_forgotten(
    town: Town, programs: list[WitnessProgram], tmp_path: Path
) -> None:
    for one in programs[:2]:
        one.start()
    cosign(town)
    file = kept(town, tmp_path)
    keys, witnesses = tmp_path / "keys.txt", tmp_path / "witnesses.txt"
    keys.write_text("\n".join(town.app.ledger.public_keys()) + "\n", encoding="utf-8")
    witnesses.write_text("\n".join(one.public for one in programs) + "\n", encoding="utf-8")
    accepted(file, keys, witnesses, programs)
    assert not by_command(file, keys, witnesses, 3)
    assert not by_single_file(file, keys, programs, 3)

    forget(town, tmp_path)
    with town.app.store.read() as conn:
        assert town.app.vault.find(conn, [Identifier("no.fnr", NEIGHBOUR)]) == {}
    for one in programs:
        one.kill()
    accepted(file, keys, witnesses, programs)


def test_one_witness_of_three_is_too_few(town: Town, programs: list[WitnessProgram], tmp_path: Path) -> None:
    programs[2].start()
    cosign(town)
    file = kept(town, tmp_path)
    own = [PublicKey.parse(key) for key in town.app.ledger.public_keys()]
    theirs = [PublicKey.parse(one.public) for one in programs]
    assert check_receipt(file.read_bytes(), own, theirs, 1).witnesses == ("w3.example",)
    with pytest.raises(ProofError):
        check_receipt(file.read_bytes(), own, theirs, 2)


def test_the_receipt_is_made_from_what_counts_not_from_what_is_newest(
    town: Town, programs: list[WitnessProgram], tmp_path: Path
) -> None:
    for one in programs:
        one.start()
    cosign(town)
    counting = town.app.keeper.standing().counting
    assert counting is not None
    for one in programs[:2]:
        one.kill()
    browse(town).be(NEIGHBOUR)
    browse(town).be(NEIGHBOUR)
    cosign(town)
    newest = town.app.keeper.standing().newest
    assert newest is not None
    assert not newest.counts
    own = [PublicKey.parse(key) for key in town.app.ledger.public_keys()]
    theirs = [PublicKey.parse(one.public) for one in programs]
    held = check_receipt(kept(town, tmp_path).read_bytes(), own, theirs, 2)
    assert held.head.size == counting.checkpoint.size


def accepted(file: Path, keys: Path, witnesses: Path, programs: list[WitnessProgram]) -> None:
    own = [PublicKey.parse(line) for line in keys.read_text(encoding="utf-8").split()]
    theirs = [PublicKey.parse(one.public) for one in programs]
    assert len(check_receipt(file.read_bytes(), own, theirs, 2).witnesses) == 2
    assert by_command(file, keys, witnesses, 2)
    assert by_single_file(file, keys, programs, 2)


def by_command(file: Path, keys: Path, witnesses: Path, quorum: int) -> bool:
    words = ["ledger", "check-receipt", str(file), "--key", str(keys), "--witness", str(witnesses)]
    done = CliRunner().invoke(cli, [*words, "--quorum", str(quorum), "--json"])
    told = json.loads(done.output)
    assert done.exit_code == (0 if told["holds"] else 1)
    return bool(told["holds"])


def by_single_file(file: Path, keys: Path, programs: list[WitnessProgram], quorum: int) -> bool:
    given = [word for key in keys.read_text(encoding="utf-8").split() for word in ("--key", key)]
    given += [word for one in programs for word in ("--witness", one.public)]
    command = [sys.executable, str(SINGLE), str(file), *given, "--quorum", str(quorum)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode == 0


def forget(town: Town, folder: Path) -> None:
    """Asked by one, approved by another, carried out."""
    app, today, now = town.app, town.app.clock.today(), town.app.clock.now()
    ada, grace = two_keys(app, folder)
    with app.store.write() as conn:
        [number] = app.vault.find(conn, [Identifier("no.fnr", NEIGHBOUR)]).values()
        asked = ask(conn, app.pack, number, "request", "They asked.", ada, today=today, now=now)
        approve(conn, app.pack, asked.number, grace, today=today, now=now)
    done = carry_out(
        store=app.store, vault=app.vault, keys=app.keys, ledger=app.ledger, pack=app.pack, sheet=None,
        today=today, now=now, ends=lambda _: None,
    )  # fmt: skip
    assert done is not None
