"""Writes docs/reference/law/checks.md: every finding of `duly check`, read from the code that makes it.

.venv/bin/python tools/checks_page.py        # writes the page; a test holds it to the code
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT = Path(__file__).parents[1]
LAW = ROOT / "src/duly/law"
PAGE = ROOT / "docs/reference/law/checks.md"
GAP: Final = "…"
MAKERS: Final[Mapping[str, tuple[int, int]]] = {
    "Refused": (1, 2),
    "_found": (-2, -1),
    "_in_settings": (-2, -1),
    "at": (1, 2),
}
"""What makes a finding, and which of its arguments say what was found and what to write."""
WELL_FORMED: Final = {
    "check.py": "Citations, programmes and reviews",
    "check_reach.py": "What can never be reached",
    "check_months.py": "Monthly programmes",
    "check_purposes.py": "Purposes and agencies",
    "check_exchanges.py": "Exchanges between agencies",
    "check_registers.py": "Registers and categories",
    "check_sentences.py": "Sentences",
    "placeholders.py": "Placeholders, in sentences, reasons, words, notices and titles",
    "check_exceptions.py": "Exceptions",
    "check_modules.py": "Other modules of a pack",
}
LOADED: Final = {
    "source.py": "A module of law",
    "syntax.py": "Statements and signatures",
    "expressions.py": "Expressions",
    "calls.py": "Calls",
    "arithmetic.py": "Arithmetic",
    "types.py": "Types",
    "folds.py": "Relations",
}
DECLARED: Final = {
    "collect.py": "A vocabulary",
    "rates.py": "Rates",
    "tables.py": "Tables and scales",
    "language.py": "Rules and programmes",
}
INTRO = """# What `duly check` finds

`duly check PACK` reads a whole pack and prints each finding with its file and line, what was found, and what
to write instead; `--json` prints the same as a document. It ends with 0 where nothing is found, else with 1.
A pack that cannot be loaded is told in the same form. What is reported as never reached is proved, from the
bounds and choices of the vocabulary and from the tests before it: there are no false alarms, and not every
fault of this kind is found. This page is written by `tools/checks_page.py` from the code; `…` stands for
names and values of your own.

"""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Said:
    """What was found and what to write, with `GAP` for what differs."""

    found: str
    write: str


def page() -> str:
    """The whole page."""
    parts = [INTRO, "## A pack that loads and is not well-formed\n\n"]
    for file, title in WELL_FORMED.items():
        parts += [f"### {title}\n\n", _table(sorted(set(_findings(LAW / file))), EXAMPLES)]
    parts += ["## A pack that is refused when it is loaded\n\n"]
    for file, title in LOADED.items():
        parts += [f"### {title}\n\n", _table(sorted(set(_findings(LAW / file))), {})]
    for file in sorted(LAW.glob("*.py")):
        rows = sorted(set(_findings(file)))
        if rows and file.name not in (*WELL_FORMED, *LOADED):
            parts += [f"### {file.stem.replace('_', ' ').capitalize()}\n\n", _table(rows, {})]
    parts += ["## A declaration that means nothing\n\n"]
    for file, title in DECLARED.items():
        parts += [f"### {title}\n\n", _table(sorted(set(_declarations(LAW / file))), {})]
    return "".join(parts).rstrip() + "\n"


def without_example() -> list[str]:
    """Findings of well-formedness of which the page has no example."""
    found = {said.found for file in WELL_FORMED for said in _findings(LAW / file)}
    return sorted(found - EXAMPLES.keys())


def _table(rows: list[Said], examples: Mapping[str, str]) -> str:
    if not rows:
        return ""
    if examples:
        lines = ["| found | for example | write |", "| --- | --- | --- |"]
        lines += [f"| {_cell(r.found)} | {examples.get(r.found, '')} | {_cell(r.write)} |" for r in rows]
    else:
        lines = ["| found | write |", "| --- | --- |"]
        lines += [f"| {_cell(r.found)} | {_cell(r.write)} |" for r in rows]
    return "\n".join(lines) + "\n\n"


def _cell(text: str) -> str:
    return (
        text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_").replace("`", "")
    )


def _findings(file: Path) -> Iterator[Said]:
    for function, call in _calls(file):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name == "Finding":
            said = {keyword.arg: keyword.value for keyword in call.keywords}
            yield from _said(function, said["what"], said["write_instead"])
        if name in MAKERS and len(call.args) >= 3:
            what, instead = MAKERS[name]
            yield from _said(function, call.args[what], call.args[instead])
    yield from _listed(file)


def _listed(file: Path) -> Iterator[Said]:
    """What a module lists by kind of node: pairs of what was found and what to write."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict):
            for value in node.value.values:
                match value:
                    case ast.Tuple(elts=[ast.Constant(value=str()) | ast.JoinedStr() as what, instead]):
                        yield from _said(node, what, instead)
                    case _:
                        pass


def _declarations(file: Path) -> Iterator[Said]:
    for function, call in _calls(file):
        if isinstance(call.func, ast.Name) and call.func.id in ("BadInput", "_refused"):
            said = {keyword.arg: keyword.value for keyword in call.keywords}
            detail = said.get("detail", call.args[0])
            yield from _said(function, detail, said.get("hint", ast.Constant("")))


def _calls(file: Path) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Every call, with the function that it stands in."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Assign)):
        if isinstance(function, ast.Assign) and function not in tree.body:
            continue
        yield from ((function, node) for node in ast.walk(function) if isinstance(node, ast.Call))


