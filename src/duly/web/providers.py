"""Who vouches for people and officers: the providers of the sign-in file, each checked before it is used.

A provider admits people, whose token names them by an identifier, or officers of agencies; for officers it
has to say how a second factor is recognised.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec

from duly.errors import BadInput, near_miss
from duly.law import Pack

__all__ = ["OfficerClaims", "PersonClaims", "Provider", "Providers", "roles_of"]

NAME: Final = re.compile("[a-z0-9-]{1,40}")
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
HINT: Final = "docs/howto/sign-in.md says what stands in it."


class PersonClaims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The claim with a person's identifier, of which scheme, and the claim with the name, "" for none."""

    claim: str
    scheme: str
    name: str = ""


class OfficerClaims(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The claims that say who an officer is, and what the provider calls agencies and roles."""

    claim: str
    name: str
    agency: str
    role: str
    agencies: dict[str, str]
    roles: dict[str, str]


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An OpenID Connect provider. `acr` and `amr` list values of which one has to be in the token."""

    name: str
    title: str
    issuer: str
    client_id: str
    client_secret_file: str = ""
    scope: str = "openid"
    acr: tuple[str, ...] = ()
    amr: tuple[str, ...] = ()
    max_age: Annotated[int, msgspec.Meta(ge=0)] = 0
    person: PersonClaims | None = None
    officer: OfficerClaims | None = None

    @property
    def admits(self) -> Literal["people", "officers"]:
        return "officers" if self.person is None else "people"

    def secret(self) -> str:
        """What the client proves itself with, "" for a public one; read when it is needed, and not kept."""
        if not self.client_secret_file:
            return ""
        return Path(self.client_secret_file).read_text(encoding="utf-8").strip()


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    provider: tuple[Provider, ...]


class Providers:
    """All providers, by name."""

    def __init__(self, listed: Mapping[str, Provider]) -> None:
        self.listed = listed

    @staticmethod
    def read(path: Path, pack: Pack) -> Providers:
        """Those of a file; none where there is no file. BadInput says which provider is wrong."""
        if not path.exists():
            return Providers({})
        try:
            told = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
        except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise BadInput(
                "The sign-in file cannot be read", detail=str(error), where=str(path), hint=HINT
            ) from error
        for one in told.provider:
            if problems := _problems(one, pack):
                raise BadInput(
                    "A provider of sign-in is wrong",
                    detail=" ".join(problems),
                    where=f"{path}, provider {one.name}",
                    hint=HINT,
                )
        return Providers({one.name: one for one in told.provider})


def roles_of(pack: Pack, agency: str) -> tuple[str, ...]:
    """The roles that an agency's officers may have; none for an unknown agency."""
    told = pack.section("agencies").get(agency)
    return () if told is None else tuple(told.get("roles", ()))


def _problems(one: Provider, pack: Pack) -> list[str]:
    found: list[str] = []
    if not NAME.fullmatch(one.name):
        found.append("Its name stands in an address: lower-case letters, digits and hyphens.")
    if not _is_safe(one.issuer):
        found.append("Its issuer begins with https://, or is on this machine.")
    if "openid" not in one.scope.split():
        found.append("Its scope names openid.")
    if (one.person is None) == (one.officer is None):
        found.append("It has either [provider.person] or [provider.officer].")
    if one.officer is not None:
        if not one.acr and not one.amr:
            found.append("Officers need a second factor: name the acr or the amr that shows it.")
        found += _of_officers(one.officer, pack)
    return found


def _is_safe(issuer: str) -> bool:
    parts = urlsplit(issuer)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _of_officers(claims: OfficerClaims, pack: Pack) -> list[str]:
    agencies = pack.section("agencies")
    unknown = [name for name in claims.agencies.values() if name not in agencies]
    found = [f"The pack has no agency {name!r}. {near_miss(name, agencies)}".strip() for name in unknown]
    there = {role for name in claims.agencies.values() for role in roles_of(pack, name)}
    wrong = [role for role in claims.roles.values() if role not in there]
    return found + [f"None of its agencies has a role {role!r}. {near_miss(role, there)}" for role in wrong]
