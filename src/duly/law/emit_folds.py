"""A fold is a loop over the links of one subject; what it leaves stands only if every completion agrees.

A link whose `where` is unknown may or may not count, so it matters only where counting it would make a
difference. The relations of a subject that is only referred to are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

from duly.law.emitted import FAR, Scope, Value, Writer, both, called, coerced, either, least, same, soonest
from duly.law.ir import Fold

__all__ = ["fold"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loop:
    """The result being gathered: parts, known and until; `spare` names what an operation needs besides."""

    parts: tuple[str, ...]
    known: str
    until: str
    spare: tuple[str, ...]


def fold(w: Writer, node: Fold, scope: Scope) -> Value:
    """The combination of the body over the links that count."""
    of = w.handle(node.of, scope)
    width = w.width(node.type)
    loop = _Loop(parts=w.some(width), known=w.fresh(), until=w.fresh(), spare=w.some(width + 2))
    nothing = START.get(node.op, "NONE"), *("1" for _ in range(width - 1))
    w.assign([*loop.parts, loop.known, loop.until], [*nothing, "1", of.until])
    w.assign(loop.spare, ["1", "0", *("NONE" for _ in range(width))])
    (here,) = w.named(called("at64", "heap", str(w.slot(f"here {node.of.type.name}"))), 1)
    with w.block(f"if {of.only} < {here}"):
        _over_links(w, node, scope, of, loop)
        if node.op in ("max", "min"):
            _settle_extreme(w, node, loop)
        if node.op == "the":
            _settle_only(w, loop)
    with w.block("else"):
        w.put(f"{loop.known} = 0")
    return Value(parts=loop.parts, known=loop.known, until=loop.until, level=scope.level)


START = {"any": "0", "all": "1", "len": "0", "sum": "0"}


def _over_links(w: Writer, node: Fold, scope: Scope, of: Value, loop: _Loop) -> None:
    offsets, others, rows = (_array(w, node, part) for part in range(3))
    edge, member, link = w.some(3)
    handles = {
        node.member: Value(parts=(member,), known="1", until=FAR, level=scope.level),
        node.link: Value(parts=(link,), known="1", until=FAR, level=scope.level),
    }
    inside = scope.bound(handles)
    first, after = called("at64", offsets, of.only), called("at64", offsets, f"{of.only} + 1")
    with w.block(f"for {edge} in range({first}, {after})"):
        w.put(f"{member}, {link} = {called('at32', others, edge)}, {called('at32', rows, edge)}")
        where = w.emit(node.where, inside)
        w.assign([loop.until], [soonest(loop.until, where.until)])
        with w.block(f"if {either(f'{where.known} != 1', f'{where.only} == 1')}"):
            if node.op == "len":
                _count(w, where, loop)
            else:
                body = coerced(w, w.emit(node.body, inside), node.body.type, node.type)
                w.assign([loop.until], [soonest(loop.until, body.until)])
                _combine(w, node, where, body, loop)


def _array(w: Writer, node: Fold, part: int) -> str:
    return w.named(called("at64", "heap", str(w.slot(node.relation) + part)), 1)[0]


def _count(w: Writer, where: Value, loop: _Loop) -> None:
    w.assign([loop.parts[0], loop.known], [f"{loop.parts[0]} + 1", least(loop.known, where.known)])


def _combine(w: Writer, node: Fold, where: Value, body: Value, loop: _Loop) -> None:
    if node.op in ("any", "all"):
        _decide(w, node, where, body, loop)
    elif node.op == "sum":
        _add(w, node, where, body, loop)
    elif node.op == "the":
        _keep(w, node, where, body, loop)
    else:
        _extreme(w, node, where, body, loop)


def _decide(w: Writer, node: Fold, where: Value, body: Value, loop: _Loop) -> None:
    """A link that counts and decides is enough; one that might is unknown."""
    by = 1 if node.op == "any" else 0
    against = f"{body.only} {'==' if by else '!='} 1"
    sure = least(where.known, body.known)
    with w.block(f"if {both(f'{sure} == 1', against)}"):
        w.assign([loop.parts[0], loop.known, loop.until], [str(by), "1", soonest(where.until, body.until)])
        w.put("break")
    with w.block(f"if {either(f'{body.known} != 1', against)}"):
        w.assign([loop.known], [least(loop.known, where.known, body.known)])


def _add(w: Writer, node: Fold, where: Value, body: Value, loop: _Loop) -> None:
    """A link that might count makes no difference only if it adds 0."""
    exact = w.fresh()
    with w.block(f"if {_no_value(node, body)}"):
        w.put(f"{loop.known} = {least(loop.known, where.known, body.known, '0')}")
    with w.block(f"elif {where.known} == 1"):
        adds = "ratio_plus" if len(loop.parts) == 2 else "plus"
        w.put(f"{', '.join([*loop.parts, exact])} = {called(adds, *loop.parts, *body.parts)}")
        w.put(f"{loop.known} = min({loop.known}, {exact})")
    with w.block(f"elif {body.only} != 0"):
        w.assign([loop.known], [least(loop.known, where.known)])


def _no_value(node: Fold, body: Value) -> str:
    """Whether the body is unknown, or a None that has no order and no sum."""
    none = [f"{body.only} == NONE"] if node.body.type.optional else []
    return either(f"{body.known} != 1", *none)


def _extreme(w: Writer, node: Fold, where: Value, body: Value, loop: _Loop) -> None:
    """`max` and `min` hold the extreme of the links that count, and that of those that might."""
    might_known, _, *might = loop.spare
    with w.block(f"if {_no_value(node, body)}"):
        w.put(f"{loop.known} = {least(loop.known, where.known, body.known, '0')}")
    with w.block(f"elif {where.known} == 1"):
        _take(w, node, loop.parts, body.parts, loop)
    with w.block("else"):
        _take(w, node, tuple(might), body.parts, loop)
        w.assign([might_known], [least(might_known, where.known)])


def _take(w: Writer, node: Fold, held: tuple[str, ...], new: tuple[str, ...], loop: _Loop) -> None:
    with w.block(f"if {_beyond(w, node, new, held, loop)}"):
        w.assign(held, new)


def _beyond(w: Writer, node: Fold, new: tuple[str, ...], held: tuple[str, ...], loop: _Loop) -> str:
    """Whether a value is higher (or lower) than the one held, or none is."""
    sign = ">" if node.op == "max" else "<"
    if len(new) == 1:
        return either(f"{held[0]} == NONE", f"{new[0]} {sign} {held[0]}")
    order, exact = w.some(2)
    w.put(f"{order}, {exact} = {called('ratio_order', *new, *held)}")
    w.put(f"{loop.known} = min({loop.known}, {exact})")
    return either(f"{held[0]} == NONE", f"{order} {sign} 0")


def _settle_extreme(w: Writer, node: Fold, loop: _Loop) -> None:
    """A link that might count matters if it would go beyond those that do."""
    might_known, _, *might = loop.spare
    with w.block(f"if {might[0]} != NONE"):
        beyond = _beyond(w, node, tuple(might), loop.parts, loop)
        with w.block(f"if {beyond}"):
            w.put(f"{loop.known} = min({loop.known}, {might_known})")


def _keep(w: Writer, node: Fold, where: Value, body: Value, loop: _Loop) -> None:
    """`the` holds the value of one link, which no other may gainsay; `sure` once one surely counts."""
    might_known, sure, seen, *_ = loop.spare
    with w.block(f"if {body.known} != 1"):
        w.put(f"{loop.known} = {least(loop.known, where.known, body.known)}")
    with w.block("else"):
        agreed = same(w, node.type, loop.parts, body.parts)
        with w.block(f"if {seen} == NONE"):
            w.assign([*loop.parts, seen], [*body.parts, "1"])
        with w.block(f"elif not ({agreed})"):
            w.put(f"{loop.known} = min({loop.known}, 0)")
        with w.block(f"if {where.known} == 1"):
            w.put(f"{sure} = 1")
        with w.block("else"):
            w.assign([might_known], [least(might_known, where.known)])


def _settle_only(w: Writer, loop: _Loop) -> None:
    """One that only might count settles nothing, unless it says None as well."""
    might_known, sure, *_ = loop.spare
    with w.block(f"if {both(f'{sure} == 0', f'{loop.parts[0]} != NONE')}"):
        w.put(f"{loop.known} = min({loop.known}, {might_known})")
