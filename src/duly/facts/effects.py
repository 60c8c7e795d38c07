"""Which messages hold after a batch: those that create, as later ones correct and cancel them.

A message that names one which is not there waits for it; one that does not fit what it names is parked. The
outcome depends on what was sent, not on the order in which it came.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from sqlalchemy import Connection

from duly.errors import Conflict, DulyError
from duly.events import Envelope, Told, kept_envelope, queue, standing
from duly.events.queue import Kept
from duly.vault import Use, Vault

__all__ = ["Effect", "Effects", "judge"]

CREATE: Final = "create"
CANCEL: Final = "cancel"


class Effect(NamedTuple):
    """A message whose statements come or go, and the messages of this batch that make them."""

    kept: Kept
    envelope: Envelope
    causes: tuple[Envelope, ...]


@dataclass(slots=True, kw_only=True)
class Effects:
    """What a batch changes: statements that come and go, states (number, state, root), messages to park.

    `families` are the settled messages, each with those that belong to it; `read` is what was opened, and
    `contents` as it is sealed.
    """

    come: list[Effect] = field(default_factory=list[Effect])
    go: list[Effect] = field(default_factory=list[Effect])
    settled: list[tuple[int, str, bytes | None]] = field(default_factory=list[tuple[int, str, bytes | None]])
    parked: list[tuple[Kept, DulyError]] = field(default_factory=list[tuple[Kept, DulyError]])
    families: list[list[Kept]] = field(default_factory=list[list[Kept]])
    read: dict[int, Envelope] = field(default_factory=dict[int, Envelope])
    contents: dict[int, tuple[bytes, bytes]] = field(default_factory=dict[int, tuple[bytes, bytes]])


def judge(conn: Connection, vault: Vault, use: Use, taken: Sequence[Kept]) -> Effects:
    """Join the messages with what waits for them and what they name, and say what holds now."""
    rows = _with_waiting(conn, taken)
    effects = Effects()
    read = effects.read
    _read(conn, vault, use, rows, effects)
    roots, chains = _fitting(conn, vault, use, rows, effects)
    for row in rows:
        if row.key in roots and roots[row.key] is None:
            effects.settled.append((row.number, "waiting", None))
        elif row.key in roots and row.key not in chains and row.action == CREATE:
            effects.come.append(Effect(row, read[row.number], (read[row.number],)))
            effects.settled.append((row.number, "applied", None))
            effects.families.append([row])
    here = {row.number for row in rows if row.key in roots}
    for root, chain in chains.items():
        _settle_chain(root, chain, here, read, effects)
        effects.families.append(chain)
    return effects


def _with_waiting(conn: Connection, taken: Sequence[Kept]) -> list[Kept]:
    rows = {row.number: row for row in taken}
    frontier = [row.key for row in taken]
    while frontier:
        woken = [row for row in queue.waiting_for(conn, frontier) if row.number not in rows]
        rows.update((row.number, row) for row in woken)
        frontier = [row.key for row in woken]
    return sorted(rows.values())


def _read(conn: Connection, vault: Vault, use: Use, rows: Sequence[Kept], effects: Effects) -> None:
    contents = queue.opened(conn, vault, use, rows) if rows else []
    for row, content in zip(rows, contents, strict=True):
        effects.contents[row.number] = content
        effects.read[row.number] = kept_envelope(content[0])


def _fitting(
    conn: Connection,
    vault: Vault,
    use: Use,
    rows: Sequence[Kept],
    effects: Effects,
) -> tuple[dict[bytes, bytes | None], dict[bytes, list[Kept]]]:
    """(root of each message, None where it waits; messages of each chain), without those that do not fit."""
    outside = _outside(conn, rows)
    left, read = list(rows), effects.read
    while True:
        roots = _roots(left, outside)
        chains = _chains(conn, left, roots)
        stored = [row for chain in chains.values() for row in chain if row.number not in read]
        gone = _gone(conn, vault, stored)
        _read(conn, vault, use, [row for row in stored if row.number not in gone], effects)
        unfit = [(row, why) for row in left if (why := _unfit(row, roots, chains, outside, read, gone))]
        if not unfit:
            return roots, chains
        keys = {row.key for row, _ in unfit}
        first = [(row, why) for row, why in unfit if row.names not in keys]  # the rest then names nothing
        effects.parked.extend(first)
        gone = {row.number for row, _ in first}
        left = [row for row in left if row.number not in gone]


def _gone(conn: Connection, vault: Vault, rows: Sequence[Kept]) -> set[int]:
    """The messages that nobody can open any more, because somebody whom they are about was forgotten."""
    forgotten = vault.forgotten(conn, {number for row in rows for number in row.subjects()})
    return {
        row.number for row in rows if row.state == queue.FORGOTTEN or not forgotten.isdisjoint(row.subjects())
    }


def _outside(conn: Connection, rows: Sequence[Kept]) -> dict[bytes, Kept]:
    """What the messages name and is not among them, as far as it is there."""
    here = {row.key for row in rows}
    named = {row.names for row in rows if row.names is not None and row.names not in here}
    return {row.key: row for row in queue.by_key(conn, named)} if named else {}


def _roots(rows: Sequence[Kept], outside: Mapping[bytes, Kept]) -> dict[bytes, bytes | None]:
    """The event at the beginning of each message's chain; None where a part of the chain is not there."""
    here = {row.key: row for row in rows}
    found: dict[bytes, bytes | None] = {key: None if row.names else key for key, row in here.items()}
    settled = {key for key, row in here.items() if not row.names}
    for row in rows:
        path: list[bytes] = []
        key = row.key
        while key in here and key not in settled:
            settled.add(key)
            path.append(key)
            key = here[key].names or b""
        root = found[key] if key in here else _known_root(outside.get(key))
        found.update(dict.fromkeys(path, root))
    return found


