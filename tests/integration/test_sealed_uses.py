"""A sealed use is in the log from the start; its person sees that it exists, and reads it on its day."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from web_town import MOTHER, Browser, Town, browse, family

from duly.access import Actor, Policy, Relation
from duly.access.purposes import findings
from duly.errors import Denied
from duly.law import Pack
from duly.ledger.verify import PublicKey, check_receipt
from duly.timeline import from_iso
from duly.vault import Identifier, Plain, Seal, Use
from duly.vault.sealing import Box
from duly.vault.tables import use_entry

POLICIES = Path(__file__).parents[2] / "packs" / "norway"
SEAL = Seal(reason="MARKED-REASON", authority="MARKED-COURT", until=from_iso("2024-06-01"))
CLEARED = Actor(organisation="nav", system="pages", officer="nav-9", role="cleared")
USE = Use(
    actor=CLEARED,
    purpose="control",
    legal_basis="Folketrygdloven § 21-4",
    categories=frozenset({"residence"}),
    about="look-up: MARKED-ABOUT",
    relation=Relation.LOOKED_UP,
    seal=SEAL,
)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path, "2024-04-02")
    family(town)
    yield town
    town.close()


@pytest.fixture
def mother(town: Town) -> Browser:
    browser = browse(town)
    browser.be(MOTHER)
    return browser


def look(town: Town, use: Use) -> None:
    """Open something of the mother's."""
    vault = town.app.vault
    with town.app.store.write() as conn:
        [number] = vault.find(conn, [Identifier("no.fnr", MOTHER)]).values()
        [sealed] = vault.seal(conn, [Plain(subject=number, category="residence", version=1, data=b"0301")])
        vault.open(conn, use, [Box(subject=number, category="residence", version=1, sealed=sealed)])
    town.app.worker.run_until_idle()


def test_it_is_counted_and_not_told_until_its_day_and_then_told_whole(town: Town, mother: Browser) -> None:
    before = town.app.ledger.checkpoint()
    assert "Sealed uses" not in mother.page("/me/uses")
    look(town, USE)
    after = town.app.ledger.checkpoint()
    assert before is not None
    assert after is not None
    assert after.size > before.size
    rows = mother.page("/me/uses").count('role="rowheader"')
    for day in ("2024-04-03", "2024-05-31"):
        town.on(day)
        page = mother.page("/me/uses?own=yes")
        assert "Sealed uses: 1." in page
        assert "MARKED" not in page + mother.page("/me")
    town.on("2024-06-01")
    page = mother.page("/me/uses")
    assert "Sealed uses" not in page
    assert page.count('role="rowheader"') > rows
    assert "This entry was sealed until 1 June 2024 by MARKED-COURT: MARKED-REASON" in page
    assert "To examine whether a benefit was obtained by false information" in page
    assert "MARKED-ABOUT" in page
    [receipt] = re.findall(r'sealed until.*?href="(/me/uses/[0-9a-f]+/receipt)"', page, re.DOTALL)[:1]
    keys = [PublicKey.parse(key) for key in town.app.ledger.public_keys()]
    held = check_receipt(mother.client.get(receipt).content, keys, [], 0)
    assert held.text["seal"] == {
        "reason": "MARKED-REASON", "authority": "MARKED-COURT", "until": SEAL.until,
    }  # fmt: skip


def test_while_it_is_sealed_it_has_no_receipt(town: Town, mother: Browser) -> None:
    look(town, USE)
    with town.app.store.read() as conn:
        marks = [bytes(row).hex() for row in conn.execute(select(use_entry.c.commitment)).scalars()]
    shown = set(re.findall(r"/me/uses/([0-9a-f]+)/receipt", mother.page("/me/uses?own=yes")))
    hidden = [one for one in marks if one not in shown]
    assert hidden
    for one in hidden:
        assert mother.client.get(f"/me/uses/{one}/receipt").status_code == 404


def test_the_uses_that_anybody_reads_leave_it_out(town: Town) -> None:
    look(town, USE)
    look(town, replace(USE, seal=None, about="look-up: open"))
    from duly.web.circle import insight

    vault, use = town.app.vault, insight(town.app.pack)
    with town.app.store.write() as conn:
        [number] = vault.find(conn, [Identifier("no.fnr", MOTHER)]).values()
        abouts = [used.use.about for used in vault.uses(conn, use, number)]
        assert "look-up: open" in abouts
        assert "look-up: MARKED-ABOUT" not in abouts
        assert vault.sealed_uses(conn, use, number) == 1
    town.on("2024-06-01")
    with town.app.store.write() as conn:
        [told] = [used.use for used in vault.uses(conn, use, number) if used.use.seal]
        assert told.seal == SEAL
        assert vault.sealed_uses(conn, use, number) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        replace(USE, purpose="child-benefit", legal_basis="Barnetrygdloven § 14"),
        replace(USE, actor=replace(CLEARED, role="caseworker")),
        replace(USE, actor=replace(CLEARED, role="approver")),
        replace(USE, actor=replace(CLEARED, organisation="helfo")),
        replace(USE, actor=replace(CLEARED, officer="", role="")),
        replace(USE, relation=Relation.NONE),
        replace(USE, seal=Seal(reason="", authority="A court", until=SEAL.until)),
        replace(USE, seal=Seal(reason="A reason", authority="", until=SEAL.until)),
        replace(USE, seal=Seal(reason="A reason", authority="A court", until=from_iso("2024-04-02"))),
    ],
)
def test_only_for_a_purpose_that_the_pack_names_by_a_cleared_officer_and_never_without_reason_or_day(
    town: Town, wrong: Use
) -> None:
    with pytest.raises(Denied):
        look(town, wrong)


def test_a_use_of_many_is_never_sealed(town: Town) -> None:
    with town.app.store.write() as conn, pytest.raises(Denied, match="use of many"):
        town.app.vault.begin_bulk(conn, [USE])


def test_a_caseworker_may_do_the_same_openly(town: Town) -> None:
    look(town, replace(USE, actor=replace(CLEARED, role="caseworker"), seal=None))


def test_a_purpose_is_sealable_where_the_pack_names_the_law(tmp_path: Path) -> None:
    shutil.copytree(POLICIES / "policies", tmp_path / "policies")
    told = (POLICIES / "purposes.toml").read_text(encoding="utf-8")
    law = 'sealable = "Personopplysningsloven § 16 første ledd bokstav b"\n'
    assert law in told
    for text, sealed in ((told, True), (told.replace(law, ""), False)):
        (tmp_path / "purposes.toml").write_text(text, encoding="utf-8")
        policy = Policy.load(tmp_path / "policies")
        assert [policy.seals(name) for name in ("control", "pay", "nothing")] == [sealed, False, False]


def test_a_pack_that_seals_by_no_law_is_found(tmp_path: Path) -> None:
    shutil.copytree(POLICIES, tmp_path / "norway", ignore=shutil.ignore_patterns("__pycache__"))
    file = tmp_path / "norway" / "purposes.toml"
    told = file.read_text(encoding="utf-8")
    law = 'sealable = "Personopplysningsloven § 16 første ledd bokstav b"'
    assert not list(findings(Pack.load(tmp_path / "norway")))
    for wrong in ('sealable = ""', "sealable = true"):
        file.write_text(told.replace(law, wrong), encoding="utf-8")
        [found] = findings(Pack.load(tmp_path / "norway"))
        assert "no law says so" in found.what
