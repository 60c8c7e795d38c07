"""Each purpose and each legal basis is declared once, with its term of the W3C vocabulary, and used.

`findings` is what `duly check` says of a pack's purposes.toml beside its policies: what is used and not
declared, declared and not used, or called by a term that there is not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from duly.access import dpv
from duly.law.findings import Finding, line_with, nearest
from duly.law.settings import PURPOSES

if TYPE_CHECKING:
    from collections.abc import Iterable, Set
    from pathlib import Path

    from duly.law import Pack

__all__ = ["ACCESS", "SEALABLE", "bases_of", "enumerated", "findings", "quoted", "texts"]

POLICIES: Final = "policies"
SEALABLE: Final = "sealable"
"""By which law uses for a purpose may be hidden for a time from whom they are about; left out: by none."""
INTAKE: Final = "intake"
ACCESS: Final = "access"
"""The purpose for which it is looked up whether somebody has to be minded."""
_COMMENT: Final = re.compile(r"//[^\n]*")
_ENUMERATED: Final = r"entity\s+{}\s+enum\s*\[([^\]]*)\]"
_TEXT: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PURPOSE: Final = re.compile(r'Purpose::"((?:[^"\\]|\\.)*)"')
_ROLE: Final = re.compile(r'Role::"((?:[^"\\]|\\.)*)"')

_Table = Mapping[str, Any]


def bases_of(purpose: _Table) -> tuple[str, ...]:
    """The citations that a purpose stands on, first the one of the machine's own uses."""
    return (str(purpose.get("legal_basis", "")), *map(str, purpose.get("also", ())))


def quoted(text: str) -> str:
    """A text as policies write it."""
    return json.dumps(text, ensure_ascii=False)


def enumerated(policies: Path, entity: str) -> list[str]:
    """What the schema of a pack's policies enumerates of a kind of entity, in order."""
    parts = re.findall(_ENUMERATED.format(entity), texts(policies, "*.cedarschema"))
    return sorted({name for part in parts for name in _TEXT.findall(part)})


def findings(pack: Pack) -> Iterator[Finding]:
    """What is wrong with the purposes, legal bases and roles of a pack that opens data."""
    if not (pack.directory / POLICIES).is_dir() and "legal_bases" not in pack.settings:
        return
    purposes, bases = _table(pack, "purposes"), _table(pack, "legal_bases")
    policies = _policies(pack, "*.cedar")
    yield from _declared(pack, purposes, bases)
    yield from _bases(pack, purposes, bases)
    yield from _used(pack, purposes, set(_PURPOSE.findall(policies)))
    yield from _enumerated(pack, purposes)
    yield from _marks(pack)
    yield from _roles(pack, set(_ROLE.findall(policies)))


def _declared(pack: Pack, purposes: _Table, bases: _Table) -> Iterator[Finding]:
    for name, said in purposes.items():
        words = f"[purposes.{name}]"
        if said.get("term") not in dpv.PURPOSES:
            yield _at(pack, words, f"{name} has the term {said.get('term')!r}, which is none", _term(said))
        missing = [language for language in pack.languages if not said.get("title", {}).get(language)]
        if missing:
            what = f"{name} has no title in {', '.join(missing)}"
            yield _at(pack, words, what, f'title = {{ {missing[0]} = "..." }}')
        if not str(said.get(SEALABLE, "-")).strip() or not isinstance(said.get(SEALABLE, ""), str):
            what = f"{name} can be sealed, and no law says so"
            yield _at(pack, words, what, f'{SEALABLE} = "..." with the law, or nothing')
        for basis in bases_of(said):
            if basis not in bases:
                what = f"{name} stands on {basis!r}, which is not declared"
                yield _at(pack, words, what, nearest(basis, bases, f"{quoted(basis)} in [legal_bases]"))


