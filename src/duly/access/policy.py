"""What no policy permits is denied.

A pack's policies are Cedar, validated against a schema that enumerates the pack's categories and purposes, so
that a misspelt one is refused when the pack is loaded instead of silently permitting nothing. What no pack
may permit stands in `duly.cedar`, and no purpose stands on another legal basis than purposes.toml gives it.
All are parsed once, and each distinct question is asked once; of officers whom no policy names, those of one
role at one agency ask the same question.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self

import msgspec
from cedarpy import (
    AuthzResult,
    Decision,
    Entities,
    PolicySet,
    Schema,
    policies_from_json_str,
    policies_to_json_str,
)
from cedarpy import is_authorized as _is_authorized  # pyright: ignore[reportUnknownVariableType] - bare dict
from cedarpy import is_authorized_batch as _is_authorized_batch  # pyright: ignore[reportUnknownVariableType] - too
from cedarpy import validate_policies as _validate_policies  # pyright: ignore[reportUnknownVariableType] - too

from duly.access.actor import Actor
from duly.access.purposes import SEALABLE, bases_of, quoted
from duly.access.question import Deed, Question
from duly.errors import BadInput, Denied, OurFault
from duly.law.bundle import is_part
from duly.law.settings import PURPOSES

__all__ = ["CORE", "SCHEMA", "Policy"]

SCHEMA: Final = Path(__file__).with_name("duly.cedarschema")
CORE: Final = Path(__file__).with_name("duly.cedar")
_REMEMBERED: Final = 65_536
_ACTORS: Final = 4_096
_NAMES_OFFICER: Final = re.compile(r"Officer\s*::\s*\"")
_SOMEBODY: Final = "somebody"
"""Stands for an officer whom no policy names."""
_DEEDS: Final = frozenset(map(str, Deed))


class Policy:
    """Answers questions; the same question always in the same way."""

    def __init__(
        self, policies: Mapping[Deed, PolicySet], schema: Schema, sealable: frozenset[str], *, named: bool
    ) -> None:
        """`policies` are those that speak of each deed; `named`: some of them name an officer."""
        self._policies = policies
        self._schema = schema
        self._sealable = sealable
        self._answer = lru_cache(_REMEMBERED)(self._ask if named else self._ask_alike)
        self._decided = lru_cache(_REMEMBERED)(self._ask)

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read `*.cedarschema` and `*.cedar` of a pack's `policies`; BadInput names the wrong file."""
        schema = _schema(directory)
        texts = {path: _text(path) for path in _files(directory, ".cedar")}
        if not texts:
            raise BadInput(
                "No policies",
                detail="Without a policy nothing may be opened.",
                where=str(directory),
                hint="Add a *.cedar file that permits what the programmes need.",
            )
        texts[CORE] = _text(CORE)
        texts[directory.parent / PURPOSES] = _bases(directory.parent / PURPOSES)
        for path, text in texts.items():
            _validate(path, text, schema)
        whole = "\n".join(texts.values())
        sealable = _sealable(directory.parent / PURPOSES)
        return cls(_by_deed(whole), schema, sealable, named=_NAMES_OFFICER.search(whole) is not None)

    @classmethod
    def halves(cls, directory: Path) -> tuple[Self, Self]:
        """What the pack by itself permits, and what no pack is forbidden; permitted is what both allow.

        Both files were read by `load` before.
        """
        schema, purposes = _schema(directory), directory.parent / PURPOSES
        own = "\n".join([*map(_text, _files(directory, ".cedar")), _bases(purposes)])
        core = _text(CORE) + "\npermit (principal, action, resource);"
        return (
            cls(_by_deed(own), schema, frozenset(), named=True),
            cls(_by_deed(core), schema, frozenset(), named=True),
        )

    def seals(self, purpose: str) -> bool:
        """Whether the pack lets uses for this purpose be hidden for a time from whom they are about."""
        return purpose in self._sealable

    def permits(self, question: Question) -> bool:
        """OurFault when the pack's schema does not know the category or the purpose."""
        return self._answer(question)

    def permitted(self, questions: Sequence[Question]) -> list[Question]:
        """Those that are permitted, of questions of one actor; many at once, and none is remembered."""
        return [one for deed in Deed for one in self._permitted([q for q in questions if q.deed is deed])]

    def _permitted(self, questions: Sequence[Question]) -> list[Question]:
        """The same of questions about one deed."""
        if not questions:
            return []
        entities, policies = _entities(questions[0].actor), self._policies[questions[0].deed]
        answers = _is_authorized_batch(list(map(_request, questions)), policies, entities, self._schema)
        return [
            question
            for question, answer in zip(questions, answers, strict=True)
            if self._allows(question, answer)
        ]

    def require(self, question: Question) -> None:
        """Denied unless it is permitted. The reason tells of the one who asks, and nothing of the subject."""
        if self.permits(question):
            return
        actor = question.actor
        who = actor.officer or actor.system
        raise Denied(
            "This may not be done",
            detail=f"{who} of {actor.organisation} has no right to {question.deed} here.",
            hint="Ask somebody whose role permits it.",
        )

    def _ask_alike(self, question: Question) -> bool:
        """What is asked by an officer whom no policy names is answered as for anybody of the role."""
        if not question.actor.officer:
            return self._decided(question)
        return self._decided(replace(question, actor=replace(question.actor, officer=_SOMEBODY)))

    def _ask(self, question: Question) -> bool:
        entities = _entities(question.actor)
        result = _is_authorized(_request(question), self._policies[question.deed], entities, self._schema)
        return self._allows(question, result)

    def _allows(self, question: Question, result: AuthzResult) -> bool:
        if result.decision == Decision.NoDecision:
            raise OurFault(
                "A question that the policies cannot answer",
                detail=" ".join(result.diagnostics.errors),
                where=f"{question.deed} {question.category or question.at!r}, purpose {question.purpose!r}",
                hint="Declare it in the pack's policies/*.cedarschema, or correct the caller.",
            )
        # Cedar skips a policy that fails, a forbidding one too; then nothing is permitted.
        return result.allowed and not result.diagnostics.errors


