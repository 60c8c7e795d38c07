"""A department calls a person by an identifier of its own, which nobody can join with another's without Duly.

It is made of the identifier that registers use: by HMAC-SHA256 under a key of the department's, which lies in
the key store, has versions, and is no other department's; or by the Austrian derivation (bPK), from a source
number that is itself secret. Only a department to which the law gives the registers' identifier has that one.
The way back is the table of identifiers, as for any other: a keyed hash, and a sealed value that opens for a
use. Identifiers of an older key are known until that key is retired.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, select

from duly.errors import BadInput, Conflict, NotFound, TryAgain, near_miss
from duly.law import Pack
from duly.store import Duty, Store, insert_new
from duly.vault.keys import KeyService, KeyStore
from duly.vault.rotation import nobody_writes
from duly.vault.sealing import Plain
from duly.vault.subjects import Identifier, hashed, version_of
from duly.vault.tables import identifier
from duly.vault.uses import Use
from duly.vault.vault import IDENTIFIER, Vault

__all__ = [
    "SCHEME",
    "Department",
    "Departments",
    "begin",
    "bpk",
    "known_by",
    "retire",
    "scheme_of",
    "spelled",
    "spoken",
]

SCHEME: Final = "duly:"
"""Leads the scheme of a department's own identifiers: `duly:ssb`."""
TAG: Final = 16
AREA: Final = "urn:publicid:gv.at:cdid"
_INSERT = insert_new(identifier, ["hash"])
_ROWS = select(identifier).where(identifier.c.hash.in_(bindparam("hashes", expanding=True)))
_MADE = select(func.count()).where(identifier.c.maker == bindparam("tag")).select_from(identifier)
_UNMAKE = delete(identifier).where(identifier.c.maker == bindparam("tag"))


