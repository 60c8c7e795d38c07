"""Two towns that differ in what is hidden of one family, and everything that anybody else receives there.

The towns begin as copies of one town, so that whoever exists before has the same number in both. What is
random by design (tokens, salts, numbers of cases) and what the public log tells (places in it) is given
one form.
"""

from __future__ import annotations

import re
import shutil
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from litestar.testing import TestClient
from sqlalchemy import select
from web_town import CACHE, Browser, Town, event

from duly.app import Settings, build
from duly.delivery.chains import PAYMENT, Payment
from duly.delivery.tables import case_key
from duly.delivery.tables import payment as payment_table
from duly.entitlements import Key, use_of
from duly.events import Arrived
from duly.vault import Box, Identifier
from duly.web.server import create

PORTAL = "EE/GOV/70006317/portal"
PAGES = ("/me", "/me/uses", "/me/uses?own=yes", "/me/notices", "/me/choices")
RANDOM = (
    (re.compile(r'name="token" value="[^"]+"'), "token"),
    (re.compile(r'href="/me/uses/[0-9a-f]{64}/receipt"[^>]*'), "receipt"),
    (re.compile(r"\b(no|nr)\. \d+"), "place"),
    (re.compile(r"[Cc]ase \d{9,}"), "case"),
    (re.compile(r"/officer/cases/\d{9,}"), "/case"),
)
RECEIPT = re.compile(r'href="(/me/uses/[0-9a-f]{64}/receipt)"')
ROW = re.compile(r'<tr role="row">\s*<th scope="row".*?</tr>', re.DOTALL)
LINK = re.compile(r'href="(/me/[^"]+|/officer/[^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who is in the town, by what registers call them."""

    hidden: str
    child: str
    other: str
    stranger: str
    officers: tuple[str, ...] = ("nav-1", "helfo-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happens in one town and may be seen by those whom it concerns alone."""

    stop: int
    name: str
    does: Callable[[Town], None]


def says(*events: Arrived) -> Callable[[Town], None]:
    """Registers report it."""
    return lambda town: town.take(list(events))


def told(id_: str, kind: str, data: Mapping[str, Any]) -> Arrived:
    """An event with an id of its own, the same in both towns."""
    return event(kind, data, id=id_)


def reopened(folder: Path, begins: str) -> Town:
    """The town of a folder, as it stands there."""
    town = object.__new__(Town)
    given = {"directory": str(folder), "mode": "demo", "cache": str(CACHE), "begins": begins,
             "x_road_servers": "testclient", "x_road_clients": PORTAL}  # fmt: skip
    town.app = build(Settings.of(given))
    return town


@contextmanager
def twins(template: Path, work: Path, begins: str) -> Iterator[tuple[Town, Town]]:
    """Two towns that are the same until something happens in one of them."""
    towns: list[Town] = []
    try:
        for name in ("here", "there"):
            shutil.rmtree(work / name, ignore_errors=True)
            shutil.copytree(template, work / name)
            towns.append(reopened(work / name, begins))
        yield towns[0], towns[1]
    finally:
        for town in towns:
            town.close()


def asks(town: Town, language: str = "en") -> Browser:
    """A new browser on the town's one server."""
    served = getattr(town, "served", None)
    if served is None:
        served = create(town.app)
        town.served = served  # type: ignore[attr-defined] - one server for all who ask
    return Browser(TestClient(served), language)


def page_of(town: Town, who: str) -> dict[str, str]:
    """The page of a person alone."""
    town.app.ledger.sequence()
    browser = asks(town)
    browser.be(who)
    return {"/me": _plain(_in_order(browser.page("/me"), listed=False))}


def received(town: Town, who: str) -> dict[str, str]:
    """What a person receives: pages in each language, notices, receipts, money, the portal's answer."""
    town.app.ledger.sequence()
    found: dict[str, str] = {}
    for language in town.app.pack.languages:
        browser = asks(town, language)
        browser.be(who)
        for path in PAGES:
            found[f"{language} {path}"] = _in_order(browser.page(path), listed=path != "/me")
        more = {link for path in PAGES for link in LINK.findall(found[f"{language} {path}"])}
        for path in sorted(more - set(PAGES)):
            if not path.endswith("/receipt"):
                found[f"{language} {path}"] = browser.page(path)
    receipts = [browser.page(link) for link in RECEIPT.findall(found[f"{language} /me/uses"])]
    found["receipts"] = "\n".join(sorted(_of_receipt(one) for one in receipts))
    subject = number(town, who)
    for file in sorted(town.app.settings.outbox.glob(f"{subject}-*.eml")):
        found[file.name] = file.read_text()
    found["bank"] = "\n".join(paid(town, subject))
    found["portal"] = portal(town, who)
    return {name: _plain(text) for name, text in found.items()}


def seen_by_officer(town: Town, officer: str, persons: Sequence[str], purpose: str) -> dict[str, str]:
    """Everything that an officer who is not cleared can see: the list, every case, every record asked for."""
    browser = asks(town)
    browser.be_officer(officer)
    found = {"list": browser.page("/officer")}
    for number_ in cases(town):
        answer = browser.client.get(f"/officer/cases/{number_}", headers=browser.headers)
        if answer.status_code == 200:
            found[f"case {number_}"] = answer.text
    for person in persons:
        form = {"identifier": person, "purpose": purpose, "reason": "It is needed"}
        token = {"token": _token(browser)}
        answer = browser.client.post("/officer/look-up", data=form | token, headers=browser.headers)
        found[f"record {person}"] = f"{answer.status_code} {answer.text}"
    return dict(enumerate_(found))


def enumerate_(found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Cases by their order: their numbers are random."""
    cases_ = sorted(_plain(text) for name, text in found.items() if name.startswith("case "))
    yield from ((f"case {place}", text) for place, text in enumerate(cases_))
    yield from ((name, _plain(text)) for name, text in found.items() if not name.startswith("case "))


def portal(town: Town, who: str) -> str:
    """What Estonia's portal is told."""
    client = asks(town).client
    headers = {"x-road-client": PORTAL, "x-road-userid": f"NO{who}"}
    answer = client.get("/v2/findUsage", params={"userCode": f"NO{who}"}, headers=headers)
    assert answer.status_code == 200
    told = answer.json()
    return "\n".join([str(told["totalUsages"]), *sorted(map(str, told["usages"]))])


def paid(town: Town, subject: int) -> list[str]:
    """Every payment to a holder: key, day, account, amounts by month, the bank's reference, state."""
    app = town.app
    use = use_of(app.pack, "nav", "pay", frozenset({PAYMENT}), "test")
    with app.store.write() as conn:
        rows = conn.execute(select(payment_table).where(payment_table.c.holder == subject)).all()
        boxes = [
            Box(
                subject=r.holder,
                category=PAYMENT,
                version=Key(*r[:3]).bound(PAYMENT, r.number),
                sealed=r.sealed,
            )
            for r in rows
        ]
        opened = app.vault.open(conn, use, boxes) if boxes else []
    made = [msgspec.msgpack.decode(one, type=Payment) for one in opened]
    return sorted(f"{r[:4]} {r.day} {r.state} {one}" for r, one in zip(rows, made, strict=True))


def cases(town: Town) -> list[int]:
    """Every case that something waits in."""
    with town.app.store.read() as conn:
        return sorted({row.number for row in conn.execute(select(case_key.c.number))})


def cases_of(town: Town, *persons: str) -> list[int]:
    """The cases in which nothing of anybody but these waits."""
    ours = {number(town, person) for person in persons}
    holders: dict[int, set[int]] = {}
    with town.app.store.read() as conn:
        for row in conn.execute(select(case_key.c.number, case_key.c.holder)):
            holders.setdefault(row.number, set()).add(row.holder)
    return sorted(case for case, of in holders.items() if of <= ours)


def number(town: Town, person: str) -> int:
    wanted = Identifier("no.fnr", person)
    with town.app.store.read() as conn:
        return town.app.vault.find(conn, [wanted])[wanted]


def _token(browser: Browser) -> str:
    found = re.search(r'name="token" value="([^"]+)"', browser.page("/officer/look-up"))
    assert found is not None
    return found.group(1)


def _in_order(text: str, *, listed: bool) -> str:
    """Rows of uses in one order, since those of one instant have none; the first page shows only some."""
    rows = iter(sorted(ROW.findall(text)))
    return ROW.sub(lambda _: next(rows) if listed else "", text)


def _of_receipt(text: str) -> str:
    """What a receipt says, without salts, hashes and places."""
    extra = msgspec.json.decode(b64decode(text.splitlines()[1].removeprefix("extra ")))
    return b64decode(extra["text"]).decode()


def _plain(text: str) -> str:
    for pattern, plain in RANDOM:
        text = pattern.sub(plain, text)
    return text
