"""Nobody receives anything else because of what happens to somebody who is protected, or where they live.

A family is drawn, and a history of what everybody may know. In one of two copies of the town the protected
parent then does, and meets, whatever is drawn; what the other parent, a stranger and officers who are not
cleared receive afterwards, and at every stop before, is the same byte for byte.

What the law itself makes differ is not drawn: the child dies, or comes to live with the other parent; the
protected parent gives the benefit to the other, or loses the right to one that both claimed whole; an officer
decides to take from the other in a case of theirs. And how many entries the public log has is told to all,
of nobody.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from two_worlds import asks, cases_of, page_of, received, seen_by_officer, told, twins
from web_town import CHILD, FATHER, MOTHER, NEIGHBOUR, Town

from duly.events import Arrived

BEGINS, BORN = "2025-10-02", "2025-03-03"
STOPS = ("2025-11-02", "2025-12-21", "2026-01-15", "2026-03-22")
PARTNER, HALF = "05059012341", "06072512345"
PLACES = ("0301", "5601", "2100", "5437")
"""Oslo, Finnmark, Svalbard, North Troms."""
ARRANGEMENTS = ("split", "not split", "together", "with the protected", "with the other", "apart")
Act = Callable[[Town, str], None]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """How it is before anything hidden happens. `since`: protected from birth, or from the first stop on."""

    arrangement: str
    others_home: str
    hidden_home: str
    mother_hides: bool
    child_too: bool
    since_birth: bool

    @property
    def hidden(self) -> str:
        return MOTHER if self.mother_hides else FATHER

    @property
    def other(self) -> str:
        return FATHER if self.mother_hides else MOTHER


FAMILIES = st.builds(
    Family,
    arrangement=st.sampled_from(ARRANGEMENTS),
    others_home=st.sampled_from(PLACES[:3]),
    hidden_home=st.sampled_from(PLACES),
    mother_hides=st.booleans(),
    child_too=st.booleans(),
    since_birth=st.booleans(),
)


def at_first(family: Family) -> list[Arrived]:
    """What everybody may know."""
    people = ((MOTHER, "Ingrid Berg", "1990-01-01"), (FATHER, "Jonas Berg", "1988-02-02"),
              (NEIGHBOUR, "Nils Nabo", "1970-04-04"), (PARTNER, "Per Ny", "1990-05-05"))  # fmt: skip
    homes = {family.hidden: family.hidden_home, family.other: family.others_home}
    found = [
        told(f"r{who}", "no.folkeregisteret.registration.v1",
             {"person": who, "name": name, "born": day, "since": day, "municipality": homes.get(who, "0301"),
              "protected": family.since_birth and who == family.hidden})
        for who, name, day in people
    ]  # fmt: skip
    for place, (who, code) in enumerate(((MOTHER, "P1001"), (FATHER, "P2002"))):
        account = {"person": who, "account": f"1234567890{place}", "since": "2020-01-01"}
        found.append(told(f"a{who}", "no.kontoregisteret.account.v1", account))
        found.extend(listed(f"l{who}", who, code, "2020-01-01"))
    return [*found, born(family), *homes_of(family)]


def born(family: Family) -> Arrived:
    home = family.others_home if family.arrangement == "with the other" else family.hidden_home
    data = {"child": CHILD, "born": BORN, "mother": MOTHER, "father": FATHER, "municipality": home,
            "name": "Emma Berg", "lives_with": [],
            "protected": family.since_birth and family.child_too}  # fmt: skip
    return told("b", "no.folkeregisteret.birth.v1", data)


def homes_of(family: Family) -> list[Arrived]:
    """Who the child lives with."""
    with_ = {
        "with the protected": (family.hidden,),
        "with the other": (family.other,),
        "apart": (family.hidden,),
    }
    shared = {"split": "split", "not split": "not_split"}.get(family.arrangement, "no")
    return [
        told(f"h{who}", "no.folkeregisteret.care.v1",
             {"child": CHILD, "carer": who, "role": "mother" if who == MOTHER else "father", "since": BORN,
              "shared": shared})
        for who in with_.get(family.arrangement, (MOTHER, FATHER))
    ]  # fmt: skip


def listed(id_: str, who: str, code: str, since: str) -> list[Arrived]:
    practice = {"practice": code, "full": False, "since": "2000-01-01"}
    listing = {"person": who, "practice": code, "since": since, "left": None}
    return [
        told(f"{id_}p", "no.fastlegeregisteret.practice.v1", practice),
        told(id_, "no.fastlegeregisteret.listing.v1", listing),
    ]


def protection(family: Family, day: str) -> list[Arrived]:
    who = (family.hidden, *((CHILD,) if family.child_too else ()))
    data = {"since": day}
    return [told(f"s{one}", "no.folkeregisteret.protection.v1", {**data, "person": one}) for one in who]


@lru_cache(maxsize=64)
def template(family: Family) -> Path:
    """A town in which the family lives, on its first stop, closed."""
    folder = Path(tempfile.mkdtemp(prefix="duly-twins-"))
    town = Town(folder, BEGINS)
    town.take(at_first(family))
    town.app.worker.run_until_idle()
    town.on(STOPS[0])
    if not family.since_birth:
        town.take(protection(family, STOPS[0]))
    town.app.worker.run_until_idle()
    town.close()
    return folder


# What happens to the protected, and what everybody may know of the other


def person(kind: str, **data: Any) -> Callable[[str, str, str], Act]:
    """An event of a register about somebody, from the day on which it is told."""

    def about(who: str, id_: str, _: str) -> Act:
        return lambda town, day: town.take([told(id_, kind, {"person": who, **data, "since": day})])

    return about


def moved(where: str, *, child_too: bool) -> Callable[[str, str, str], Act]:
    def about(who: str, id_: str, _: str) -> Act:
        people = (who, CHILD) if child_too else (who,)
        kind = "no.folkeregisteret.move.v1"
        return lambda town, day: town.take(
            [told(f"{id_}{p}", kind, {"person": p, "municipality": where, "since": day}) for p in people]
        )

    return about


def died(who: str, id_: str, _: str) -> Act:
    return lambda town, day: town.take(
        [told(id_, "no.folkeregisteret.death.v1", {"person": who, "died": day})]
    )


def married(who: str, id_: str, _: str) -> Act:
    data = {"person": who, "spouse": PARTNER}
    return lambda town, day: town.take([told(id_, "no.folkeregisteret.marriage.v1", {**data, "since": day})])


def partner_moves_in(who: str, id_: str, _: str) -> Act:
    """The child lives with a new partner too, who is registered as a parent."""
    care = {"child": CHILD, "carer": PARTNER, "role": "other", "shared": "no"}
    return lambda town, day: town.take([told(id_, "no.folkeregisteret.care.v1", {**care, "since": day})])


def another_parent(who: str, id_: str, _: str) -> Act:
    """Somebody else becomes a legal parent of the child."""
    data = {"child": CHILD, "parent": PARTNER, "role": "parent"}
    return lambda town, day: town.take(
        [told(id_, "no.folkeregisteret.parenthood.v1", {**data, "since": day})]
    )


def another_child(who: str, id_: str, _: str) -> Act:
    data = {
        "child": HALF,
        "mother": who,
        "father": PARTNER,
        "municipality": "5601",
        "name": "Ida",
        "lives_with": [who],
    }
    return lambda town, day: town.take([told(id_, "no.folkeregisteret.birth.v1", {**data, "born": day})])


def another_practitioner(who: str, id_: str, _: str) -> Act:
    return lambda town, day: town.take(listed(id_, who, "P3003", day))


def practitioner_before(who: str, id_: str, _: str) -> Act:
    """It turns out on whose list they were when the child was born."""
    return lambda town, _day: town.take(listed(id_, who, "P4004", "2024-01-01"))


def looked_up(who: str, id_: str, _: str) -> Act:
    def does(town: Town, _day: str) -> None:
        browser = asks(town)
        browser.be_officer("nav-3")
        for one in (who, CHILD):
            form = {"identifier": one, "purpose": "child-benefit", "reason": f"Needed {id_}"}
            browser.send("/officer/look-up", "/officer/look-up", **form)

    return does


def case_opened(who: str, id_: str, answer: str) -> Act:
    """A cleared officer opens the cases of the protected and the child, and answers them."""

    def does(town: Town, _day: str) -> None:
        for agency in ("nav", "helfo"):
            browser = asks(town)
            browser.be_officer(f"{agency}-3")
            for case in cases_of(town, who, CHILD):
                address = f"/officer/cases/{case}"
                if browser.client.get(address, headers=browser.headers).status_code == 200 and answer:
                    shown = browser.page(address)
                    if 'name="answer"' in shown:
                        browser.send(address, address, answer=answer, reason="Looked at it")
        town.app.worker.run_until_idle()

    return does


def chose(who: str, id_: str, _: str) -> Act:
    def does(town: Town, _day: str) -> None:
        browser = asks(town)
        browser.be(who)
        browser.send("/me/choices/delivery/benefit", "/me/choices", answer="only_when_claimed")

    return does


def looked_at_own_page(who: str, id_: str, _: str) -> Act:
    def does(town: Town, _day: str) -> None:
        browser = asks(town)
        browser.be(who)
        for path in ("/me", "/me/uses", "/me/choices", "/me/notices"):
            browser.page(path)

    return does


HIDDEN: dict[str, Callable[[str, str, str], Act]] = {
    **{f"moves to {where}": moved(where, child_too=False) for where in PLACES},
    **{f"moves with the child to {where}": moved(where, child_too=True) for where in PLACES},
    "leaves the country": person("no.folkeregisteret.emigration.v1"),
    "dies": died,
    "marries": married,
    "has a new partner": partner_moves_in,
    "has a partner who adopts": another_parent,
    "has another child": another_child,
    "has another practitioner": another_practitioner,
    "had another practitioner": practitioner_before,
    "is a lone parent": person("no.nav.lone-parent.v1"),
    "has transitional benefit": person("no.nav.transitional.v1", transitional="full"),
    "has a benefit abroad": person("no.nav.abroad-benefit.v1"),
    "has a guardian": person("no.folkeregisteret.guardianship.v1"),
    "loses the permit": person("no.udi.permit.v1", permit="none"),
    "has another name": person("no.folkeregisteret.name.v1", name="Zoe Skjult"),
    "has another account": person("no.kontoregisteret.account.v1", account="99990000111"),
    "contests": person("no.self.contest.v1", contest="This is wrong"),
    "chooses": chose,
    "looks": looked_at_own_page,
    "is looked up": looked_up,
    "has a case opened": case_opened,
    "has a case answered": lambda who, id_, _: case_opened(who, id_, "differ"),
    "has a case approved": lambda who, id_, _: case_opened(who, id_, "approve"),
}
KNOWN: dict[str, Callable[[str, str, str], Act]] = {
    "moves to 5601": moved("5601", child_too=False),
    "moves to 0301": moved("0301", child_too=False),
    "is a lone parent": person("no.nav.lone-parent.v1"),
    "has another account": person("no.kontoregisteret.account.v1", account="88880000111"),
    "contests": person("no.self.contest.v1", contest="Mine is wrong"),
}
Drawn = tuple[int, str]
HISTORY = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(sorted(HIDDEN))), min_size=1, max_size=5)
OPEN = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(sorted(KNOWN))), max_size=2)


def possible(family: Family, hidden: list[Drawn]) -> list[Drawn]:
    """Without what the law makes the other's: a child who lives with them, a benefit only one can have."""
    without: tuple[str, ...] = ()
    if family.arrangement == "with the other":
        without = ("with the child", "partner")
    elif family.arrangement == "not split":
        without = ("permit", "leaves")
    return [one for one in hidden if not any(word in one[1] for word in without)]


