"""A population of any size, for measurements: a decided town, written again and again under new numbers.

A small town is drawn from the statistics, sent in by its registers and decided, all by the stages themselves.
Then its people, their facts and what was decided are sealed again for as many new people as are wanted: each
has a number, a data key, an identifier and nonces of their own. Decisions, orders, uses and the history of
facts are not repeated: what is written is what a step reads, subjects, identifiers, snapshots, marks,
entitlements and accounts. A copy of the town lies in one bucket, so that it is written in one place.

    uv run python bench/population.py --subjects 1000000 --directory DIR
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, insert, select

from duly.app import App, Settings, build
from duly.delivery.chains import ORDER
from duly.delivery.tables import chain
from duly.demo.directory import prepare
from duly.demo.registers import FIRST, history
from duly.demo.sender import batches
from duly.entitlements import Key, use_of
from duly.entitlements.holdings import ENTITLEMENT
from duly.entitlements.tables import entitlement, mark
from duly.events import read_envelope
from duly.facts import intake_use
from duly.facts.content import Snapshot, read_snapshot, written
from duly.facts.resolve import Entry
from duly.facts.tables import snapshot
from duly.law.kernel import KEPT
from duly.store.rows import write_rows
from duly.timeline import from_iso
from duly.vault import Box, Identifier, Plain, Wanted
from duly.vault.tables import subject

__all__ = ["Loaded", "load", "open_town"]

SEED, TOWN, AT_ONCE = 1, 2_000, 10
DAY = from_iso(FIRST.isoformat())


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What was written, and in how many seconds."""

    subjects: int
    rows: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class _Sealed:
    """A row of the template, opened. `content` has other people's numbers in it, or is plain bytes."""

    table: Table
    owner: int
    about: int
    name: str
    version: int
    content: Snapshot | bytes


@dataclass(frozen=True, kw_only=True)
class _Template:
    people: Sequence[tuple[int, str]]
    rows: Sequence[_Sealed]
    marks: Sequence[tuple[int, str]]


def open_town(directory: Path, people: int = TOWN, day: date = FIRST) -> App:
    """An application in demo mode on a town of so many people, all decided."""
    prepare(directory)
    given = {"directory": str(directory), "mode": "demo", "begins": day.isoformat(), "cache": str(KEPT)}
    app = build(Settings.of(given))
    sources = {source.register: source for source in app.sources.listed.values()}
    first = history(seed=SEED, size=people, last=FIRST, designed=False).days[0]
    for register, events in batches(first.sent):
        app.intake.take(sources[register], [read_envelope(msgspec.json.encode(event)) for event in events])
        app.worker.run_until_idle()
    return app


