"""What a programme reads, and whom a change concerns, are both derived from its rules and from nothing else.

A path leads from the holder over relations to a subject or a link. Read forwards it says which records must
be opened, and in which categories; read backwards it says whose entitlements a changed fact may change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from duly.law.ir import Call, Fold, Let, Local, Node, NumberOf, RateOf, Read, RuleIR
from duly.law.walk import below, parts, reached

if TYPE_CHECKING:
    from duly.law.pack import Pack, Programme
    from duly.law.vocabulary import Vocabulary

__all__ = [
    "Affected",
    "Hop",
    "Path",
    "affected",
    "every_rule",
    "followed",
    "names_read",
    "numbered",
    "read_attributes",
    "reads",
]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Path:
    """An attribute that a programme reads: of the holder, or of what `relations` lead to."""

    relations: tuple[str, ...]
    attribute: str
    category: str
    register: str
    purposes: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Hop:
    """One step back: from a subject to the other ends of its links of the owning `relation`.

    `to_owners` says that the subject is a member and its links' owners are wanted, else the reverse.
    """

    relation: str
    to_owners: bool


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Affected:
    """A change of the attribute concerns the keys of the programme whose holders `hops` lead to.

    `over_link` says that the first hop goes over the very link that the attribute is of, to its member: one
    that was withdrawn is in no record any more, so whoever changed it has to say where it led.
    """

    programme: str
    hops: tuple[Hop, ...]
    over_link: bool


_Chain = tuple[str, ...]
_Origins = frozenset[_Chain]
"""The relations that lead from the holder to what a local may stand for."""
_Seen = tuple[_Chain, str]
_NOTHING: _Origins = frozenset()


@lru_cache(maxsize=256)
def reads(pack: Pack, programme: str, *, reviews: bool = True) -> tuple[Path, ...]:
    """Every path that the programme's rule and its reviews read; a link stands at its relation's end.

    Without `reviews`, what its rule alone reads: all that can change what is due.
    """
    found: set[Path] = set()
    for chain, name in _chains(pack, pack.programmes[programme], reviews=reviews):
        attribute = pack.vocabulary.attribute(name)
        found.add(
            Path(
                relations=chain,
                attribute=name,
                category=attribute.category,
                register=attribute.register,
                purposes=attribute.purposes,
            )
        )
    return tuple(sorted(found, key=lambda path: (path.relations, path.attribute)))


@lru_cache(maxsize=16)
def affected(pack: Pack) -> Mapping[str, tuple[Affected, ...]]:
    """By attribute: the programmes to which a change of it (in the record of its owning subject) matters."""
    found: dict[str, set[Affected]] = {}
    for programme in pack.programmes.values():
        for chain, name in _chains(pack, programme):
            hops, over_link = _back(pack.vocabulary, chain, name)
            concern = Affected(programme=programme.name, hops=hops, over_link=over_link)
            found.setdefault(name, set()).add(concern)
    return MappingProxyType({name: tuple(sorted(found[name])) for name in sorted(found)})


def read_attributes(pack: Pack) -> frozenset[str]:
    """The attributes that any rule of the pack reads, and `present` of the links of every relation used."""
    bodies = [version.body for rule in every_rule(pack).values() for version in rule.versions]
    nodes = [node for body in bodies for node in below(body)]
    relations = {node.relation for node in nodes if isinstance(node, Fold)}
    relations |= {programme.over for programme in pack.programmes.values() if programme.over}
    read = {node.attribute for node in nodes if isinstance(node, Read)}
    return frozenset(read | {_presence(pack.vocabulary, relation) for relation in relations})


@lru_cache(maxsize=16)
def numbered(pack: Pack) -> tuple[str, ...]:
    """The kinds of subject whose numbers a rule compares."""
    bodies = (version.body for rule in every_rule(pack).values() for version in rule.versions)
    return tuple(
        sorted({node.of.type.name for body in bodies for node in below(body) if isinstance(node, NumberOf)})
    )


@lru_cache(maxsize=256)
def names_read(pack: Pack, programme: str) -> frozenset[str]:
    """The attributes, relations and kinds that the programme's rule looks at."""
    nodes = list(reached(pack.programme(programme).rule, every_rule(pack)))
    folds = [node for node in nodes if isinstance(node, Fold)]
    read = {node.attribute for node in nodes if isinstance(node, Read)}
    rates = {f"{how}rate {node.name}" for node in nodes if isinstance(node, RateOf) for how in ("", "near ")}
    return frozenset(read | rates | {fold.relation for fold in folds} | {f.of.type.name for f in folds})


