"""A pack is well-formed if nothing is found: citations, sentences, months, purposes, registers.

Names, types, units, rings of rules and unrounded money are proved when the pack is loaded; a loaded pack has
them right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from duly.law import (
    check_exceptions,
    check_exchanges,
    check_modules,
    check_months,
    check_purposes,
    check_reach,
    check_registers,
    check_sentences,
)
from duly.law.findings import Finding, LawRefused
from duly.law.ir import RuleIR

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["check_named", "check_pack"]


def check_pack(pack: Pack) -> list[Finding]:
    """Everything that is wrong with a loaded pack, by file and line."""
    return sorted({finding for look in _CHECKS for finding in look(pack)})


def check_named(name: str | Path) -> list[Finding]:
    """The same for a pack by name or directory, also for one that is refused when it is loaded."""
    from duly.law.pack import Pack

    try:
        return check_pack(Pack.load(name))
    except LawRefused as refused:
        return list(refused.findings)


def at(rule: RuleIR, what: str, write_instead: str) -> Finding:
    """A finding where a rule begins."""
    span = rule.versions[0].span
    return Finding(file=span.file, line=span.line, what=what, write_instead=write_instead)


def _citations(pack: Pack) -> Iterator[Finding]:
    for rule in pack.rules.values():
        for version in rule.versions:
            if not version.law.strip():
                what = f"{rule.name} cites no law"
                span = version.span
                yield Finding(file=span.file, line=span.line, what=what, write_instead='law="... § ..."')


def _programmes(pack: Pack) -> Iterator[Finding]:
    for programme in pack.programmes.values():
        rule = programme.rule
        given = [p.type.name for p in rule.parameters]
        relation = pack.vocabulary.relations.get(programme.over)
        wanted = [relation.of, relation.to, relation.link] if relation else given[:1]
        if given != wanted or not given:
            instead = f"the parameters {', '.join(wanted) or 'holder'}"
            yield at(rule, f"{programme.name} takes {', '.join(given)}", instead)
        if rule.result.kind.value != "record" or not programme.fields:
            yield at(
                rule,
                f"{programme.name} gives no record",
                "`-> Grant | None`, and a Grant(...) that it returns",
            )


def _reviews(pack: Pack) -> Iterator[Finding]:
    for review in pack.reviews:
        programme = pack.programmes.get(review.programme)
        if programme is None:
            known = ", ".join(pack.programmes)
            yield at(review.rule, f"A review of {review.programme}, which is no programme", f"one of {known}")
        elif [p.type for p in review.rule.parameters] != [p.type for p in programme.rule.parameters]:
            names = ", ".join(p.type.name for p in programme.rule.parameters)
            yield at(
                review.rule,
                f"{review.rule.name} takes other than {programme.name}",
                f"the parameters {names}",
            )


_CHECKS: Final[tuple[Callable[[Pack], Iterator[Finding]], ...]] = (
    _citations,
    _programmes,
    _reviews,
    check_exceptions.findings,
    check_exchanges.findings,
    check_modules.findings,
    check_months.findings,
    check_purposes.findings,
    check_reach.findings,
    check_registers.findings,
    check_sentences.findings,
)