def _known_root(row: Kept | None) -> bytes | None:
    """The root of a message that was applied in an earlier batch; None where it was not."""
    if row is None:
        return None
    if row.names is None:
        return row.key if row.state != "received" else None
    return row.root if row.state in ("applied", "cancelled") else None


def _chains(
    conn: Connection, rows: Sequence[Kept], roots: Mapping[bytes, bytes | None]
) -> dict[bytes, list[Kept]]:
    """The messages of every chain that a message of the batch corrects or cancels, earlier ones too."""
    chains = {root: list[Kept]() for row in rows if row.names is not None and (root := roots[row.key])}
    if not chains:
        return {}
    here = {row.number for row in rows}
    for row in rows:
        if (root := roots[row.key]) in chains:
            chains[root].append(row)
    for row in queue.families(conn, list(chains)):
        if row.number not in here and (row.names is None or row.state in ("applied", "cancelled")):
            chains[row.root or row.key].append(row)
    return chains


def _unfit(
    row: Kept,
    roots: Mapping[bytes, bytes | None],
    chains: Mapping[bytes, Sequence[Kept]],
    outside: Mapping[bytes, Kept],
    read: Mapping[int, Envelope],
    gone: Collection[int],
) -> DulyError | None:
    """Why a correction or cancel cannot be about what it names."""
    root = roots[row.key]
    if row.names is None or root is None:
        return None
    own = read[row.number]
    chain = chains[root]
    if any(one.number in gone for one in chain):
        return _forgotten()
    named = outside.get(row.names) or next((one for one in chain if one.key == row.names), None)
    if named is not None and named.action == CANCEL and row.action != CANCEL:
        return _misfit(
            "The event that it names is a cancel, and a cancel says nothing that can be corrected."
        )
    first = next((one for one in chain if one.key == root), None)
    if first is not None and read[first.number].type != own.type:
        return _misfit(f"It is a {own.type}, and the event that it names is a {read[first.number].type}.")
    return None


def _forgotten() -> Conflict:
    return Conflict(
        "The event that it names was forgotten",
        detail="Somebody whom it was about was forgotten, and what it said with them.",
        where="corrects",
        hint="Send what holds now as an event of its own.",
    )


def _misfit(detail: str) -> Conflict:
    hint = "Send a correction of the same type, or cancel the event and send a new one."
    return Conflict("It does not fit the event that it names", detail=detail, where="corrects", hint=hint)


def _settle_chain(
    root: bytes, chain: Sequence[Kept], here: set[int], read: Mapping[int, Envelope], effects: Effects
) -> None:
    holds = standing([Told(row.key, row.names, row.action, row.time, read[row.number].id) for row in chain])
    causes = tuple(read[row.number] for row in chain if row.number in here)
    for row in chain:
        new, own = row.number in here, None if row.names is None else root
        effect = Effect(row, read[row.number], causes)
        if row.action == CANCEL:
            if new:
                effects.settled.append((row.number, "applied", own))
        elif row.key == holds:
            if row.state != "applied":
                effects.come.append(effect)
                effects.settled.append((row.number, "applied", own))
        else:
            if row.state == "applied":
                effects.go.append(effect)
            if row.state != "cancelled":
                effects.settled.append((row.number, "cancelled", own))