def load(app: App, size: int, told: Callable[[int], None] = lambda _: None) -> Loaded:
    """Write people until there are about `size`; `told` hears how many there are."""
    began = time.perf_counter()
    with app.store.write() as conn:
        template = _read(app, conn)
        count = len(template.people)
    town, rows = count, 0
    _hasty(app)
    while count + town <= size:
        copies = min(AT_ONCE, (size - count) // town)
        with app.store.write() as conn:
            for _ in range(copies):
                rows += _copy(app, conn, template)
        count += copies * town
        told(count)
    _settled(app)
    return Loaded(subjects=count, rows=rows, seconds=time.perf_counter() - began)


def _hasty(app: App) -> None:
    """A database that is being filled may lose everything in a crash."""
    with app.store.write() as conn:
        conn.exec_driver_sql("PRAGMA cache_size = -1000000")


def _settled(app: App) -> None:
    """Leave the log empty, as it is in a database at rest, and the planner with figures."""
    with app.store.write() as conn:
        conn.exec_driver_sql("PRAGMA cache_size = -65536")
    app.store.scrub()


def _read(app: App, conn: Connection) -> _Template:
    """Everything of the town that is to be written again."""
    people = [(row.number, row.kind) for row in conn.execute(select(subject)) if row.kind != "System"]
    rows = [*_facts(app, conn), *_entitlements(app, conn), *_accounts(app, conn)]
    marks = [(row.holder, row.programme) for row in conn.execute(select(mark))]
    return _Template(people=people, rows=rows, marks=marks)


def _facts(app: App, conn: Connection) -> Iterator[_Sealed]:
    use = intake_use(app.pack, app.pack.vocabulary.categories(), "bench")
    found = conn.execute(select(snapshot)).all()
    boxes = [Box(subject=r.subject, category=r.category, version=r.version, sealed=r.sealed) for r in found]
    for row, data in zip(found, app.vault.open(conn, use, boxes), strict=True):
        yield _Sealed(
            table=snapshot,
            owner=row.subject,
            about=row.subject,
            name=row.category,
            version=row.version,
            content=_as_needed(read_snapshot(data), data),
        )


def _as_needed(content: Snapshot, data: bytes) -> Snapshot | bytes:
    """The bytes themselves where nobody else is named in them."""
    linked = any(stated.member for entry in content.entries for stated in entry.stated)
    return content if linked or content.pointers else data


def _entitlements(app: App, conn: Connection) -> Iterator[_Sealed]:
    yield from _keyed(app, conn, entitlement, ENTITLEMENT, "entitlement", pays=False)


def _accounts(app: App, conn: Connection) -> Iterator[_Sealed]:
    yield from _keyed(app, conn, chain, ORDER, "chain", pays=True)


def _keyed(
    app: App, conn: Connection, table: Table, category: str, bound: str, *, pays: bool
) -> Iterator[_Sealed]:
    for row in conn.execute(select(table)).all():
        profile = app.profiles[row.programme]
        purpose = "pay" if pays else profile.purpose
        use = use_of(app.pack, profile.agency, purpose, frozenset({category}), "bench")
        version = Key(*row[:3]).bound(bound, row.version)
        box = Box(subject=row.holder, category=category, version=version, sealed=row.sealed)
        (data,) = app.vault.open(conn, use, [box])
        yield _Sealed(
            table=table, owner=row.holder, about=row.about, name=row.programme, version=row.version,
            content=data,
        )  # fmt: skip


def _copy(app: App, conn: Connection, template: _Template) -> int:
    """Write the town once more under new numbers; how many rows that were."""
    numbers = _numbers(app, conn, template)
    plain = [_plain(row, numbers) for row in template.rows]
    sealed = app.vault.seal(conn, plain)
    by_table: dict[Table, list[Any]] = {}
    for row, one, box in zip(template.rows, plain, sealed, strict=True):
        if row.table is snapshot:
            values: tuple[Any, ...] = (one.subject, row.name, row.version, box)
        else:
            values = (one.subject, row.name, numbers[row.about], row.version, box)
        by_table.setdefault(row.table, []).append(values)
    for table, rows in by_table.items():
        rows.sort(key=lambda values: values[:3])
        write_rows(conn, _INSERTS[table], tuple(table.columns.keys()), rows)
    marks = [(numbers[holder], name, 1, 1, "") for holder, name in template.marks]
    write_rows(conn, _INSERTS[mark], _MARK, sorted(marks))
    return sum(map(len, by_table.values())) + len(marks) + 2 * len(numbers)


_INSERTS = {table: insert(table) for table in (snapshot, entitlement, chain, mark)}
_MARK = ("holder", "programme", "wanted", "done", "causes")


def _numbers(app: App, conn: Connection, template: _Template) -> dict[int, int]:
    """New people by those of the template; a child is near to its mother."""
    tag = f"{time.monotonic_ns():x}"
    names = {number: Identifier("bench", f"{tag}-{number}") for number, _ in template.people}
    anchor = names[template.people[0][0]]
    wanted = [
        Wanted(identifier=names[number], kind=kind, near=None if names[number] == anchor else anchor)
        for number, kind in template.people
    ]
    drawn = app.vault.ensure(conn, wanted)
    return {number: drawn[name] for number, name in names.items()}


def _plain(row: _Sealed, numbers: dict[int, int]) -> Plain:
    owner = numbers[row.owner]
    content = row.content
    data = content if isinstance(content, bytes) else written(_renumbered(content, numbers))
    if row.table is snapshot:
        return Plain(subject=owner, category=row.name, version=row.version, data=data)
    category, bound = (ENTITLEMENT, "entitlement") if row.table is entitlement else (ORDER, "chain")
    version = Key(owner, row.name, numbers[row.about]).bound(bound, row.version)
    return Plain(subject=owner, category=category, version=version, data=data)


def _renumbered(content: Snapshot, numbers: dict[int, int]) -> Snapshot:
    pointers = {
        relation: tuple(sorted(numbers[owner] for owner in owners))
        for relation, owners in content.pointers.items()
    }
    return Snapshot(entries=_entries(content.entries, numbers), pointers=pointers)


def _entries(entries: Iterable[Entry], numbers: dict[int, int]) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            entry.origin,
            tuple(
                msgspec.structs.replace(one, member=numbers[one.member]) if one.member else one
                for one in entry.stated
            ),
        )
        for entry in entries
    )


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--subjects", type=int, required=True)
    arguments.add_argument("--directory", type=Path, required=True)
    given = arguments.parse_args()
    app = open_town(given.directory)
    loaded = load(app, given.subjects)
    app.close()
    print(f"{loaded.subjects:,} subjects, {loaded.rows:,} rows, {loaded.seconds:.0f} s")


if __name__ == "__main__":
    main()
