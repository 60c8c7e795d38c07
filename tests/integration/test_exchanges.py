"""One agency tells another a yes, a no or an amount, and nothing of what it was worked out from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from exchange_pack import CLINIC, VISIT, swap, with_exchanges
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_events import CHILD, FATHER, MOTHER, birth, event, read
from litestar.testing import TestClient
from people import account, registered
from sqlalchemy import func, select
from town import ORDINARY, Town, town
from web_town import Browser

from duly.entitlements import Key, Profiles, use_of
from duly.entitlements.exchanges import steps_of
from duly.entitlements.replay import explain_decision, replay
from duly.entitlements.segments import UNKNOWN, Due, value_at
from duly.entitlements.tables import exchange_told
from duly.events import Source, receive
from duly.events.tables import inbox
from duly.law import Pack, SubjectHistory, check_named
from duly.law.document import document
from duly.law.exchanges import Exchange, exchanges
from duly.law.missing import missing
from duly.law.world import World
from duly.timeline import from_iso
from duly.web.circle import insight
from duly.web.server import create

EXTENDED = "barnetrygd.extended"
NOT_TOLD = ("lone_parent", "Bergen", "0301", "municipality", "transitional", "alone with children")


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_exchanges(tmp_path_factory.mktemp("pack"))


@pytest.fixture
def place(store_url: str, tmp_path: Path, pack: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path / "town", "2024-11-05", str(pack))
    made.tell(registered(MOTHER, "1990-05-05"), registered(FATHER, "1989-01-01"), account(MOTHER))
    yield made
    made.app.close()


def alone(id_: str, since: str, **more: object) -> dict[str, object]:
    return event("nav.lone-parent", id_, {"person": MOTHER, "since": since, **more})


def told(place: Town, person: str = MOTHER) -> list[object]:
    return [value for _, value in place.desk.values(person, "Person.alone")]


def test_a_yes_travels_and_the_other_agency_acts_on_it(place: Town) -> None:
    place.tell(birth(lives_with=[MOTHER, FATHER]), alone("l1", "2024-11-03"))
    assert told(place) == [False, True, False]
    granted = place.stands(place.key(MOTHER, VISIT), "2025-03-01")
    assert granted == {"provider": "V1"}


def test_an_amount_travels_and_the_other_agency_acts_on_it(place: Town) -> None:
    place.tell(birth(lives_with=[MOTHER, FATHER]))
    amounts = [value for _, value in place.desk.values(MOTHER, "Care.benefit", CHILD)]
    assert amounts == [None, 176_600, None]
    assert place.stands(place.key(MOTHER, CLINIC, CHILD), "2025-03-01") == {"provider": "C1"}
    place.day("2025-05-02")
    amounts = [value for _, value in place.desk.values(MOTHER, "Care.benefit", CHILD)]
    assert amounts == [None, 176_600, 196_800, None]


def test_a_no_travels_as_a_correction_and_leaves_nothing_of_the_yes(place: Town) -> None:
    place.tell(birth(lives_with=[MOTHER, FATHER]), alone("l1", "2024-11-03"))
    place.tell(event("nav.lone-parent", "l1", None, action="cancel") | {"id": "l2", "corrects": "l1"})
    (case,) = [one for one in place.open_cases() if one.kind == "takes"]
    assert told(place) == [False, True, False], "what is taken waits for a human, so it is not told"
    place.answer(case.number, "approve")
    assert told(place) == [False]
    assert [one.kind for one in place.open_cases("helfo")] == ["takes"]


@pytest.mark.parametrize(("programme", "about"), [(VISIT, MOTHER), (CLINIC, CHILD)])
def test_nothing_is_decided_on_what_is_not_told_yet(place: Town, programme: str, about: str) -> None:
    """Before the answer is there nobody decides, so that nothing has to be taken back."""
    more = [alone("l1", "2024-11-03")] if programme == VISIT else []
    place.tell(birth(lives_with=[MOTHER, FATHER]), *more)
    (only,) = place.decisions(place.key(MOTHER, programme, about))
    kinds = {segment.kind.value for segment in only.acted}
    assert "granted" in kinds
    assert kinds <= {"granted", "refused"}


def test_doing_it_again_tells_nothing_again(place: Town) -> None:
    place.tell(birth(lives_with=[MOTHER, FATHER]), alone("l1", "2024-11-03"))
    with place.app.store.read() as conn:
        before = conn.execute(select(func.count()).select_from(inbox)).scalar_one()
    everybody = place.app.everyone()
    going = everybody.begin([], "again", None)
    while going.state == "running":
        going = everybody.step(going)
    place.app.worker.run_until_idle()
    place.day("2025-04-02")
    with place.app.store.read() as conn:
        assert conn.execute(select(func.count()).select_from(inbox)).scalar_one() == before
        waiting = exchange_told.c.wanted > exchange_told.c.done
        assert conn.execute(select(exchange_told).where(waiting)).all() == []


def test_a_run_over_everybody_finds_what_each_step_found(place: Town) -> None:
    place.tell(birth(lives_with=[MOTHER, FATHER]), alone("l1", "2024-11-03"))
    stood = {key: place.entitlement(key) for key in _keys(place)}
    everybody = place.app.everyone()
    going = everybody.begin([], "again", None)
    while going.state == "running":
        going = everybody.step(going)
    place.app.worker.run_until_idle()
    assert {key: place.entitlement(key) for key in _keys(place)} == stood


def _keys(place: Town) -> list[Key]:
    pairs = ((ORDINARY, CHILD), (EXTENDED, MOTHER), (VISIT, MOTHER), (CLINIC, CHILD))
    return [place.key(MOTHER, programme, about) for programme, about in pairs]


def test_an_exchange_that_is_new_tells_what_stands_already(
    store_url: str, tmp_path: Path, pack: Path
) -> None:
    """What stood before there was an exchange is told on the next day's first step."""
    made = town(store_url, tmp_path / "town", "2024-11-05", str(pack))
    made.tell(registered(MOTHER, "1990-05-05"), registered(FATHER, "1989-01-01"), account(MOTHER))
    made.tell(birth(lives_with=[MOTHER, FATHER]))
    with made.app.store.write() as conn:
        conn.execute(exchange_told.delete())
    made.day("2024-11-06")
    with made.app.store.read() as conn:
        rows = conn.execute(select(exchange_told.c.exchange, exchange_told.c.done)).all()
    assert {row.exchange for row in rows} >= {"amount"}
    assert all(row.done > 0 for row in rows)
    made.app.close()


