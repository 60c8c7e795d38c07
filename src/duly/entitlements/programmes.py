"""How each programme's grants are compared, delivered and opened, read once from the pack.

A programme that grants an amount is paid; one that grants a provider enrols.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

import msgspec

from duly.authority import watched
from duly.entitlements.segments import UNKNOWN, Kind, Terms, Value
from duly.errors import BadInput
from duly.law import Pack
from duly.vault import Actor, Use

__all__ = ["SYSTEM_NAME", "Profile", "Profiles", "use_of"]

SYSTEM_NAME: Final = "duly"
AMOUNT: Final = "amount"
PERCENT: Final = "percent"
PROVIDER: Final = "provider"


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A programme as deciding and delivering need it; `fields` are those of its grants, in order.

    `over` is "" where the holder is also who it is about. `choice` is the attribute that says how the holder
    wants it delivered, "" if the pack gives no choice; `chosen_by` has all attributes that it rests on: the
    choice, what guardians chose, what makes them guardians. `machine_law` lets a machine take.
    """

    name: str
    agency: str
    purpose: str
    over: str
    monthly: bool
    fields: tuple[str, ...]
    terms: Terms
    choice: str
    chosen_by: tuple[str, ...]
    machine_law: str

    @property
    def said(self) -> tuple[str, ...]:
        """Of what the choice rests on, what people said: the holder, and guardians for them."""
        return self.chosen_by[:2]

    @property
    def pays(self) -> bool:
        return AMOUNT in self.fields

    @property
    def enrols(self) -> bool:
        return PROVIDER in self.fields

    @property
    def provider(self) -> int:
        """The place of the provider in a grant."""
        return self.fields.index(PROVIDER)


class Profiles:
    """All programmes of a pack."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack
        choices = _choices(pack)
        self._all = {name: _profile(pack, name, choices.get(name, "")) for name in pack.programmes}

    def __getitem__(self, programme: str) -> Profile:
        return self._all[programme]

    def purposes(self) -> dict[str, tuple[str, ...]]:
        """The programmes of each purpose; those of one purpose are evaluated together."""
        found: dict[str, tuple[str, ...]] = {}
        for profile in self._all.values():
            found[profile.purpose] = (*found.get(profile.purpose, ()), profile.name)
        return found

    def of_agencies(self) -> dict[str, tuple[str, ...]]:
        """The programmes of each agency."""
        found: dict[str, tuple[str, ...]] = {}
        for profile in self._all.values():
            found[profile.agency] = (*found.get(profile.agency, ()), profile.name)
        return found

    def choices(self) -> dict[str, tuple[str, ...]]:
        """The programmes whose delivery each attribute is about: of choice, or of what guardians chose."""
        found: dict[str, tuple[str, ...]] = {}
        for profile in self._all.values():
            for attribute in profile.chosen_by:
                found[attribute] = (*found.get(attribute, ()), profile.name)
        return found

    def guarded(self) -> dict[str, tuple[str, ...]]:
        """The programmes of each choice that guardians make for those they act for."""
        found: dict[str, tuple[str, ...]] = {}
        for profile in self._all.values():
            if len(profile.chosen_by) > 1:
                found[profile.choice] = (*found.get(profile.choice, ()), profile.name)
        return found

    def record(self, programme: str, value: Value) -> dict[str, object] | None:
        """A grant's fields as canonical values; None where nothing is due. OurFault for an unknown one."""
        if value is None:
            return None
        if value == UNKNOWN:
            raise ValueError("what is not known has no record")
        kinds = self.pack.programmes[programme].fields
        decode = self.pack.vocabulary.decode
        return {name: decode(kind, field) for (name, kind), field in zip(kinds, value, strict=True)}


def use_of(pack: Pack, agency: str, purpose: str, categories: frozenset[str], about: str) -> Use:
    """The machine's own use for a purpose of the pack, on that purpose's legal basis."""
    basis = cast(Mapping[str, str], pack.section("purposes")[purpose])["legal_basis"]
    actor = Actor(organisation=agency, system=SYSTEM_NAME, officer="")
    return Use(actor=actor, purpose=purpose, legal_basis=basis, categories=categories, about=about)


def _profile(pack: Pack, name: str, choice: str) -> Profile:
    programme = pack.programmes[name]
    fields = tuple(field for field, _ in programme.fields)
    law, kinds = _machine_takes(pack, name)
    return Profile(
        name=name,
        agency=programme.agency,
        purpose=programme.purpose,
        over=programme.over,
        monthly=programme.every == "month",
        fields=fields,
        terms=Terms(amount=_place(fields, AMOUNT), percent=_place(fields, PERCENT), machine=kinds),
        choice=choice,
        chosen_by=(choice, *watched(pack, choice)) if choice else (),
        machine_law=law,
    )


def _place(fields: tuple[str, ...], name: str) -> int:
    return fields.index(name) if name in fields else -1


def _choices(pack: Pack) -> dict[str, str]:
    """The attribute that holds the choice of each programme, from [choices] of pack.toml."""
    section = cast(Mapping[str, list[str]], pack.settings.get("choices", {}))
    found: dict[str, str] = {}
    for attribute, programmes in section.items():
        pack.vocabulary.attribute(attribute)
        for name in programmes:
            found[pack.programme(name).name] = attribute
    return found


def _machine_takes(pack: Pack, name: str) -> tuple[str, frozenset[Kind]]:
    """The law of [machine_takes] that lets a machine take, and which takes; nothing is allowed by silence."""
    section = cast(Mapping[str, Mapping[str, object]], pack.settings.get("machine_takes", {}))
    allowed = section.get(name)
    if allowed is None:
        return "", frozenset()
    law = allowed.get("law")
    if not isinstance(law, str) or not law:
        raise BadInput(
            "A machine may not take without a law",
            detail=f"[machine_takes.{name!r}] cites none.",
            where=f"{pack.name}/pack.toml",
            hint='Write law = "...", or leave the section out: then a human decides.',
        )
    return law, frozenset(Kind(kind) for kind in cast(list[str], allowed["kinds"]))
