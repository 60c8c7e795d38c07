"""Every rule has a sentence in every language of the pack, and it names only the rule's subjects.

Reasons name nothing: nobody is known when they are said. A word of Duly's own names what that word names
where Duly says it; other words name nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

from duly.law.findings import Finding, line_with, nearest
from duly.law.ir import Kind, RuleIR
from duly.law.placeholders import wrong
from duly.law.sentences import FIRST_LANGUAGE, WORDS, Sentences
from duly.law.wording import OWN

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["findings"]

SECTIONS: Final = ("words", "rules", "reasons")


def findings(pack: Pack) -> Iterator[Finding]:
    """Missing and superfluous sentences, and placeholders that stand for nothing."""
    for rule in pack.rules.values():
        for version in rule.versions:
            where = (version.span.file, version.span.line)
            if not version.sentence:
                yield _found(*where, f"{rule.name} says nothing to people", "a sentence as its docstring")
            yield from _sentence(rule, version.sentence, *where)
    for review in pack.reviews:
        span = review.rule.versions[0].span
        yield from wrong(
            review.reason, (), f"in the reason of {review.rule.name}", span.file, max(1, span.line)
        )
    for language in pack.languages:
        yield from _language(pack, language)


def _language(pack: Pack, language: str) -> Iterator[Finding]:
    file = f"sentences.{language}.toml"
    path = pack.directory / file
    texts = pack.sentences.get(language)
    if texts is None:
        yield _found(file, 1, f"There is no {file}", "the file")
        return
    yield from _sections(path, file)
    yield from _words(texts, path, file)
    yield from _reasons(pack, texts, path, file, language)
    if language == FIRST_LANGUAGE:
        for name in sorted(texts.rules):
            what = f"The sentence of {name} stands here, where nobody reads it"
            yield _found(file, line_with(path, f"{name} ="), what, f"the docstring of {name}")
        return
    for name in sorted(pack.rules.keys() - texts.rules.keys()):
        line = line_with(path, "[rules]")
        yield _found(file, line, f"{name} is not said in {language}", f'{name} = "..." in [rules]')
    for name in sorted(texts.rules.keys() - pack.rules.keys()):
        near = nearest(name, pack.rules, "[rules] without it")
        yield _found(file, line_with(path, f"{name} ="), f"{name} is no rule", near)
    for name in sorted(texts.rules.keys() & pack.rules.keys()):
        line = line_with(path, f"{name} =")
        yield from _sentence(pack.rules[name], texts.rules[name], file, line)


def _sections(path: Path, file: str) -> Iterator[Finding]:
    read: Mapping[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    for name in read:
        if name not in SECTIONS:
            instead = nearest(name, SECTIONS, "[words], [rules] or [reasons]")
            yield _found(file, line_with(path, f"[{name}]"), f"Nobody reads [{name}]", instead)


def _words(texts: Sentences, path: Path, file: str) -> Iterator[Finding]:
    for word in sorted(WORDS - texts.words.keys()):
        yield _found(file, line_with(path, "[words]"), f"{word} is not said in [words]", f'{word} = "..."')
    for word, text in texts.words.items():
        named = {name for _, name, _, _ in Formatter().parse(OWN[FIRST_LANGUAGE].get(word, "")) if name}
        yield from wrong(text, named, f"in the word {word}", file, line_with(path, f"{word} ="))


def _reasons(pack: Pack, texts: Sentences, path: Path, file: str, language: str) -> Iterator[Finding]:
    reviews = {review.rule.name for review in pack.reviews}
    wanted = set[str]() if language == FIRST_LANGUAGE else reviews
    for name in sorted(wanted - texts.reasons.keys()):
        line = line_with(path, "[reasons]")
        what = f"The reason of {name} is not said in {language}"
        yield _found(file, line, what, f'{name} = "..." in [reasons]')
    for name, text in texts.reasons.items():
        line = _line_in(path, "reasons", name)
        if name not in reviews:
            instead = nearest(name, reviews, "[reasons] without it")
            yield _found(file, line, f"{name} is no review", instead)
        yield from wrong(text, (), f"in the reason of {name}", file, line)


def _line_in(path: Path, section: str, name: str) -> int:
    """The line of a key in its section, which other sections may have, too."""
    lines = path.read_text(encoding="utf-8").splitlines()
    begin = line_with(path, f"[{section}]")
    after = [n for n, line in enumerate(lines, start=1) if n > begin and line.startswith(f"{name} =")]
    return (after or [begin])[0]


def _sentence(rule: RuleIR, sentence: str, file: str, line: int) -> Iterator[Finding]:
    known = {p.name for p in rule.parameters if p.type.kind is Kind.SUBJECT}
    yield from wrong(sentence, known, f"in the sentence of {rule.name}", file, line)


def _found(file: str, line: int, what: str, instead: str) -> Finding:
    return Finding(file=file, line=line, what=what, write_instead=instead)