def test_both_agencies_leave_entries_and_the_person_reads_what_travelled(place: Town) -> None:
    place.tell(birth(lives_with=[MOTHER, FATHER]), alone("l1", "2024-11-03"))
    browser = Browser(TestClient(create(place.app), raise_server_exceptions=True))
    browser.be(MOTHER)
    page = browser.page("/me/uses")
    assert "Told Helfo whether you are alone with a child" in page
    assert "Told Helfo an amount" in page
    number = place.desk.number(MOTHER)
    assert number is not None
    use = use_of(place.app.pack, "nav", "child-benefit", frozenset(), "test")
    with place.app.store.write() as conn:
        seen = place.app.vault.uses(conn, insight(place.app.pack), number)
    asked = [one.use for one in seen if one.use.about == "exchange alone"]
    mine = [one for one in asked if one.purpose == "child-benefit"]
    assert mine
    assert {one.legal_basis for one in mine} == {use.legal_basis}
    assert {category for one in mine for category in one.categories} == {"entitlement"}
    helfo = [one.use for one in seen if one.use.actor.organisation == "helfo"]
    assert any("practice" in one.categories for one in helfo)
    assert not {"benefits", "residence", "case"} & {c for one in helfo for c in one.categories}


def test_the_explanation_says_what_travelled_and_not_why(place: Town) -> None:
    place.tell(birth(lives_with=[MOTHER, FATHER]), alone("l1", "2024-11-03"))
    key = place.key(MOTHER, VISIT)
    (decision,) = place.decisions(key)
    programme = place.app.pack.programmes[VISIT]
    use = use_of(place.app.pack, "helfo", programme.purpose, frozenset({"practice", "family"}), "test")
    with place.app.store.write() as conn:
        due = replay(conn, place.app.vault, use, place.app.law_of(decision.law), key, decision)
        said = explain_decision(
            conn, place.app.vault, use, place.app.pack, key, decision, from_iso("2025-03-01"), "en",
            shows=lambda _: "all",
        )  # fmt: skip
    assert value_at(due, from_iso("2025-03-01")) is not None
    text = msgspec.json.encode(document(said), enc_hook=str).decode()
    assert "Person.alone" in text
    assert "NAV" in text
    for word in NOT_TOLD:
        assert word not in text, word


