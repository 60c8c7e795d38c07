"""What is wrong with a pack's authority.toml: a category that nobody decided on, a name that is none.

Each way has to say of every category of data that it is seen, or why it never is, so that a new category is
never seen by silence; every attribute that a right rests on has to be one that a reader declares.
"""

from __future__ import annotations

from collections.abc import Iterator

from duly.authority.declared import AUTHORITY, FILE, KEPT, Authorities, Way, authorities, link_of
from duly.law import Finding, Pack
from duly.law.findings import line_with, nearest

__all__ = ["findings"]


def findings(pack: Pack) -> Iterator[Finding]:
    """Everything that is wrong; nothing where the pack lets nobody act for another."""
    if not (pack.directory / FILE).is_file():
        return
    known = authorities(pack)
    for name, way in known.ways.items():
        if way.relation not in pack.vocabulary.relations:
            near = nearest(way.relation, pack.vocabulary.relations, "a relation of the vocabulary")
            yield _at(pack, f"[ways.{name}]", f"{name} goes by {way.relation}, which is no relation", near)
            continue
        yield from _way(pack, name, way)
    yield from _attributes(pack, known)


def _way(pack: Pack, name: str, way: Way) -> Iterator[Finding]:
    place = f"[ways.{name}]"
    if not way.law.strip():
        yield _at(pack, place, f"{name} cites no law", 'law = "... § ..."')
    for language in pack.languages:
        if not way.title.get(language):
            yield _at(pack, place, f"{name} has no title in {language}", f'title = {{ {language} = "..." }}')
    every = pack.vocabulary.categories() | KEPT
    for category in sorted(every - {*way.sees, *way.never}):
        what = f"{name} does not say whether {category} is seen"
        yield _at(pack, place, what, f'"{category}" in sees, or why it is not in [ways.{name}.never]')
    for category in sorted({*way.sees, *way.never, *way.ages} - every):
        what = f"{name} speaks of {category}, which is no category"
        yield _at(pack, place, what, nearest(category, every, "a category of the pack"))
    for category in sorted({*way.sees} & {*way.never} | {*way.ages} - {*way.sees}):
        yield _at(pack, place, f"{name} says two things of {category}", "it in sees, or in never")


def _attributes(pack: Pack, known: Authorities) -> Iterator[Finding]:
    read = set(pack.settings.get("readers", {}).get(AUTHORITY, {}).get("reads", ()))
    for name in sorted(_named(pack, known)):
        if name not in pack.vocabulary.attributes:
            near = nearest(name, pack.vocabulary.attributes, "an attribute of the vocabulary")
            yield _at(pack, name, f"{name} is no attribute", near)
        elif name not in read:
            what = f"Rights rest on {name}, which no declared reader reads for them"
            yield _at(pack, name, what, f'"{name}" in [readers.{AUTHORITY}] of pack.toml')


def _named(pack: Pack, known: Authorities) -> set[str]:
    """The attributes that rights rest on."""
    ways = [way for way in known.ways.values() if way.relation in pack.vocabulary.relations]
    found = {*known.born.values(), *known.died.values()}
    found |= {f"{link_of(pack, way)}.present" for way in ways}
    found |= {name for way in ways for name in (*way.holds, way.programmes, way.acts)}
    found |= {name for way in ways for name in (way.accepted, way.called)}
    return (found | {known.protection.protected, known.protection.home}) - {""}


def _at(pack: Pack, words: str, what: str, instead: str) -> Finding:
    return Finding(file=FILE, line=line_with(pack.directory / FILE, words), what=what, write_instead=instead)
