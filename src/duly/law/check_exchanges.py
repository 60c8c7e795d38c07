"""What one agency tells another is declared whole, or it is not told.

The attribute that holds an answer is of the asked agency's register, has the answer's type, and is for
purposes of the agency that asks; and what the law of one agency reads of another comes by an exchange.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from duly.errors import BadInput
from duly.law.exchanges import EXCHANGES, YES_OR_NO, Exchange, exchanges, hears
from duly.law.findings import Finding, line_with, nearest
from duly.law.ir import Kind, Read
from duly.law.walk import reached

if TYPE_CHECKING:
    from duly.law.pack import Pack, Programme
    from duly.law.vocabulary import Attribute

__all__ = ["findings"]


def findings(pack: Pack) -> Iterator[Finding]:
    """What is wrong with the exchanges, and what is read of another agency without one."""
    try:
        declared = exchanges(pack)
    except BadInput as error:
        yield _in_settings(pack, EXCHANGES, error.detail, error.hint)
        return
    for name, one in declared.items():
        yield from _exchange(pack, name, one)
    yield from _rings(pack, declared)
    yield from _undeclared(pack, {one.answer for one in declared.values()})


def _exchange(pack: Pack, name: str, one: Exchange) -> Iterator[Finding]:
    programme, attribute = pack.programmes.get(one.asks), pack.vocabulary.attributes.get(one.answer)
    if programme is None:
        near = nearest(one.asks, pack.programmes, f"one of {', '.join(pack.programmes)}")
        yield _in_settings(pack, name, f"{name} asks {one.asks}, which is no programme", near)
        return
    if attribute is None:
        near = nearest(one.answer, pack.vocabulary.attributes, "an attribute of the vocabulary")
        yield _in_settings(pack, name, f"{name} answers with {one.answer}, which is no attribute", near)
        return
    yield from _boundary(pack, name, one, programme, attribute)
    yield from _answer(pack, name, one, programme, attribute)
    missing = [language for language in pack.languages if not one.title.get(language)]
    if missing:
        yield _in_settings(
            pack, name, f"{name} has no title in {', '.join(missing)}", f'title = {{ {missing[0]} = "..." }}'
        )


def _boundary(
    pack: Pack, name: str, one: Exchange, programme: Programme, attribute: Attribute
) -> Iterator[Finding]:
    """Who tells whom, by which law, and for what."""
    agencies = pack.section("agencies")
    if one.to not in agencies or one.to == programme.agency:
        others = sorted(agencies.keys() - {programme.agency})
        what = f"{name} tells {one.to}, which is no other agency than {programme.agency}"
        yield _in_settings(pack, name, what, f"one of {', '.join(others) or 'the agencies of the pack'}")
    said = pack.section("purposes").get(programme.purpose, {})
    bases = [said.get("legal_basis", ""), *said.get("also", ())]
    if one.law not in bases:
        what = f"{name} stands on {one.law!r}, which the purpose {programme.purpose} does not give"
        yield _in_settings(
            pack, name, what, nearest(one.law, bases, f"one of {', '.join(bases)}, or it in `also`")
        )
    if attribute.register != programme.agency:
        what = f"{one.answer} is told by {programme.agency}, and its register is {attribute.register}"
        yield _in_settings(pack, name, what, f'register="{programme.agency}"')
    beyond = sorted(attribute.purposes - set(agencies.get(one.to, {}).get("purposes", ())))
    if beyond or not attribute.purposes:
        what = f"{one.answer} is for {', '.join(beyond) or 'nothing'}, which {one.to} has not"
        yield _in_settings(pack, name, what, f"purposes of {one.to} only")


def _answer(
    pack: Pack, name: str, one: Exchange, programme: Programme, attribute: Attribute
) -> Iterator[Finding]:
    """Whether the attribute can hold what is told of whoever the programme is about."""
    fields = dict(programme.fields)
    if one.tells == YES_OR_NO:
        fits, wanted = attribute.type.kind is Kind.BOOL, "a bool"
    elif one.tells in fields and fields[one.tells].kind is Kind.MONEY:
        fits = attribute.type.kind is Kind.MONEY and attribute.type.optional
        wanted = "Money | None"
    else:
        money = [field for field, kind in fields.items() if kind.kind is Kind.MONEY]
        what = f"{name} tells {one.tells}, which is neither a yes nor an amount"
        yield _in_settings(pack, name, what, f'"{YES_OR_NO}"' + "".join(f' or "{field}"' for field in money))
        return
    if not fits:
        yield _in_settings(pack, name, f"{one.answer} cannot hold what {name} tells", wanted)
    relation = pack.vocabulary.relations.get(programme.over)
    owner = relation.link if relation else programme.holder
    if attribute.owner != owner or (relation is not None and relation.inverse_of):
        what = f"{one.answer} is of {attribute.owner}, and {one.asks} is about {owner}"
        yield _in_settings(pack, name, what, f"an attribute of {owner}")


def _rings(pack: Pack, declared: Mapping[str, Exchange]) -> Iterator[Finding]:
    """Purposes that wait for each other's answers would never begin."""
    if all(
        one.asks in pack.programmes and one.answer in pack.vocabulary.attributes for one in declared.values()
    ):
        try:
            TopologicalSorter(hears(pack)).prepare()
        except CycleError as error:
            ring = " and ".join(sorted(set(error.args[1])))
            yield _in_settings(
                pack, EXCHANGES, f"{ring} ask each other in a ring", "exchanges that lead one way"
            )


def _undeclared(pack: Pack, answers: set[str]) -> Iterator[Finding]:
    """A fact that another agency holds is read by nobody but by exchange."""
    agencies = pack.section("agencies").keys()
    for programme in pack.programmes.values():
        seen: set[str] = set()
        for node in reached(programme.rule, pack.rules):
            name = node.attribute if isinstance(node, Read) else ""
            if not name or name in seen or name in answers:
                continue
            seen.add(name)
            register = pack.vocabulary.attribute(name).register
            if register in agencies and register != programme.agency:
                what = f"{programme.name} of {programme.agency} reads {name} of {register}"
                instead = f"[{EXCHANGES}.NAME] with answer = {name!r}, by which {register} tells it"
                yield Finding(file=node.span.file, line=node.span.line, what=what, write_instead=instead)


def _in_settings(pack: Pack, name: str, what: str, instead: str) -> Finding:
    words = f"[{EXCHANGES}.{name}]" if name != EXCHANGES else f"[{EXCHANGES}"
    return Finding(
        file="pack.toml",
        line=line_with(pack.directory / "pack.toml", words),
        what=what,
        write_instead=instead,
    )