def test_what_is_missing_names_the_agency_and_none_of_its_facts(tmp_path: Path) -> None:
    unknown = with_exchanges(tmp_path)
    swap(
        unknown / "vocabulary.py",
        "purposes={PRACTITIONER}, absent=False)\n    name: str",
        "purposes={PRACTITIONER})\n    name: str",
    )
    loaded = Pack.load(unknown)
    found = missing(
        loaded,
        VISIT,
        World(loaded, {1: SubjectHistory(kind="Person", facts={})}),
        1,
        1,
        from_iso("2025-03-01"),
        "en",
    )
    assert [(one.attribute, one.register_name, one.asked) for one in found.facts] == [
        ("Person.alone", "NAV", "register")
    ]


def test_only_the_exchange_itself_may_say_what_an_agency_decided(place: Town) -> None:
    forged = {
        "specversion": "1.0",
        "id": "x1",
        "source": "https://nav.example",
        "type": "duly.exchange.alone.v1",
        "time": "2025-03-01T00:00:00Z",
        "data": {"holder": {"scheme": "no.fnr", "value": MOTHER}, "about": None,
                 "steps": [{"since": None, "known": True, "value": True}]},
    }  # fmt: skip
    source = Source(uri="https://nav.example", register="nav", keys=())
    with place.app.store.write() as conn:
        (outcome,) = receive(
            conn,
            place.app.vault,
            place.app.keys,
            place.app.pack,
            source,
            [read(forged)],
            1_740_787_200_000_000,
        )
    assert outcome.problem is not None
    assert outcome.problem.status == 403
    assert told(place) == []


def test_the_forgotten_are_told_of_no_more(place: Town) -> None:
    place.tell(birth(lives_with=[MOTHER, FATHER]), alone("l1", "2024-11-03"))
    number = place.desk.number(MOTHER)
    assert number is not None
    with place.app.store.write() as conn:
        conn.execute(exchange_told.update().values(wanted=exchange_told.c.wanted + 1))
    place.app.vault.forget(number)
    place.app.worker.run_until_idle()
    with place.app.store.read() as conn:
        waiting = exchange_told.c.wanted > exchange_told.c.done
        assert conn.execute(select(exchange_told).where(waiting)).all() == []