def _files(directory: Path, ending: str) -> list[Path]:
    """The files of the pack with this ending; what an editor leaves behind permits nothing."""
    return sorted(path for path in directory.glob(f"*{ending}") if is_part(Path(path.name)))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadInput("A policy cannot be read", detail=str(error), where=str(path)) from error


def _bases(file: Path) -> str:
    """That each purpose stands on its own legal bases only, as policies."""
    return "\n".join(
        f'forbid (principal, action == Action::"open", resource) '
        f"when {{ context.purpose == Purpose::{quoted(name)} }} "
        f"unless {{ [{', '.join(map(quoted, bases_of(said)))}].contains(context.legal_basis) }};"
        for name, said in _purposes(file).items()
    )


def _sealable(file: Path) -> frozenset[str]:
    return frozenset(name for name, said in _purposes(file).items() if said.get(SEALABLE))


def _purposes(file: Path) -> dict[str, Any]:
    return tomllib.loads(_text(file)).get("purposes", {}) if file.is_file() else {}


def _schema(directory: Path) -> Schema:
    own = _files(directory, ".cedarschema")
    text = "\n".join(_text(path) for path in [SCHEMA, *own])
    try:
        return Schema.from_str(text)
    except ValueError as error:
        raise BadInput(
            "The policy schema is wrong",
            detail=str(error),
            where=", ".join(str(path) for path in own) or str(directory),
            hint="It declares `entity Category enum [...]` and `entity Purpose enum [...]`.",
        ) from error


def _validate(path: Path, text: str, schema: Schema) -> None:
    result = _validate_policies(text, schema)
    if not result.validation_passed:
        raise BadInput(
            "A policy is wrong",
            detail=" ".join(str(error.error) for error in result.errors),
            where=str(path),
            hint="Policies are counted from policy0 in this file.",
        )


def _by_deed(whole: str) -> dict[Deed, PolicySet]:
    """The policies that speak of each deed: Cedar looks at every policy that it is given, in vain at most."""
    told = msgspec.json.decode(policies_to_json_str(whole))
    policies: dict[str, Any] = told["staticPolicies"]
    return {
        deed: PolicySet.from_str(
            policies_from_json_str(
                msgspec.json.encode(
                    {
                        **told,
                        "staticPolicies": {n: one for n, one in policies.items() if _speaks_of(one, deed)},
                    }
                ).decode()
            )
        )
        for deed in Deed
    }


def _speaks_of(policy: Mapping[str, Any], deed: Deed) -> bool:
    """Whether a policy's action is the deed, among others or not; what is no deed might have it inside."""
    scope = policy["action"]
    named = [one["id"] for one in scope.get("entities", [scope["entity"]] if "entity" in scope else [])]
    return not named or deed in named or any(name not in _DEEDS for name in named)


@lru_cache(_ACTORS)
def _entities(actor: Actor) -> Entities:
    """The actor as policies see one: of an organisation, an officer also of a role."""
    parents = [_entity("Organisation", actor.organisation)]
    if actor.officer and actor.role:
        parents.append(_entity("Role", actor.role))
    told = [{"uid": _principal(actor), "attrs": {}, "parents": parents}]
    return Entities.from_json_str(msgspec.json.encode(told).decode())  # pyright: ignore[reportUnknownMemberType] - bare dict


def _principal(actor: Actor) -> dict[str, str]:
    return _entity("Officer", actor.officer) if actor.officer else _entity("System", actor.system)


def _request(question: Question) -> dict[str, Any]:
    actor = question.actor
    opens = question.deed is Deed.OPEN
    context: dict[str, Any] = {
        "legal_basis": question.legal_basis,
        "system": actor.system,
        "relation": _value("Relation", question.relation),
        "state": [_value("State", state) for state in sorted(question.state)],
    }
    if question.purpose:
        context["purpose"] = _value("Purpose", question.purpose)
    return {
        "principal": _principal(actor),
        "action": _entity("Action", question.deed),
        "resource": _entity("Category", question.category) if opens else _entity("Organisation", question.at),
        "context": msgspec.json.encode(context).decode(),
    }


def _entity(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": str(name)}


def _value(kind: str, name: str) -> dict[str, dict[str, str]]:
    return {"__entity": _entity(kind, name)}
