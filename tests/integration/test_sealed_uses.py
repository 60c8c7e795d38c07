"""A sealed use is in the log from the start; its person sees that it exists, and reads it on its day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from web_town import MOTHER, Browser, Town, browse, family

from duly.access import Actor, Policy
from duly.errors import Denied
from duly.timeline import from_iso
from duly.vault import Identifier, Plain, Seal, Use
from duly.vault.sealing import Box

POLICIES = Path(__file__).parents[2] / "packs" / "norway"
SEAL = Seal(reason="MARKED-REASON", authority="MARKED-COURT", until=from_iso("2024-06-01"))
USE = Use(
    actor=Actor(organisation="nav", system="worker", officer=""),
    purpose="child-benefit",
    legal_basis="Barnetrygdloven § 14",
    categories=frozenset({"residence"}),
    about="MARKED-ABOUT",
    seal=SEAL,
)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    town = Town(tmp_path, "2024-04-02")
    family(town)
    monkeypatch.setattr(Policy, "seals", lambda _self, purpose: purpose == "child-benefit")
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


def test_the_uses_that_anybody_reads_leave_it_out(town: Town) -> None:
    look(town, USE)
    look(town, replace(USE, seal=None, about="open"))
    from duly.web.circle import insight

    vault, use = town.app.vault, insight(town.app.pack)
    with town.app.store.write() as conn:
        [number] = vault.find(conn, [Identifier("no.fnr", MOTHER)]).values()
        abouts = [used.use.about for used in vault.uses(conn, use, number)]
        assert "open" in abouts
        assert "MARKED-ABOUT" not in abouts
        assert vault.sealed_uses(conn, use, number) == 1
    town.on("2024-06-01")
    with town.app.store.write() as conn:
        [told] = [used.use for used in vault.uses(conn, use, number) if used.use.about == "MARKED-ABOUT"]
        assert told.seal == SEAL
        assert vault.sealed_uses(conn, use, number) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        replace(USE, purpose="pay", legal_basis="Barnetrygdloven § 12"),
        replace(USE, seal=Seal(reason="", authority="A court", until=SEAL.until)),
        replace(USE, seal=Seal(reason="A reason", authority="", until=SEAL.until)),
        replace(USE, seal=Seal(reason="A reason", authority="A court", until=from_iso("2024-04-02"))),
    ],
)
def test_only_a_purpose_that_the_pack_lets_be_sealed_is_and_never_without_reason_or_day(
    town: Town, wrong: Use
) -> None:
    with pytest.raises(Denied):
        look(town, wrong)


def test_a_use_of_many_is_never_sealed(town: Town) -> None:
    with town.app.store.write() as conn, pytest.raises(Denied, match="use of many"):
        town.app.vault.begin_bulk(conn, [USE])


def test_a_purpose_is_sealable_where_the_pack_says_so(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    for file in (POLICIES / "policies").iterdir():
        (tmp_path / "policies" / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    told = (POLICIES / "purposes.toml").read_text(encoding="utf-8")
    (tmp_path / "purposes.toml").write_text(told, encoding="utf-8")
    assert not Policy.load(tmp_path / "policies").seals("child-benefit")
    marked = told.replace("[purposes.child-benefit]\n", "[purposes.child-benefit]\nsealable = true\n")
    (tmp_path / "purposes.toml").write_text(marked, encoding="utf-8")
    policy = Policy.load(tmp_path / "policies")
    assert (policy.seals("child-benefit"), policy.seals("pay"), policy.seals("nothing")) == (
        True,
        False,
        False,
    )
