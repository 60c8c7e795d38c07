"""What no policy permits is denied.

A pack's policies are Cedar, validated against a schema that enumerates the pack's categories and purposes, so
that a misspelt one is refused when the pack is loaded instead of silently permitting nothing. They are parsed
once and each distinct question is asked once.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self

from cedarpy import Decision, PolicySet, Schema
from cedarpy import is_authorized as _is_authorized  # pyright: ignore[reportUnknownVariableType] - bare dict
from cedarpy import validate_policies as _validate_policies  # pyright: ignore[reportUnknownVariableType] - too

from duly.access.actor import Actor
from duly.errors import BadInput, OurFault
from duly.law.bundle import is_part

_SCHEMA: Final = Path(__file__).with_name("duly.cedarschema")
_REMEMBERED: Final = 65_536


class Policy:
    """Answers whether an actor may open a category for a purpose on a legal basis."""

    def __init__(self, policies: PolicySet, schema: Schema) -> None:
        self._policies = policies
        self._schema = schema
        self._answer = lru_cache(_REMEMBERED)(self._ask)

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
        for path, text in texts.items():
            _validate(path, text, schema)
        return cls(PolicySet.from_str("\n".join(texts.values())), schema)

    def permits(self, actor: Actor, purpose: str, legal_basis: str, category: str) -> bool:
        """OurFault when the pack's schema does not know the category or the purpose."""
        return self._answer(actor, purpose, legal_basis, category)

    def _ask(self, actor: Actor, purpose: str, legal_basis: str, category: str) -> bool:
        request, entities = _question(actor, purpose, legal_basis, category)
        result = _is_authorized(request, self._policies, entities, self._schema)
        if result.decision == Decision.NoDecision:
            raise OurFault(
                "A question that the policies cannot answer",
                detail=" ".join(result.diagnostics.errors),
                where=f"category {category!r}, purpose {purpose!r}",
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


def _schema(directory: Path) -> Schema:
    own = _files(directory, ".cedarschema")
    text = "\n".join(_text(path) for path in [_SCHEMA, *own])
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


def _question(
    actor: Actor, purpose: str, legal_basis: str, category: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    who = _entity("Officer", actor.officer) if actor.officer else _entity("System", actor.system)
    request = {
        "principal": who,
        "action": _entity("Action", "open"),
        "resource": _entity("Category", category),
        "context": {
            "purpose": {"__entity": _entity("Purpose", purpose)},
            "legal_basis": legal_basis,
            "system": actor.system,
        },
    }
    parents = [_entity("Organisation", actor.organisation)]
    return request, [{"uid": who, "attrs": {}, "parents": parents}]


def _entity(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}
