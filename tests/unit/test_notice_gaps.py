"""The gaps that are declared of each sentence are those that the code fills."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from law_packs import rule, write

from duly.law import Pack
from duly.notices.gaps import GAPS, findings, gaps_of

SOURCE = Path(__file__).parents[2] / "src/duly"
Phrase = tuple[str, tuple[str, ...], frozenset[str]]
"""Section, keys where they are written out, and the gaps that are filled."""


def _phrases() -> Iterator[Phrase]:
    for file in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="phrase"), args=[ast.Constant(value=section), key]):
                    yield str(section), tuple(_keys(key)), frozenset(_filled(node))
                case _:
                    pass


def _keys(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_keys(node.body), *_keys(node.orelse))
    if isinstance(node, ast.Constant):
        yield str(node.value)


def _filled(call: ast.Call) -> Iterator[str]:
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield keyword.arg
        elif isinstance(keyword.value, ast.Dict):
            yield from (str(key.value) for key in keyword.value.keys if isinstance(key, ast.Constant))


def test_each_sentence_has_the_gaps_that_are_filled() -> None:
    phrases = list(_phrases())
    assert len(phrases) > 10
    for section, keys, filled in phrases:
        for key in keys:
            assert set(gaps_of(section, key)) == filled, (section, key)
        if not keys:
            declared = [gaps for (of, _), gaps in GAPS.items() if of == section]
            assert any(gaps <= filled for gaps in declared), (section, filled)


def test_nothing_is_declared_of_a_section_that_nobody_says() -> None:
    assert {section for section, _ in GAPS} == {section for section, _, _ in _phrases()}


def test_a_file_that_is_no_toml_is_found(tmp_path: Path) -> None:
    directory = write(tmp_path / "pack", rule("return True"))
    (directory / "notices").mkdir()
    (directory / "notices/en.toml").write_text('name = "English', encoding="utf-8")
    (finding,) = findings(Pack.load(str(directory)))
    assert (finding.file, finding.line, finding.write_instead) == ("notices/en.toml", 1, "TOML")
    assert finding.what.startswith("This is not TOML: ")