def acts(
    drawn: list[Drawn], what: dict[str, Callable[[str, str, str], Act]], who: str, tag: str
) -> list[tuple[int, Act]]:
    """In order of their stops, each with an id of its own."""
    return [
        (stop, what[name](who, f"{tag}{n}", ""))
        for n, (stop, name) in sorted(enumerate(drawn), key=lambda d: d[1][0])
    ]


def views(town: Town, family: Family) -> dict[str, str]:
    """What everybody but the protected and those who are cleared can see."""
    found = {f"other {name}": text for name, text in received(town, family.other).items()}
    found |= {f"stranger {name}": text for name, text in received(town, NEIGHBOUR).items()}
    everybody = (family.hidden, CHILD, family.other)
    for officer, purpose in (("nav-1", "child-benefit"), ("helfo-1", "general-practitioner")):
        seen = seen_by_officer(town, officer, everybody, purpose)
        found |= {f"{officer} {name}": text for name, text in seen.items()}
    return found


def lived(
    town: Town, family: Family, known: list[tuple[int, Act]], hidden: list[tuple[int, Act]]
) -> Iterator[dict[str, str]]:
    """What is seen at each stop, after everything that happened by then."""
    for stop, day in enumerate(STOPS):
        if stop:
            town.on(day)
        for at, act in (*hidden, *known):
            if at == stop:
                act(town, day)
        town.app.worker.run_until_idle()
        yield views(town, family) if stop == len(STOPS) - 1 else page_of(town, family.other)


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """What differs, with the first line that does."""
    found: list[str] = []
    for name in sorted(one.keys() | other.keys()):
        here, there = one.get(name, "").splitlines(), other.get(name, "").splitlines()
        if here != there:
            pairs = [(a, b) for a, b in zip([*here, ""], [*there, ""], strict=False) if a != b]
            found.append(f"{name}: {pairs[0]!r} ({len(here)} and {len(there)} lines)")
    return found


