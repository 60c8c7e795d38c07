"""Random lives told by registers, with corrections and cancellations; and everything recomputed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import msgspec
from intake_events import CHILD, FATHER, MOTHER, OTHER, Event, event
from looking import looking
from people import account, registered
from sqlalchemy import Table, func, select
from town import Town

from duly.delivery.tables import case, enrolment_order, order_line, order_stop, payment
from duly.entitlements import Cause, Entitlement, Key, value_at
from duly.entitlements.marks import want
from duly.entitlements.tables import decision, entitlement, mark
from duly.vault.tables import subject

ADULTS, CHILDREN = (MOTHER, FATHER), (CHILD, OTHER)
WRITTEN: Sequence[Table] = (decision, order_line, order_stop, payment, case, enrolment_order)
PLACES = ["0301", "5501", "5610", "2100"]
State = dict[str, Any]


def lives(seed: int, count: int) -> list[Event]:
    """`count` messages about two adults and two children; each third corrects or cancels an earlier one."""
    random = Random(seed)
    told = [registered(MOTHER, "1990-05-05"), registered(FATHER, "1988-01-01"), account(MOTHER)]
    told += [_birth(random, f"b{n}", child) for n, child in enumerate(CHILDREN)]
    first = list(told)
    random.shuffle(told)
    for number in range(count):
        if random.random() < 0.35:
            told.append(_again(random, f"e{number}", random.choice([*first, *told])))
        else:
            told.append(_something(random, f"e{number}"))
    return told


def _again(random: Random, id_: str, earlier: Event) -> Event:
    """The earlier message taken back, or told otherwise."""
    name = earlier.get("corrects") or earlier["id"]
    same = {"type": earlier["type"], "source": earlier["source"], "corrects": name}
    kind = earlier["type"].removeprefix("no.").removesuffix(".v1")
    if random.random() < 0.5 or "data" not in earlier:
        return event(kind, id_, action="cancel", time=_time(random), **same)
    data = dict(earlier["data"])
    for field in ("since", "born", "moved", "died"):
        if field in data:
            data[field] = _day(random)
    if "carer" in data:
        data["carer"] = random.choice(ADULTS)
    if "mother" in data:
        data["mother"] = random.choice(ADULTS)
        data.pop("father", None)
    if data.get("until", "9") <= data.get("since", ""):
        data.pop("until")
    return event(kind, id_, data, action="correct", time=_time(random), **same)


def _birth(random: Random, id_: str, child: str) -> Event:
    data = {"child": child, "born": _day(random), "mother": MOTHER, "municipality": random.choice(PLACES)}
    data |= random.choice([{}, {"father": FATHER}, {"father": FATHER, "lives_with": [MOTHER, FATHER]}])
    return event("folkeregisteret.birth", id_, data, time=_time(random))


def _something(random: Random, id_: str) -> Event:
    person, adult, child = (random.choice(of) for of in ((*ADULTS, *CHILDREN), ADULTS, CHILDREN))
    since = _day(random)
    care = {"child": child, "carer": adult, "since": since}
    kind, data = random.choice(
        [
            ("folkeregisteret.move", {"person": person, "municipality": random.choice(PLACES)}),
            ("folkeregisteret.emigration", {"person": person}),
            ("folkeregisteret.care", {**care, "role": "father", "shared": random.choice(["no", "split"])}),
            ("folkeregisteret.care-ended", care),
            ("folkeregisteret.parenthood", {"child": child, "parent": adult, "role": "mother"}),
            ("folkeregisteret.marriage", {"person": person}),
            ("folkeregisteret.protection", {"person": person}),
            ("folkeregisteret.guardianship", {"person": person}),
            ("nav.lone-parent", {"person": adult, "lone_parent": random.random() < 0.7}),
            ("nav.child-abroad", {"child": child, "carer": adult}),
            ("self.recipient", {"child": child, "recipient": adult, "instead_of": _other(adult)}),
            ("fastlegeregisteret.listing", {"person": adult, "practice": "P1001"}),
            ("fastlegeregisteret.practice", {"practice": "P1001", "full": random.random() < 0.5}),
            ("self.delivery", {"person": adult, "service": "child_benefit", "delivery": _how(random)}),
            ("folkeregisteret.death", {"person": person, "died": since}),
        ]
    )
    if kind != "folkeregisteret.death":
        data = {**data, "since": since}
    return event(kind, id_, data, time=_time(random))


def _how(random: Random) -> str:
    return random.choice(["automatic", "ask_me_first", "only_when_claimed"])


def _other(adult: str) -> str:
    return FATHER if adult == MOTHER else MOTHER


def _day(random: Random) -> str:
    return f"{random.choice([2023, 2024])}-{random.randint(1, 12):02}-{random.choice([1, 1, 14, 28]):02}"


def _time(random: Random) -> str:
    return f"2025-02-{random.randint(1, 28):02}T12:00:00Z"


def tell_all(place: Town, told: Sequence[Event], seed: int) -> None:
    """Registers send the messages in a few batches, over some months; what follows is done after each."""
    random = Random(seed)
    waiting, days = list(told), ["2025-04-02", "2025-05-28", "2025-11-28", "2025-12-01"]
    while waiting:
        size = random.randint(1, 4)
        place.desk.send(*waiting[:size], now=place.app.clock.now())
        waiting = waiting[size:]
        place.app.worker.run_until_idle()
        if days and random.random() < 0.3:
            place.day(days.pop(0))
            _answer(place, random)


def _answer(place: Town, random: Random) -> None:
    """An officer answers one of the open cases."""
    for one in place.open_cases()[:1]:
        place.answer(one.number, random.choice(["approve", "differ"]))


def recompute(place: Town) -> None:
    """Look at everybody again, under every programme."""
    app = place.app
    with looking(app.store).write() as conn:
        people = conn.execute(select(subject.c.number, subject.c.kind)).all()
        pairs = {
            (number, name): [Cause("test", "again")]
            for number, kind in people
            for name, programme in app.pack.programmes.items()
            if programme.holder == kind
        }
        want(conn, app.vault, pairs)
    app.worker.run_until_idle()


def state(place: Town) -> State:
    """Everything that stands, by key, and how much was ever written."""
    with place.app.store.read() as conn:
        rows = conn.execute(select(entitlement.c.holder, entitlement.c.programme, entitlement.c.about)).all()
        counts = {t.name: conn.execute(select(func.count()).select_from(t)).scalar_one() for t in WRITTEN}
        stale = conn.execute(select(func.count()).where(mark.c.wanted > mark.c.done)).scalar_one()
    found = {key: place.entitlement(key) for key in (Key(*row) for row in rows)}
    held = {str(key): _decided(one) for key, one in found.items() if one}
    cases = sorted((one.kind, one.state, one.people) for one in place.all_cases())
    return {"held": held, "counts": counts, "stale": stale, "cases": cases}


def _decided(held: Entitlement) -> Entitlement:
    """Without what may have stood, as nothing, before the first day that can be decided."""
    first = held.due[0][0]
    later = tuple(step for step in held.standing if step[0] > first)
    return msgspec.structs.replace(held, standing=((first, value_at(held.standing, first)), *later))