def _said(function: ast.AST, what: ast.expr, instead: ast.expr) -> Iterator[Said]:
    for found in _texts(function, what):
        if found.strip(f" {GAP}.:"):
            yield Said(found=found, write=" / ".join(dict.fromkeys(_texts(function, instead))))


def _texts(function: ast.AST, node: ast.expr) -> list[str]:
    """What an expression may say."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            texts = [""]
            for value in values:
                more = value.value if isinstance(value, ast.Constant) else GAP
                texts = [text + str(more) for text in texts]
            return texts
        case ast.IfExp(body=body, orelse=orelse):
            return [*_texts(function, body), *_texts(function, orelse)]
        case ast.BoolOp(values=values):
            return [text for value in values for text in _texts(function, value)]
        case ast.Call(func=ast.Name(id="nearest"), args=args) if len(args) == 3:
            return ["the nearest name", *_texts(function, args[2])]
        case ast.Subscript(value=value):
            return _texts(function, value)
        case ast.Dict(values=values):
            return [text for value in values for text in _texts(function, value)]
        case ast.Name(id=name):
            given = [value for value in _given(function, name) if value.lineno <= node.lineno]
            return _texts(function, given[-1]) if given else [GAP]
        case _:
            return [GAP]


def _given(function: ast.AST, name: str) -> list[ast.expr]:
    """What a name is given in a function, from top to bottom."""
    found: list[ast.expr] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            found += [value for target, value in _pairs(node.targets[0], node.value) if target == name]
    return sorted(found, key=lambda value: value.lineno)


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[str, ast.expr]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = zip(target.elts, value.elts, strict=True)
        return [(one.id, other) for one, other in pairs if isinstance(one, ast.Name)]
    return [(target.id, value)] if isinstance(target, ast.Name) else []


EXAMPLES: Final[Mapping[str, str]] = {
    "A review of …, which is no programme": '`@review("barnetrygd.ordinery", ...)`',
    "No programme, review or other rule reaches …": "a rule that nothing calls",
    "No rule reads the rate …": "a rate that was replaced by another and left standing",
    "Nobody reads […]": "`[reason]` in `sentences.nb.toml`",
    "Nothing gets here: all ways before it return": "a line after `return`",
    "The braces … do not pair: …": '`"""{child is under 18."""`',
    "The reason of … is not said in …": "a review without a line in `[reasons]` of `sentences.nb.toml`",
    "The register of … does not send it": '`register="nav"`, and `[registers.nav]` does not list it',
    "The sentence of … stands here, where nobody reads it": "`[rules]` in `sentences.en.toml`",
    "There is no …": '`languages = ["en", "nb"]` without `sentences.nb.toml`',
    "There is no ….…": "`Person.maried` in `events.py`",
    "This is not Python: …": "`def says(:` in `events.py`",
    "case … is covered by the cases before it": "`case _` after all members of the choice",
    "{…} … stands for nothing": '`"""{chid} is under 18."""`; also `{child.born}`, `{child!r}`, `{0}`',
    "… (…) reads …, which is for …": "a fact that its register allows for another purpose",
    "… and … are exceptions to … that apply together… and differ": "under one condition, two amounts",
    "… cites no law": '`law=""`',
    "… gives no record": "a programme with `-> Money`",
    "… has no purpose …": '`purpose="tax"` for an agency that does not list it',
    "… has no register": '`register="nva"`',
    "… is in no category": '`attribute("idenity", ...)`',
    "… is monthly, and the current day changes inside a month": "`today()`, `under(...)` outside a selector",
    "… is monthly, and the rate … changes on …": "an entry from `2024-05-17`",
    "… is monthly, and … can change inside a month": "`child.married` outside a selector",
    "… is monthly; … has a version from …": '`since="2024-05-17"`',
    "… is no review": "a line in `[reasons]` for a rule that is none",
    "… is no rule": "a line in `[rules]` for a rule that was renamed",
    "… is not said in [words]": "`[words]` without `unknown`",
    "… is not said in …": "a rule without a line in `[rules]`",
    "… is of no agency known here": '`agency="nva"`',
    "… is … true here": "`care.percent >= 0` where `least=0`; what was asked before",
    "… reads …, which no register provides": "a fact that stands in no `attributes` of any register",
    "… never applies: … is never true": "an exception under a condition that the vocabulary rules out",
    "… says nothing to people": "a rule without docstring",
    "… sends …, which is no attribute": '`"Person.maried"` in the attributes of a register',
    "… takes other than …": "a review of `(carer)` for a programme of `(carer, child, care)`",
    "… takes …": "`over=Person.cares_for` and a rule of `(carer)`",
    "… of … builds on … of …": "a rule of one agency that calls a programme of another",
    "… of … reads … of …": "a fact of another agency that no exchange tells",
    "… answers with …, which is no attribute": '`answer = "Person.aloen"`',
    "… ask each other in a ring": "two agencies, each of which waits for an answer of the other's",
    "… asks …, which is no programme": '`asks = "barnetrygd.extendd"`',
    "… cannot hold what … tells": '`tells = "amount"` and an answer that is a bool',
    "… has no title in …": '`title = { en = "..." }` in a pack that speaks `nb` too',
    "… is for …, which … has not": "an answer that is for a purpose of a third agency",
    "… is of …, and … is about …": "an answer of a person for a programme over a link",
    "… is told by …, and its register is …": '`register="helfo"` for what NAV tells',
    "… stands on …, which the purpose … does not give": "a law that the asked agency's purpose does not name",
    "… tells …, which is neither a yes nor an amount": '`tells = "percent"`',
    "… tells …, which is no other agency than …": '`to = "nav"` for what NAV tells',
}
if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
