"""Every rule has a sentence in every language of the pack, and it names only the rule's subjects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from duly.law.findings import Finding, line_with
from duly.law.ir import Kind, RuleIR
from duly.law.sentences import FIRST_LANGUAGE, WORDS

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["findings"]


def findings(pack: Pack) -> Iterator[Finding]:
    """Missing and superfluous sentences, and placeholders that stand for nothing."""
    for rule in pack.rules.values():
        for version in rule.versions:
            if not version.sentence:
                where = (version.span.file, version.span.line)
                yield _found(*where, f"{rule.name} says nothing to people", "a sentence as its docstring")
            yield from _placeholders(rule, version.sentence, version.span.file, version.span.line)
    for language in pack.languages:
        yield from _language(pack, language)


def _language(pack: Pack, language: str) -> Iterator[Finding]:
    file = f"sentences.{language}.toml"
    path = pack.directory / file
    texts = pack.sentences.get(language)
    if texts is None:
        yield _found(file, 1, f"There is no {file}", "the file")
        return
    for word in sorted(WORDS - texts.words.keys()):
        yield _found(file, line_with(path, "[words]"), f"{word} is not said in [words]", f'{word} = "..."')
    if language == FIRST_LANGUAGE:
        return
    for name in sorted(pack.rules.keys() - texts.rules.keys()):
        line = line_with(path, "[rules]")
        yield _found(file, line, f"{name} is not said in {language}", f'{name} = "..." in [rules]')
    for name in sorted(texts.rules.keys() - pack.rules.keys()):
        yield _found(file, line_with(path, f"{name} ="), f"{name} is no rule", "[rules] without it")
    for name in sorted(texts.rules.keys() & pack.rules.keys()):
        line = line_with(path, f"{name} =")
        yield from _placeholders(pack.rules[name], texts.rules[name], file, line)
    for review in pack.reviews:
        if review.rule.name not in texts.reasons:
            name = review.rule.name
            line = line_with(path, "[reasons]")
            yield _found(
                file, line, f"The reason of {name} is not said in {language}", f'{name} = "..." in [reasons]'
            )


def _placeholders(rule: RuleIR, sentence: str, file: str, line: int) -> Iterator[Finding]:
    known = {p.name for p in rule.parameters if p.type.kind is Kind.SUBJECT}
    for name in re.findall(r"\{([^}]*)\}", sentence):
        if name not in known:
            instead = " or ".join("{" + each + "}" for each in sorted(known)) or "no placeholder"
            yield _found(
                file, line, f"{{{name}}} in the sentence of {rule.name} is no subject of it", instead
            )


def _found(file: str, line: int, what: str, instead: str) -> Finding:
    return Finding(file=file, line=line, what=what, write_instead=instead)
