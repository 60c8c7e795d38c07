"""How long one question to a pack's policies takes, asked for the first time and asked again.

    .venv/bin/python bench/policy.py [--pack norway] [--questions 2000]

*first*: nobody has asked anything like it, so Cedar decides. *asked*: each is of an officer who has asked
nothing yet; others of the role have. *again*: the same questions, whose answers are remembered.
Microseconds of the process's own time (which other work on the machine does not lengthen) and of the clock.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from itertools import chain

from duly.access import Actor, Policy, Question, Relation, opening
from duly.law import Pack
from duly.law.pack import find

MICRO = 1_000_000
FRESH, TIMES = 60, 10
"""So many questions to policies that were just loaded, so many times."""


def questions(pack: Pack, count: int) -> list[Question]:
    """Distinct questions of officers: each agency, purpose and category of facts, by as many officers."""
    kinds = [
        (agency, purpose, category)
        for agency, said in pack.section("agencies").items()
        for purpose in said["purposes"]
        for category in pack.section("categories")
    ]
    found: list[Question] = []
    while len(found) < count:
        agency, purpose, category = kinds[len(found) % len(kinds)]
        officer = Actor(organisation=agency, system="pages", officer=f"o{len(found)}", role="caseworker")
        basis = str(pack.section("purposes")[purpose]["legal_basis"])
        found.append(
            opening(
                officer, purpose=purpose, legal_basis=basis, category=category, relation=Relation.ASSIGNED
            )
        )
    return found


def timed(ask: Callable[[Question], bool], asked: Sequence[Question]) -> tuple[list[float], list[float]]:
    """Microseconds of each question, by the process's time and by the clock."""
    own: list[float] = []
    clock: list[float] = []
    for question in asked:
        began, worked = time.perf_counter(), time.thread_time()
        ask(question)
        own.append((time.thread_time() - worked) * MICRO)
        clock.append((time.perf_counter() - began) * MICRO)
    return own, clock


def show(name: str, own: list[float], clock: list[float]) -> None:
    """The median and the slowest of a hundred."""
    told = [
        f"{kind} p50 {sorted(all_)[len(all_) // 2]:8.1f}  p99 {sorted(all_)[len(all_) * 99 // 100]:8.1f}"
        for kind, all_ in (("process", own), ("clock", clock))
    ]
    print(f"{name:6}  {'   '.join(told)}  microseconds")


def main() -> None:
    """Measure one pack."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pack", default="norway")
    parser.add_argument("--questions", type=int, default=2000)
    given = parser.parse_args()
    policy = Policy.load(find(given.pack) / "policies")
    asked = questions(Pack.load(given.pack), given.questions)
    policy.permits(asked[0])
    first = [timed(Policy.load(find(given.pack) / "policies").permits, asked[:FRESH]) for _ in range(TIMES)]
    load = os.getloadavg()[0]
    print(f"{given.pack}, {len(asked)} questions, load {load:.1f} on {os.cpu_count()} processors")
    show("first", *(list(chain.from_iterable(part)) for part in zip(*first, strict=True)))
    show("asked", *timed(policy.permits, asked[1:]))
    show("again", *timed(policy.permits, asked))


if __name__ == "__main__":
    main()