@lru_cache(maxsize=16)
def followed(pack: Pack) -> tuple[str, ...]:
    """The relations that some rule looks along, in order."""
    bodies = (version.body for rule in every_rule(pack).values() for version in rule.versions)
    return tuple(sorted({n.relation for body in bodies for n in below(body) if isinstance(n, Fold)}))


def every_rule(pack: Pack) -> dict[str, RuleIR]:
    """All rules by name: the pack's own, and those of programmes and reviews."""
    programmes = (programme.rule for programme in pack.programmes.values())
    reviews = (review.rule for review in pack.reviews)
    return {rule.name: rule for rule in (*pack.rules.values(), *programmes, *reviews)}


def _presence(vocabulary: Vocabulary, relation: str) -> str:
    return f"{vocabulary.relations[relation].link}.present"


def _chains(pack: Pack, programme: Programme, *, reviews: bool = True) -> set[_Seen]:
    """What the programme and its reviews read, and the presence of the links that it runs over."""
    over: _Chain = (programme.over,) if programme.over else ()
    visit = _Visit(pack)
    asked = [r.rule for r in pack.reviews if r.programme == programme.name] if reviews else []
    for rule in (programme.rule, *asked):
        others = (frozenset({over}) for _ in rule.parameters[1:])
        visit.rule(rule, (frozenset({()}), *others))
    if programme.over:
        visit.found.add((over, _presence(pack.vocabulary, programme.over)))
    return visit.found


class _Visit:
    """Walks rules with the chains that their parameters may stand for, each combination once."""

    def __init__(self, pack: Pack) -> None:
        self.found: set[_Seen] = set()
        self._rules = every_rule(pack)
        self._vocabulary = pack.vocabulary
        self._results: dict[tuple[str, tuple[_Origins, ...]], _Origins] = {}

    def rule(self, rule: RuleIR, origins: tuple[_Origins, ...]) -> _Origins:
        """Notes what the rule reads; what its result may stand for, if it is a subject."""
        done = self._results.get((rule.name, origins))
        if done is not None:
            return done
        names = {p.name: origin for p, origin in zip(rule.parameters, origins, strict=True)}
        result = _NOTHING.union(*(self.node(version.body, names) for version in rule.versions))
        self._results[rule.name, origins] = result
        return result

    def node(self, node: Node, names: Mapping[str, _Origins]) -> _Origins:
        """Notes what is read inside; what the node may stand for."""
        if isinstance(node, Local):
            return names.get(node.name, _NOTHING)
        if isinstance(node, Let):
            return self.node(node.body, {**names, node.name: self.node(node.value, names)})
        if isinstance(node, Fold):
            return self._fold(node, names)
        inside = [self.node(child, names) for child in parts(node)]
        if isinstance(node, Read):
            self.found |= {(chain, node.attribute) for chain in inside[0]}
            return _NOTHING
        if isinstance(node, Call):
            return self.rule(self._rules[node.rule], tuple(inside))
        return _NOTHING.union(*inside)

    def _fold(self, node: Fold, names: Mapping[str, _Origins]) -> _Origins:
        ends = frozenset((*chain, node.relation) for chain in self.node(node.of, names))
        self.found |= {(end, _presence(self._vocabulary, node.relation)) for end in ends}
        inner = {**names, node.member: ends, node.link: ends}
        return _NOTHING.union(self.node(node.where, inner), self.node(node.body, inner))


def _back(vocabulary: Vocabulary, chain: _Chain, attribute: str) -> tuple[tuple[Hop, ...], bool]:
    """From the subject whose record holds the attribute back to the holder, and whether over its own link."""
    of_link = attribute.partition(".")[0] in vocabulary.links
    at_member = of_link and bool(vocabulary.relations[chain[-1]].inverse_of)
    if of_link and not at_member:
        chain = chain[:-1]
    relations = [vocabulary.relations[name] for name in reversed(chain)]
    return tuple(Hop(relation=r.owning, to_owners=not r.inverse_of) for r in relations), at_member