def _bases(pack: Pack, purposes: _Table, bases: _Table) -> Iterator[Finding]:
    used = {basis for said in purposes.values() for basis in bases_of(said)}
    for basis, said in bases.items():
        if said.get("term") not in dpv.LEGAL_BASES:
            near = nearest(str(said.get("term")), dpv.LEGAL_BASES, '"eu-gdpr:A6-1-e" or what else fits')
            yield _at(pack, quoted(basis), f"{basis} has the term {said.get('term')!r}, which is none", near)
        if basis not in used:
            yield _at(
                pack, quoted(basis), f"No purpose stands on {basis!r}", "it where it is used, or nothing"
            )
    intake = cast(_Table, pack.settings.get(INTAKE, {}))
    told = str(intake.get("legal_basis", ""))
    if intake and told not in bases_of(purposes.get(INTAKE, {})):
        what = f"Intake stands on {told!r}, which its purpose does not give"
        yield _at(pack, "[purposes.intake]", what, f"also = [{quoted(told)}]")


def _used(pack: Pack, purposes: _Table, permitted: Set[str]) -> Iterator[Finding]:
    """Whatever is done for a purpose is done for one that is declared, and none is declared for nothing."""
    used = {name: place for place, names in _uses(pack) for name in sorted(names)}
    for name in sorted(used.keys() - purposes.keys()):
        what = f"{used[name]} has the purpose {name}, which is not declared"
        yield _at(pack, "[purposes", what, nearest(name, purposes, f"[purposes.{name}]"))
    for name in sorted(purposes.keys() - used.keys() - permitted):
        what = f"Nothing is for the purpose {name}"
        yield _at(pack, f"[purposes.{name}]", what, "a policy that permits it, or nothing")


def _uses(pack: Pack) -> Iterator[tuple[str, Iterable[str]]]:
    for name, said in _table(pack, "agencies").items():
        yield f"The agency {name}", said.get("purposes", ())
    for name, said in _table(pack, "readers").items():
        yield f"The reader {name}", [said["purpose"]]
    for name, attribute in pack.vocabulary.attributes.items():
        yield name, attribute.purposes
    for name, programme in pack.programmes.items():
        yield name, [programme.purpose]
    if INTAKE in pack.settings:
        yield "Intake", [INTAKE]
    if "payments" in pack.settings:
        yield "Payment", [pack.section("payments")["purpose"]]


def _enumerated(pack: Pack, purposes: _Table) -> Iterator[Finding]:
    """The schema of the policies has the purposes that are declared, and no others."""
    listed = set(enumerated(pack.directory / POLICIES, "Purpose"))
    for name in sorted(listed ^ purposes.keys() if listed else ()):
        missing = "the policies' schema" if name in purposes else PURPOSES
        yield _at(
            pack, f"[purposes.{name}]", f"{missing} does not have the purpose {name}", f"{name} in both"
        )


def _marks(pack: Pack) -> Iterator[Finding]:
    """What marks somebody is looked up before they are opened, for a purpose of its own."""
    for one in pack.vocabulary.marks():
        if ACCESS not in one.purposes:
            what = f"{one.name} marks who is {one.marks}, and is not for the purpose {ACCESS}"
            yield _at(pack, f"[purposes.{ACCESS}]", what, f'"{ACCESS}" among the purposes of {one.name}')


def _roles(pack: Pack, permitted: Set[str]) -> Iterator[Finding]:
    """Policies speak of roles that an agency has, and an agency has roles that a policy speaks of."""
    there = {role for said in _table(pack, "agencies").values() for role in said.get("roles", ())}
    for role in sorted(permitted ^ there):
        if role in there:
            what, instead = f"No policy permits anything to the role {role}", "a policy that does, or nothing"
        else:
            what, instead = f"No agency has the role {role}", nearest(role, there, f'"{role}" in its roles')
        yield Finding(
            file="pack.toml",
            line=line_with(pack.directory / "pack.toml", "roles"),
            what=what,
            write_instead=instead,
        )


def _policies(pack: Pack, pattern: str) -> str:
    return texts(pack.directory / POLICIES, pattern)


def texts(policies: Path, pattern: str) -> str:
    files = sorted(policies.glob(pattern))
    return "\n".join(_COMMENT.sub("", file.read_text(encoding="utf-8")) for file in files)


def _term(said: _Table) -> str:
    return nearest(str(said.get("term")), dpv.PURPOSES, 'term = "dpv:RightsFulfillment" or what else fits')


def _table(pack: Pack, name: str) -> _Table:
    return cast(_Table, pack.settings.get(name, {}))


def _at(pack: Pack, words: str, what: str, instead: str) -> Finding:
    file = pack.directory / PURPOSES
    return Finding(file=PURPOSES, line=line_with(file, words), what=what, write_instead=instead)
