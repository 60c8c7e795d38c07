"""A source is known by a key and has a register; it sends its register's event types, and only as itself.

It signs its requests, and the sources file (TOML) holds its public keys, several while they change; or it
shows a certificate, and the file holds that one's SHA-256. Bearer keys, of 256 random bits, are for the
demonstration, where each register of the pack may also send without any. Without sources, intake does not
start outside demo mode.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from duly.errors import BadInput, Denied, near_miss
from duly.events.public_keys import PublicKey
from duly.law import Pack
from duly.vault import known_by

__all__ = ["DEMO", "Source", "Sources", "new_key", "require_sources"]

DEMO: Final = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who sends: its CloudEvents `source`, its register, and how it is known.

    `keys` are the SHA-256 (hex) of bearer keys, `certificates` of certificates (DER), `signing` public keys.
    `dci` is its `sender_id` where it sends DCI messages, each of which it signs by one of the latter.
    """

    uri: str
    register: str
    keys: tuple[str, ...]
    signing: tuple[PublicKey, ...] = ()
    certificates: tuple[str, ...] = ()
    dci: str = ""

    @property
    def is_strong(self) -> bool:
        """Whether it proves itself by something that it does not send along."""
        return bool(self.signing or self.certificates) and not self.keys


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: str
    register: str
    keys: tuple[str, ...] = ()
    signing: tuple[PublicKey, ...] = ()
    certificates: tuple[str, ...] = ()
    dci: str = ""


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    source: tuple[_Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """All sources. `open_registers` may send without a key, under any `source` of theirs (demo mode only)."""

    listed: Mapping[str, Source]
    open_registers: frozenset[str]

    @staticmethod
    def read(path: Path, pack: Pack) -> Sources:
        """Read a sources file: `[[source]]` tables with `source`, `register` and `keys`."""
        try:
            told = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
        except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise BadInput(
                "The sources file cannot be read",
                detail=str(error),
                where=str(path),
                hint="Write [[source]] with source = URI, register = name, keys = [SHA-256 in hex].",
            ) from error
        rows = [
            Source(
                uri=row.source,
                register=row.register,
                keys=row.keys,
                signing=row.signing,
                certificates=row.certificates,
                dci=row.dci,
            )
            for row in told.source
        ]
        return Sources.of(rows, pack, path)

    @staticmethod
    def of(rows: Iterable[Source], pack: Pack, path: Path) -> Sources:
        """Those sources, the last of each URI; `path` is where they stand, for errors."""
        listed = {row.uri: row for row in rows}
        for row in listed.values():
            _check(row, pack, path)
        _require_distinct(listed.values(), path)
        return Sources(listed=listed, open_registers=frozenset())

    def text(self) -> str:
        """The sources file."""
        return "\n".join(_table(source) for source in self.listed.values())

    @staticmethod
    def none() -> Sources:
        """Nobody may send."""
        return Sources(listed={}, open_registers=frozenset())

    @staticmethod
    def open_to(pack: Pack) -> Sources:
        """Every register of the pack may send without a key. For the demo only."""
        return Sources(listed={}, open_registers=frozenset(pack.section("registers")))

    def holding(self, key: str) -> Source | None:
        """The source whose key this is. Every key is compared, and each in constant time."""
        given = hashlib.sha256(key.encode()).hexdigest()
        held: Source | None = None
        for source in self.listed.values():
            for known in source.keys:
                if hmac.compare_digest(given, known):
                    held = source
        return held

    def signing(self) -> dict[str, tuple[Source, PublicKey]]:
        """Every public key, by its id, and whose it is."""
        return {key.id: (source, key) for source in self.listed.values() for key in source.signing}

    def showing(self, certificate: bytes) -> Source | None:
        """The source that this certificate (DER) is pinned to."""
        shown = hashlib.sha256(certificate).hexdigest()
        return next((one for one in self.listed.values() if shown in one.certificates), None)

    def named(self, uri: str, register: str) -> Source | None:
        """The source of this URI: as listed, or, where the register may send without a key, as it says."""
        if uri in self.listed:
            return self.listed[uri]
        return Source(uri=uri, register=register, keys=()) if register in self.open_registers else None


def require_sources(mode: str, sources: Sources) -> None:
    """Refuse to start intake that anybody could send to, outside demo mode."""
    if mode == DEMO:
        return
    weak = sorted(source.uri for source in sources.listed.values() if not source.is_strong)
    if sources.listed and not sources.open_registers and not weak:
        return
    without = f"These are known by no key of their own, or by a bearer key: {', '.join(weak)}."
    raise Denied(
        "Intake does not start without source keys",
        detail=without if weak else "No source is known by a key. Anybody could send events.",
        hint="Add public keys with `duly sources add --public-key`, and name the file in DULY_SOURCES.",
    )


def new_key() -> tuple[str, str]:
    """A new key and its SHA-256 for the sources file. The key is shown once and kept nowhere."""
    key = secrets.token_urlsafe(32)
    return key, hashlib.sha256(key.encode()).hexdigest()


def _table(source: Source) -> str:
    """A source as a TOML table; JSON's strings and lists are TOML's."""
    told = {"source": source.uri, "register": source.register, "keys": source.keys}
    if source.certificates:
        told["certificates"] = source.certificates
    if source.dci:
        told["dci"] = source.dci
    rows = [f"{name} = {msgspec.json.encode(value).decode()}\n" for name, value in told.items()]
    signing = [f"[[source.signing]]\n{_lines(msgspec.to_builtins(key))}" for key in source.signing]
    return "".join(["[[source]]\n", *rows, *signing])


def _lines(told: Mapping[str, str]) -> str:
    return "".join(f"{name} = {msgspec.json.encode(value).decode()}\n" for name, value in told.items())


def _require_distinct(sources: Iterable[Source], path: Path) -> None:
    ids = [key.id for source in sources for key in source.signing]
    for id_ in ids:
        if ids.count(id_) > 1:
            raise BadInput(
                "Two public keys have one id",
                detail=f"{id_!r} would name two senders, or two keys of one.",
                where=str(path),
                hint="Give each key an id of its own.",
            )


def _check(row: Source, pack: Pack, path: Path) -> None:
    registers: Iterable[str] = {**pack.section("registers"), **known_by(pack)}
    if row.register not in registers:
        raise BadInput(
            "Unknown register",
            detail=f"The pack {pack.name} has no register or department {row.register!r}.",
            where=f"{path}, source {row.uri}",
            hint=near_miss(row.register, registers) or f"They are {', '.join(registers)}.",
        )
    for public in row.signing:
        public.check()
    if row.dci and not row.signing:
        raise BadInput(
            "A DCI sender has no public key",
            detail="It signs its messages, so a key has to be known by which to check them.",
            where=f"{path}, source {row.uri}",
            hint="Add one: duly sources add --public-key.",
        )
    for key in (*row.keys, *row.certificates):
        if len(key) != 64 or not set(key) <= set("0123456789abcdef"):
            raise BadInput(
                "Not the SHA-256 of a key or certificate",
                detail="It has 64 characters, 0 to 9 and a to f.",
                where=f"{path}, source {row.uri}",
                hint="Make one with `duly sources add`.",
            )