ONE = Exchange(asks=ORDINARY, tells="yes or no", answer="a", to="helfo", law="", title={})
AMOUNT = Exchange(asks=ORDINARY, tells="amount", answer="a", to="helfo", law="", title={})
VALUES = st.one_of(st.none(), st.just(UNKNOWN), st.tuples(*[st.integers(0, 3)] * 5))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 20_000), VALUES), unique_by=lambda step: step[0]), st.booleans())
def test_what_travels_is_the_answer_of_each_day_and_nothing_else(
    steps: list[tuple[int, object]], yes: bool
) -> None:
    profile = Profiles(Pack.load("norway"))[ORDINARY]
    due: Due = tuple(sorted(steps))  # type: ignore[assignment] - values of five fields
    one = ONE if yes else AMOUNT
    travelled = steps_of(one, profile, due)
    assert travelled[0].since is None
    assert all(a.since is not None and (b.since is None or a.since > b.since) for b, a in pairwise(travelled))
    place = profile.fields.index("amount")
    for day in {0, *(start for start, _ in due), 20_001}:
        standing = [value for start, value in due if start <= day]
        value = standing[-1] if standing else None
        here = [s for s in travelled if s.since is None or (s.since - date(1970, 1, 1)).days <= day][-1]
        if value == UNKNOWN:
            assert not here.known
        else:
            wanted = (value is not None) if yes else (None if value is None else value[place])
            assert (here.known, here.value) == (True, wanted)


RING = f'''
[exchanges.visited]
title = {{ en = "Told NAV", nb = "Fortalte NAV" }}
asks = "{VISIT}"
tells = "yes or no"
answer = "Person.visited"
to = "nav"
law = "Forskrift om pasient- og brukerrettigheter i fastlegeordningen § 2"
'''
ALONE = 'alone: bool = attribute("practice", register="nav"'
ANSWERS = 'answer = "Person.alone"'
STANDS = 'law = "Barnetrygdloven § 14"\n\n[exchanges.amount]'
WRONG = [
    ("pack.toml", '"barnetrygd.extended"\ntells', '"barnetrygd.extendd"\ntells', "which is no programme"),
    ("pack.toml", ANSWERS, 'answer = "Person.aloen"', "which is no attribute"),
    ("pack.toml", 'tells = "amount"', 'tells = "percent"', "neither a yes nor an amount"),
    ("pack.toml", 'tells = "amount"', 'tells = "yes or no"', "cannot hold what amount tells"),
    ("pack.toml", STANDS, STANDS.replace("14", "99"), "which the purpose child-benefit does not give"),
    ("pack.toml", f'{ANSWERS}\nto = "helfo"', f'{ANSWERS}\nto = "nav"', "no other agency"),
    ("pack.toml", ', nb = "Fortalte Helfo et beløp"', "", "no title in nb"),
    ("pack.toml", 'to = "helfo"\n', "", "missing required field"),
    ("vocabulary.py", f"{ALONE}, purposes={{", f"{ALONE}, purposes={{BENEFIT, ", "which helfo has not"),
    ("vocabulary.py", ALONE, ALONE.replace("nav", "helfo"), "its register is helfo"),
    ("pack.toml", "[exchanges.alone]", "[exchange.alone]", "reads Person.alone of nav"),
]


@pytest.mark.parametrize(("file", "old", "new", "finding"), WRONG)
def test_what_is_wrong_with_an_exchange_is_found(
    tmp_path: Path, file: str, old: str, new: str, finding: str
) -> None:
    pack = with_exchanges(tmp_path)
    swap(pack / file, old, new)
    found = [one for one in check_named(pack) if re.search(finding, one.what)]
    assert found, check_named(pack)
    assert all(one.line and one.write_instead for one in found)


def test_agencies_that_ask_each_other_in_a_ring_are_refused(tmp_path: Path) -> None:
    pack = with_exchanges(tmp_path)
    name = "    name: str = attribute("
    visited = 'visited: bool = attribute("benefits", register="helfo", purposes={BENEFIT}, absent=False)'
    swap(pack / "vocabulary.py", name, f"    {visited}\n{name}")
    file = pack / "pack.toml"
    before, _, helfo = file.read_text().partition("[registers.helfo]")
    file.write_text(f"{before}[registers.helfo]" + helfo.replace("[", '["Person.visited", ', 1))
    with (pack / "pack.toml").open("a") as more:
        more.write(RING)
    assert any("in a ring" in one.what for one in check_named(pack))


def test_a_pack_without_exchanges_has_none() -> None:
    assert exchanges(Pack.load("norway")) == {}