class Department(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`scheme` is of the registers' identifier that it has (`law` says why) or that its own is made of.

    `area` is what the Austrian derivation calls the department's sector.
    """

    title: dict[str, str]
    scheme: str
    known_by: Literal["own", "national", "bpk"]
    law: str = ""
    area: str = ""


def known_by(pack: Pack) -> dict[str, Department]:
    """The departments that a pack declares. BadInput says which is wrong."""
    told = pack.settings.get("departments", {})
    try:
        found = msgspec.convert(told, dict[str, Department])
    except msgspec.ValidationError as error:
        raise _wrong(pack, str(error)) from error
    for name, one in found.items():
        missing = [language for language in pack.languages if not one.title.get(language)]
        if missing:
            raise _wrong(pack, f"{name} has no title in {', '.join(missing)}.")
        if (one.known_by == "national") != bool(one.law) or (one.known_by == "bpk") != bool(one.area):
            raise _wrong(
                pack, f"{name}: a national identifier has its law, a bpk its area, and nothing else has."
            )
    return found


def scheme_of(department: str) -> str:
    """The scheme of a department's own identifiers."""
    return SCHEME + department


def spoken(text: str) -> Identifier | None:
    """What `duly:ssb:7hK...` names; None for whatever is written otherwise."""
    lead, _, rest = text.partition(":")
    department, colon, value = rest.partition(":")
    return Identifier(scheme_of(department), value) if f"{lead}:" == SCHEME and colon else None


def spelled(name: Identifier) -> str:
    """As a department writes it: `duly:ssb:7hK...`, or a register's identifier alone."""
    return f"{name.scheme}:{name.value}" if name.scheme.startswith(SCHEME) else name.value


def bpk(source: str, area: str) -> str:
    """The Austrian identifier of a sector (bereichsspezifisches Personenkennzeichen) of a source number."""
    made = hashlib.sha1(f"{source}+{AREA}+{area}".encode(), usedforsecurity=False).digest()
    return base64.b64encode(made).decode()


class Departments:
    """What each department calls subjects, and whom it means."""

    def __init__(self, vault: Vault, keys: KeyService, declared: Mapping[str, Department]) -> None:
        self._vault, self._keys, self.declared = vault, keys, declared

    def identifier(self, conn: Connection, use: Use, number: int, department: str) -> Identifier:
        """What the department calls a subject, for a use that leaves its entry; made where it is not yet.

        NotFound where the subject has no identifier to make it of. TryAgain where a key was begun meanwhile.
        """
        one = self._declared(department)
        with_scheme = [
            name for name in self._vault.identifiers_of(conn, use, number) if name.scheme == one.scheme
        ]
        if not with_scheme:
            raise NotFound(
                "The department cannot name this person",
                detail=f"No identifier of scheme {one.scheme!r} is known.",
                where=f"subject {number}",
            )
        if one.known_by == "national":
            return with_scheme[0]
        made = self.made(department, with_scheme)
        there = self._there(conn, number, made)
        return there[0] if there else self._kept(conn, number, department, made[0])

    def made(self, department: str, of: Sequence[Identifier]) -> list[Identifier]:
        """The department's own identifiers of these, by its newest key. Says nothing of who is known."""
        one = self._declared(department)
        if one.known_by == "bpk":
            return [Identifier(scheme_of(department), bpk(name.value, one.area)) for name in of]
        made = self._keys.department(department, self._newest(department), [_text(name) for name in of])
        return [Identifier(scheme_of(department), _written(mac)) for mac in made]

    def keep(self, conn: Connection, department: str, of: Sequence[Identifier]) -> list[Identifier]:
        """The department's own identifiers of these, which from now on find those who are known."""
        own = self.made(department, of)
        known = self._vault.find(conn, of)
        for name, made in zip(of, own, strict=True):
            if name in known:
                self._kept(conn, known[name], department, made)
        return own

    def find(self, conn: Connection, department: str, names: Iterable[Identifier]) -> dict[Identifier, int]:
        """Whom a department means: by its own identifiers, or the registers' where the law gives it those."""
        allowed = self.scheme(department)
        return self._vault.find(conn, [name for name in names if name.scheme == allowed])

    def scheme(self, department: str) -> str:
        """The scheme of the only identifiers that a department may send."""
        one = self._declared(department)
        return one.scheme if one.known_by == "national" else scheme_of(department)

    def _kept(self, conn: Connection, number: int, department: str, made: Identifier) -> Identifier:
        hash_version = self._keys.hash_versions()[0]
        (hash_,) = hashed(self._keys, hash_version, [made])
        data = b"\0".join((made.scheme.encode(), made.value.encode()))
        plain = Plain(subject=number, category=IDENTIFIER, version=version_of(hash_), data=data)
        tag = self._tag(department)
        row = {"hash": hash_, "key_version": hash_version, "subject": number, "maker": tag}
        if not self._there(conn, number, [made]):
            conn.execute(_INSERT, row | {"sealed": self._vault.seal(conn, [plain])[0]})
        if self._keys.hash_versions()[0] != hash_version or self._tag(department) != tag:
            raise TryAgain(
                "A key was begun meanwhile",
                detail="What was written would be found by an older one only; it was not.",
                hint="Send the same again.",
            )
        return made

    def _there(self, conn: Connection, number: int, made: Sequence[Identifier]) -> list[Identifier]:
        """Those of these identifiers that the subject has."""
        found: list[Identifier] = []
        for version in self._keys.hash_versions():
            by_hash = dict(zip(hashed(self._keys, version, made), made, strict=True))
            rows = conn.execute(_ROWS, {"hashes": list(by_hash)}).all()
            found += [by_hash[bytes(row.hash)] for row in rows if row.subject == number]
        return sorted(found)

    def _tag(self, department: str) -> bytes:
        one = self._declared(department)
        if one.known_by == "bpk":
            return hashlib.sha256(f"bpk {department}".encode()).digest()[:TAG]
        return tag_of(self._keys, department, self._newest(department))

    def _newest(self, department: str) -> int:
        versions = self._keys.department_versions(department)
        if not versions:
            raise NotFound(
                "The department has no key",
                detail=f"{department} has no identifiers of its own yet.",
                hint=f"Begin one: duly keys rotate --department {department}",
            )
        return versions[0]

    def _declared(self, department: str) -> Department:
        found = self.declared.get(department)
        if found is None:
            raise NotFound(
                "Unknown department",
                detail=f"The pack declares no department {department!r}.",
                hint=near_miss(department, self.declared) or "Declare it: [departments.NAME] in pack.toml.",
            )
        return found


def tag_of(keys: KeyService, department: str, version: int) -> bytes:
    """What marks the rows that a key made; nobody tells whose it is without the key."""
    return keys.department(department, version, [b"duly.maker"])[0][:TAG]


def in_use(conn: Connection, keys: KeyService, department: str) -> dict[int, int]:
    """How many identifiers each version of a department's key has made."""
    return {
        version: conn.execute(_MADE, {"tag": tag_of(keys, department, version)}).scalar_one()
        for version in keys.department_versions(department)
    }


def begin(store: Store, keys: KeyStore, department: str) -> int:
    """Draw a new key for a department, while nobody makes an identifier by an older one."""
    with store.acting(duty=Duty.KEYS).write() as conn:
        nobody_writes(conn, identifier)
        return keys.begin_department(department)


def retire(store: Store, keys: KeyStore, department: str, version: int) -> int:
    """Destroy a key and all that it made; how many identifiers nobody knows from now on.

    Conflict for the newest: the department would have none.
    """
    versions = keys.department_versions(department)
    if version == max(versions, default=0):
        raise Conflict(
            "This is the department's newest key",
            detail="It makes the identifiers that the department is given.",
            where=f"{department}, key {version}",
            hint=f"Begin another first: duly keys rotate --department {department}",
        )
    if version not in versions:
        return 0
    with store.acting(duty=Duty.KEYS).write() as conn:
        nobody_writes(conn, identifier)
        gone = conn.execute(_UNMAKE, {"tag": tag_of(keys, department, version)}).rowcount
    store.scrub(identifier)
    keys.destroy_department(department, version)
    return gone


def _text(name: Identifier) -> bytes:
    scheme = name.scheme.encode()
    return b"duly.department" + len(scheme).to_bytes(2, "big") + scheme + name.value.encode()


def _written(mac: bytes) -> str:
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def _wrong(pack: Pack, detail: str) -> BadInput:
    return BadInput(
        "A department is declared wrongly",
        detail=detail,
        where=f"{pack.name}/pack.toml, [departments]",
        hint='Write title, scheme, known_by = "own", "national" (with law) or "bpk" (with area).',
    )
