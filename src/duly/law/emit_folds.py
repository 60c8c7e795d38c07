"""A fold is a loop over the links of one subject; what it leaves stands only if every completion agrees.

A link whose `where` is unknown may or may not count, so it matters only where counting it would make a
difference. The relations of a subject that is only referred to are unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from duly.law.emit_exact import constant_bottom
from duly.law.emitted import (
    FAR,
    Scope,
    Span,
    Value,
    Writer,
    both,
    called,
    coerced,
    either,
    free_names,
    least,
    same,
    soonest,
)
from duly.law.ir import Fold
from duly.law.scalars import LARGEST
from duly.law.shape import MANY

__all__ = ["fold", "fold_key", "looped"]


@dataclass(slots=True, kw_only=True)
class _Loop:
    """The result being gathered: parts, known and until; `spare` names what an operation needs besides.

    `done` is set once no further link matters; "" where the loop itself ends then.
    """

    parts: tuple[str, ...]
    known: str
    until: str
    spare: tuple[str, ...]
    done: str
    span: Span | None


def fold(w: Writer, node: Fold, scope: Scope) -> Value:
    """The combination of the body over the links that count."""
    return w.recall(fold_key(node, scope)) or looped(w, [(node, scope)])[0]


def fold_key(node: Fold, scope: Scope) -> str:
    """Under which a fold is remembered: the node, what it uses, and the day."""
    used = [(name, scope.names[name]) for name in sorted(free_names(node))]
    return f"fold {id(node)} {used} {scope.day} {scope.level}"


START = {"any": "0", "all": "1", "len": "0", "sum": "0"}


def looped(w: Writer, folds: Sequence[tuple[Fold, Scope]]) -> list[Value]:
    """Folds over the same links of one subject, all in one loop."""
    node, scope = folds[0]
    of, kind, mark = w.handle(node.of, scope), node.of.type.name, w.mark()
    loops = [_begun(w, each, of, alone=len(folds) == 1) for each, _ in folds]
    whole = kind in w.assumed.whole
    known = nullcontext() if whole else w.block(f"if {of.only} < {w.array(w.slot(f'here {kind}'))}")
    with known:
        _over_links(w, folds, of, loops)
        for (each, _), loop in zip(folds, loops, strict=True):
            if each.op in ("max", "min"):
                _settle_extreme(w, each, loop)
            if each.op == "the":
                _settle_only(w, loop)
    if not whole:
        with w.block("else"):
            for loop in loops:
                w.put(f"{loop.known} = 0")
    return [
        Value(
            parts=loop.parts,
            known=w.settled(loop.known, mark),
            until=w.settled(loop.until, mark),
            level=scope.level,
            span=loop.span,
        )
        for loop in loops
    ]


def _begun(w: Writer, node: Fold, of: Value, *, alone: bool) -> _Loop:
    width = w.width(node.type)
    done = "" if alone or node.op not in ("any", "all") else w.fresh()
    loop = _Loop(
        parts=w.some(width),
        known=w.fresh(),
        until=w.fresh(),
        spare=w.some(width + 2),
        done=done,
        span=(0, 1) if node.op in ("any", "all") else (0, LARGEST) if node.op == "len" else None,
    )
    nothing = START.get(node.op, "NONE"), *("1" for _ in range(width - 1))
    w.assign([*loop.parts, loop.known, loop.until], [*nothing, "1", of.until])
    w.assign(loop.spare, ["1", "0", *("NONE" for _ in range(width))])
    if done:
        w.put(f"{done} = 0")
    return loop


def _over_links(w: Writer, folds: Sequence[tuple[Fold, Scope]], of: Value, loops: Sequence[_Loop]) -> None:
    place = w.slot(folds[0][0].relation)
    offsets, others, rows = (w.array(place + part) for part in range(3))
    edge, member, link = w.some(3)
    first, after = called("at64", offsets, of.only), called("at64", offsets, f"{of.only} + 1")
    with w.block(f"for {edge} in range({first}, {after})"):
        w.put(f"{member}, {link} = {called('at32', others, edge)}, {called('at32', rows, edge)}")
        inside = [_inside(node, scope, member, link) for node, scope in folds]
        wheres = [w.emit(node.where, scope) for (node, _), scope in zip(folds, inside, strict=True)]
        tests = dict.fromkeys((where.only, where.known) for where in wheres)
        for test in tests:
            chosen = [at for at, where in enumerate(wheres) if (where.only, where.known) == test]
            for at in chosen:
                _see(w, loops[at], wheres[at])
            with nullcontext() if test == ("1", "1") else w.block(f"if {_may_count(*test)}"):
                for at in sorted(chosen, key=lambda at: loops[at].done != ""):
                    _add_link(w, folds[at][0], inside[at], wheres[at], loops[at])


def _inside(node: Fold, scope: Scope, member: str, link: str) -> Scope:
    handles = {
        name: Value(parts=(held,), known="1", until=FAR, level=scope.level)
        for name, held in ((node.member, member), (node.link, link))
    }
    return scope.bound(handles)


def _may_count(value: str, known: str) -> str:
    return f"{value} == 1" if known == "1" else either(f"{known} != 1", f"{value} == 1")


def _see(w: Writer, loop: _Loop, seen: Value) -> None:
    """The result may change when what was seen does, unless it was settled before."""
    if seen.until != FAR:
        until = soonest(loop.until, seen.until)
        w.put(f"{loop.until} = {f'{until} if {loop.done} == 0 else {loop.until}' if loop.done else until}")


def _add_link(w: Writer, node: Fold, inside: Scope, where: Value, loop: _Loop) -> None:
    """One more link that counts, or might."""
    if node.op == "len":
        _count(w, node, where, loop)
        return
    if w.once and loop.done and _cheap_to_decide(w, node, inside, where, loop):
        return
    with w.block(f"if {loop.done} == 0") if loop.done else nullcontext():
        body = coerced(w, w.emit(node.body, inside), node.body.type, node.type)
        if body.until != FAR:
            w.assign([loop.until], [soonest(loop.until, body.until)])
        _combine(w, node, where, body, loop)


def _cheap_to_decide(w: Writer, node: Fold, inside: Scope, where: Value, loop: _Loop) -> bool:
    """`any` and `all` of what is known and looked at once: one operation for each link, without a jump."""
    body = w.emit(node.body, inside)
    if not (where.known == body.known == "1" and body.until == FAR):
        return False
    w.put(f"{loop.parts[0]} = {loop.parts[0]} {'|' if node.op == 'any' else '&'} {body.only}")
    return True


def _count(w: Writer, node: Fold, where: Value, loop: _Loop) -> None:
    if node.relation in w.assumed.bounded:
        loop.span = (0, MANY)
    w.put(f"{loop.parts[0]} = {loop.parts[0]} + 1")
    if where.known != "1":
        w.assign([loop.known], [least(loop.known, where.known)])


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
    with w.block(f"if {against if sure == '1' else both(f'{sure} == 1', against)}"):
        w.assign([loop.parts[0], loop.known, loop.until], [str(by), "1", soonest(where.until, body.until)])
        w.put(f"{loop.done} = 1" if loop.done else "break")
    if sure != "1":
        with w.block(f"if {either(f'{body.known} != 1', against)}"):
            w.assign([loop.known], [least(loop.known, where.known, body.known)])


def _add(w: Writer, node: Fold, where: Value, body: Value, loop: _Loop) -> None:
    """A link that might count makes no difference only if it adds 0."""
    if _add_exactly(w, node, where, body, loop):
        return
    exact = w.fresh()
    with w.block(f"if {_no_value(node, body)}"):
        w.put(f"{loop.known} = {least(loop.known, where.known, body.known, '0')}")
    with w.block(f"elif {where.known} == 1"):
        adds = "ratio_plus" if len(loop.parts) == 2 else "plus"
        w.put(f"{', '.join([*loop.parts, exact])} = {called(adds, *loop.parts, *body.parts)}")
        w.put(f"{loop.known} = min({loop.known}, {exact})")
    with w.block(f"elif {body.only} != 0"):
        w.assign([loop.known], [least(loop.known, where.known)])


def _add_exactly(w: Writer, node: Fold, where: Value, body: Value, loop: _Loop) -> bool:
    """Add without a question, where the sum over all links is sure to fit."""
    bottom, sure = constant_bottom(body), where.known == body.known == "1" and not node.body.type.optional
    if not sure or bottom is None or body.span is None or node.relation not in w.assumed.bounded:
        return False
    span = min(0, body.span[0] * MANY), max(0, body.span[1] * MANY)
    if span[0] < -LARGEST or span[1] > LARGEST:
        return False
    w.put(f"{loop.parts[0]} = {loop.parts[0]} + {body.parts[0]}")
    loop.span = span
    if len(loop.parts) == 2:
        loop.parts = (loop.parts[0], str(bottom))
    return True


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