def seen(**family: Any) -> Family:
    """A family like most of those in which something once could be seen."""
    usual = {"others_home": "5601", "hidden_home": "0301", "mother_hides": True, "since_birth": True}
    return Family(**{**usual, "arrangement": "apart", "child_too": False, **family})


@given(family=FAMILIES, known=OPEN, hidden=HISTORY)
@example(family=seen(), known=[], hidden=[(1, "moves with the child to 5601")])
@example(family=seen(), known=[], hidden=[(1, "has another practitioner"), (2, "contests")])
@example(
    family=seen(arrangement="split"),
    known=[(1, "contests")],
    hidden=[(1, "contests"), (2, "has a case opened")],
)
@example(
    family=seen(arrangement="split", others_home="2100", hidden_home="2100", mother_hides=False),
    known=[],
    hidden=[(1, "chooses"), (1, "moves with the child to 0301")],
)
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_nothing_that_anybody_else_receives_differs(
    family: Family, known: list[Drawn], hidden: list[Drawn]
) -> None:
    compared(family, known, hidden)


def compared(family: Family, known: list[Drawn], hidden: list[Drawn]) -> None:
    """Live the history in one town of two, and compare."""
    with (
        tempfile.TemporaryDirectory(prefix="duly-twins-") as work,
        twins(template(family), Path(work), BEGINS) as (here, there),
    ):
        happens = acts(possible(family, hidden), HIDDEN, family.hidden, "x")
        plain = lived(here, family, acts(known, KNOWN, family.other, "k"), [])
        other = lived(there, family, acts(known, KNOWN, family.other, "k"), happens)
        for day, one, another in zip(STOPS, plain, other, strict=True):
            found = differences(one, another)
            assert not found, (day, family, known, hidden, found)
