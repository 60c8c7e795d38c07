"""Every construct of the law language has its place in the reference, and in a test."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import law_packs
from kernel_rules import random_pack
from law_exceptions import random_law

import duly.law
from duly.law import Pack, ir, periods
from duly.law.selectors import Period
from duly.law.walk import below

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs/reference/law-language.md", *sorted((ROOT / "docs/reference/law").glob("*.md"))]
TESTS = [path for path in sorted((ROOT / "tests").rglob("*.py")) if path != Path(__file__)]
NODES = [
    name
    for name, each in inspect.getmembers(ir, inspect.isclass)
    if issubclass(each, ir.Node) and each is not ir.Node
]


def words(paths: list[Path]) -> set[str]:
    return set(re.findall(r"\w+", "\n".join(path.read_text(encoding="utf-8") for path in paths)))


def lacking(names: set[str], paths: list[Path]) -> list[str]:
    return sorted(names - words(paths))


def test_every_name_of_the_language_is_on_a_page_and_in_a_test() -> None:
    names = set(duly.law.__all__)
    assert lacking(names, PAGES) == []
    assert lacking(names, TESTS) == []


def test_every_node_and_period_is_on_a_page() -> None:
    page = (ROOT / "docs/reference/law/nodes.md").read_text(encoding="utf-8")
    rows = {name for line in page.splitlines() if line.startswith("| `") for name in _named(line)}
    assert sorted(rows) == sorted(NODES)
    looks = {name for name in vars(Period) if not name.startswith("_")} - {"name", "count"}
    assert lacking(looks | {*periods.PLAIN, *periods.COUNTED}, PAGES) == []


def test_every_node_is_made_by_the_laws_that_both_evaluators_are_held_to(tmp_path: Path) -> None:
    small = law_packs.load(tmp_path / "small", "")
    packs = [Pack.load(name) for name in ("norway", "france", "estonia", "portugal")]
    packs += [random_pack(small, seed) for seed in range(20)]
    packs += [law_packs.load(tmp_path / str(seed), random_law(seed)) for seed in range(5)]
    assert sorted({type(node).__name__ for pack in packs for node in _nodes(pack)} ^ {*NODES}) == []


def _named(row: str) -> list[str]:
    return re.findall(r"`(\w+)`", row.split("|")[1])


def _nodes(pack: Pack) -> list[ir.Node]:
    return [node for rule in pack.rules.values() for version in rule.versions for node in below(version.body)]
