"""Events as registers send them, and what tests of intake do with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from duly.errors import DulyError
from duly.events import Arrived, Identifier, Outcome, Source, read_envelope, receive
from duly.facts import Record, apply, intake_use, load
from duly.facts.resolve import Key, Segment
from duly.law import Pack
from duly.store import Store
from duly.vault import FileKeys, Vault

REGISTER = "https://folkeregisteret.example"
MOTHER, FATHER, CHILD, OTHER = "01899012345", "02898512345", "03912412345", "04911012345"
NOW = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
SOURCES = {
    "folkeregisteret": REGISTER,
    "nav": "https://nav.example",
    "udi": "https://udi.example",
    "krr": "https://krr.example",
    "kontoregisteret": "https://kontoregisteret.example",
    "fastlegeregisteret": "https://fastlege.example",
    "self": "https://nav.example/min-side",
}

Event = dict[str, Any]


def event(kind: str, id_: str, data: Mapping[str, Any] | None = None, **attributes: Any) -> Event:
    """A CloudEvent of the type no.<kind>.v1, from its register's source."""
    told: Event = {
        "specversion": "1.0",
        "id": id_,
        "source": SOURCES[kind.partition(".")[0]],
        "type": f"no.{kind}.v1",
        "time": "2025-06-01T12:00:00Z",
        **attributes,
    }
    if data is not None:
        told["data"] = dict(data)
    return told


def move(id_: str, municipality: str, since: str, person: str = MOTHER, **attributes: Any) -> Event:
    data = {"person": person, "municipality": municipality, "since": since}
    return event("folkeregisteret.move", id_, data, **attributes)


def birth(id_: str = "b1", **data: Any) -> Event:
    told = {"child": CHILD, "born": "2024-11-03", "mother": MOTHER, "father": FATHER, "municipality": "0301"}
    return event("folkeregisteret.birth", id_, told | data)


class Desk:
    """Intake on one store: sends events, applies them, and reads what became of people."""

    def __init__(self, store: Store, vault: Vault, keys: FileKeys, pack: Pack) -> None:
        self.store, self.vault, self.keys, self.pack = store, vault, keys, pack

    def send(self, *events: Event, now: int = NOW) -> list[Outcome]:
        """Take in events of one or more sources, in order."""
        outcomes: list[Outcome] = []
        with self.store.write() as conn:
            for told in events:
                source = Source(uri=told["source"], register=told["type"].split(".")[1], keys=())
                items: list[Arrived | DulyError] = [read(told)]
                outcomes += receive(conn, self.vault, self.keys, self.pack, source, items, now)
        return outcomes

    def apply(self, most: int = 500) -> int:
        """Apply all that is received; how many messages that were."""
        count = 0
        while True:
            with self.store.write() as conn:
                applied = apply(conn, self.vault, self.pack, most)
            count += applied.count
            if not applied.count:
                return count

    def tell(self, *events: Event) -> None:
        """Send events, all of which are to be accepted, and apply them."""
        outcomes = self.send(*events)
        assert [one.problem for one in outcomes] == [None] * len(events)
        self.apply()

    def number(self, person: str, scheme: str = "no.fnr") -> int | None:
        who = Identifier(scheme, person)
        with self.store.read() as conn:
            return self.vault.find(conn, [who]).get(who)

    def record(self, person: str, scheme: str = "no.fnr") -> Record:
        """Everything that is known of a person."""
        number = self.number(person, scheme)
        assert number is not None
        categories = self.pack.vocabulary.categories()
        with self.store.write() as conn:
            return load(conn, self.vault, intake_use(self.pack, categories), [number], categories)[number]

    def values(self, person: str, attribute: str, member: str = "") -> list[tuple[int, Any]]:
        """(start, value) of an attribute of a person or of a link."""
        if self.number(person) is None:
            return []
        key: Key = (attribute, (self.number(member) or -1) if member else 0)
        found: Iterable[Segment] = self.record(person).facts.get(key, ())
        return [(segment.start, segment.value) for segment in found]


def read(told: Event) -> Arrived:
    return read_envelope(msgspec.json.encode(told))
