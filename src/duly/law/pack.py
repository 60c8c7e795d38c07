"""A pack is a directory of law, loaded whole: checked, translated and known by the hash of all its files.

Its law modules run under a private package name; other stages ask for their own module or section.
"""

from __future__ import annotations

import importlib
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, Final, cast

from duly.errors import BadInput, DulyError, NotFound, near_miss
from duly.law import source
from duly.law.bundle import content_hash
from duly.law.collect import collect
from duly.law.findings import Finding, LawRefused
from duly.law.ir import MakeRecord
from duly.law.language import AUTOMATIC, DAY, MONTH, LawFunction
from duly.law.rates import DeclaredRate, RateTable
from duly.law.rings import rings
from duly.law.sentences import FIRST_LANGUAGE, Sentences, read_sentences
from duly.law.settings import settings_of
from duly.law.source import Source
from duly.law.syntax import Module, functions_of, translate
from duly.law.tables import DeclaredScale, DeclaredTable
from duly.law.vocabulary import Vocabulary
from duly.law.walk import reached

if TYPE_CHECKING:
    from duly.law.evaluate import DueInWords
    from duly.law.explain import Explanation
    from duly.law.given import Given
    from duly.law.ir import RuleIR, Type
    from duly.law.missing import MissingFacts

__all__ = ["Pack", "Programme", "Review", "find"]

RAISED: Final = (
    *(DulyError, ImportError, NameError, TypeError, AttributeError, ValueError),
    *(ArithmeticError, LookupError, RecursionError),
)
"""What a module that is wrong may raise while it is loaded."""
PRIVATE: Final = "_duly_packs"
DECLARED: Final = (DeclaredRate, DeclaredTable, DeclaredScale)
"""What a module holds that is read as it is on the day."""
PLACES: Final = (Path(__file__).parents[3] / "packs", Path(__file__).parents[1] / "_packs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A public service. `over` is "" or a relation; `fields` are those of the record it gives, with types."""

    name: str
    agency: str
    law: str
    over: str
    every: str
    delivery: str
    purpose: str
    rule: RuleIR
    record: str
    fields: tuple[tuple[str, Type], ...]
    holder: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A rule of the same parameters as its programme's; where it is true a human looks first.

    `when`: "first" (only before the first grant of a key) or "always".
    """

    programme: str
    reason: str
    law: str
    when: str
    rule: RuleIR


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pack:
    """The law of a jurisdiction. Two packs are the same exactly if their hashes are."""

    name: str
    directory: Path
    hash: str
    zone: str
    currency: str
    horizon_years: int
    languages: tuple[str, ...]
    settings: Mapping[str, Any]
    vocabulary: Vocabulary
    rules: Mapping[str, RuleIR]
    rates: Mapping[str, RateTable]
    programmes: Mapping[str, Programme]
    reviews: tuple[Review, ...]
    functions: Mapping[str, LawFunction[..., Any]]
    sentences: Mapping[str, Sentences]

    @staticmethod
    def load(name: str | Path) -> Pack:
        """The pack of this name, or in this directory. Loading the same files again gives the same pack."""
        directory = find(name)
        return _loaded(directory, content_hash(directory))

    def module(self, name: str) -> ModuleType:
        """The pack's module of this name, such as "events"; NotFound if it has none."""
        return import_module(self.directory, self.hash, name)

    def section(self, name: str) -> Mapping[str, Any]:
        """A table of pack.toml; NotFound if it has none."""
        found = self.settings.get(name)
        if not isinstance(found, dict):
            where = f"{self.name}/pack.toml"
            raise NotFound("A section is missing", detail=f"pack.toml has no [{name}].", where=where)
        return MappingProxyType(cast(dict[str, Any], found))

    def read(self, lines: Iterable[str]) -> Given:
        """Facts, one JSON object a line, as a history with names."""
        from duly.law.given import read_facts

        return read_facts(self, lines)

    def evaluate(self, given: Given, *, since: str, until: str) -> list[DueInWords]:
        """What everyone is due from one month ("2024-01") through another."""
        from duly.law.evaluate import in_words

        return in_words(self, given, since, until)

    def explain(
        self, given: Given, *, programme: str, holder: str, about: str, on: str, language: str = "en"
    ) -> Explanation:
        """Why a programme gives what it gives on a day ("2026-03-01"), told to the holder."""
        from duly.law.explain import explain_given

        return explain_given(self, given, programme, holder, about, on, language)

    def missing(
        self, given: Given, *, programme: str, holder: str, about: str, on: str, language: str = "en"
    ) -> MissingFacts:
        """Which facts would settle what is not known on a day, who holds each, what each answer leads to."""
        from duly.law.missing import missing_given

        return missing_given(self, given, programme, holder, about, on, language)

    def sentence(self, rule: str, language: str, day: int | None = None) -> str:
        """A rule's sentence with its placeholders; of the version of a day (None: the last)."""
        versions = self.rules[rule].versions
        begun = [v for v in versions if day is None or v.since <= day] or [versions[0]]
        if language == FIRST_LANGUAGE or language not in self.sentences:
            return begun[-1].sentence
        return self.sentences[language].rules.get(rule, begun[-1].sentence)

    def reason(self, review: Review, language: str) -> str:
        """Why a review sends a decision to a human."""
        spoken = self.sentences.get(language)
        return review.reason if spoken is None else spoken.reasons.get(review.rule.name, review.reason)

    def programme(self, name: str) -> Programme:
        """The programme of this name; a wrong name is answered with the nearest right one."""
        found = self.programmes.get(name)
        if found is None:
            hint = near_miss(name, self.programmes)
            raise NotFound("Unknown programme", detail=f"{self.name} has none called {name!r}.", hint=hint)
        return found


def find(name: str | Path) -> Path:
    """The directory of a pack, by name among the packs that came with Duly, or by path."""
    places = [place / str(name) for place in PLACES]
    for directory in (*places, Path(name)):
        if (directory / "pack.toml").is_file():
            return directory.resolve()
    there = sorted(p.parent.name for place in PLACES for p in place.glob("*/pack.toml"))
    raise NotFound(
        "Unknown pack",
        detail=f"There is no pack {str(name)!r}; there are {', '.join(there) or 'none'}.",
        hint="Give a name, or a directory with a pack.toml.",
    )


class _PackModule(ModuleType):
    """A module whose rates, while a rule runs as plain Python, are the amounts of the day."""

    def __getattribute__(self, name: str) -> object:
        value = super().__getattribute__(name)
        return value.on_the_day() if isinstance(value, DECLARED) else value


def import_module(directory: Path, whole: str, name: str) -> ModuleType:
    """One module of the pack under its private name."""
    package = _package(directory, whole)
    if not (directory / f"{name}.py").is_file():
        raise NotFound("A pack's module is missing", detail=f"There is no {name}.py.", where=str(directory))
    module = importlib.import_module(f"{package}.{name}")
    if type(module) is ModuleType:
        module.__class__ = _PackModule
    return module


def _package(directory: Path, whole: str) -> str:
    name = f"{PRIVATE}.{directory.name}_{whole[:16]}"
    for part, path in ((PRIVATE, []), (name, [str(directory)])):
        if part not in sys.modules:
            package = ModuleType(part)
            package.__path__ = []
            sys.modules[part] = package
        found = sys.modules[part]
        found.__path__ = [*dict.fromkeys((*path, *found.__path__))]  # where the same files lie now
    return name


@lru_cache(maxsize=16)
def _loaded(directory: Path, whole: str) -> Pack:
    settings = settings_of(directory)
    modules = _modules(directory, whole, cast(list[str], settings["law"]))
    vocabulary = _vocabulary(next(m for m in modules if m.source.name == "vocabulary"))
    rules, findings = translate(modules, vocabulary)
    findings += rings(rules)
    findings += _wrong_programmes(modules, rules)
    if findings:
        raise LawRefused(sorted(findings))
    functions = {f.name: f for module in modules for f in functions_of(module.loaded)}
    return Pack(
        name=str(settings["name"]),
        directory=directory,
        hash=whole,
        zone=str(settings["zone"]),
        currency=str(settings["currency"]),
        horizon_years=int(settings["horizon_years"]),
        languages=tuple(settings["languages"]),
        settings=MappingProxyType(settings),
        vocabulary=vocabulary,
        rules=MappingProxyType(rules),
        rates=MappingProxyType(_rates(modules)),
        programmes=MappingProxyType(dict(_programmes(functions, rules, vocabulary))),
        reviews=tuple(_reviews(functions, rules)),
        functions=MappingProxyType(functions),
        sentences=read_sentences(directory, cast(list[str], settings["languages"])),
    )


def _modules(directory: Path, whole: str, names: list[str]) -> list[Module]:
    read = [source.read(directory, name, names) for name in names]
    findings = [finding for _, found in read for finding in found]
    if findings:
        raise LawRefused(sorted(findings))
    written = [source for source, _ in read if source is not None]
    return [Module(source=s, loaded=_run(directory, whole, s)) for s in written]


def _vocabulary(module: Module) -> Vocabulary:
    """What the module declares; what it cannot mean is a finding at the class or the attribute."""
    try:
        return collect(module.loaded)
    except BadInput as error:
        line = module.source.line_of(error.where)
        finding = Finding(
            file=module.source.file, line=line, what=error.detail, write_instead=error.hint or error.title
        )
        raise LawRefused([finding]) from error


def _run(directory: Path, whole: str, written: Source) -> ModuleType:
    """The module, loaded; what fails while it is loaded is a finding at the line that failed."""
    try:
        return import_module(directory, whole, written.name)
    except RAISED as error:
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename == str(directory / written.file)
        ]
        hint = error.hint if isinstance(error, DulyError) else ""
        what = error.detail if isinstance(error, DulyError) else str(error)
        finding = Finding(
            file=written.file,
            line=(lines or [1])[-1] or 1,
            what=what,
            write_instead=hint or _instead_of(error),
        )
        raise LawRefused([finding]) from error


def _instead_of(error: Exception) -> str:
    missing = re.findall(r"'(\w+)'", str(error)) if "missing" in str(error) else []
    if missing:
        return f"what it needs: {', '.join(f'{name}=...' for name in missing)}"
    return "a name that is declared, with the values that it takes"


def _wrong_programmes(modules: Iterable[Module], rules: Mapping[str, RuleIR]) -> Iterator[Finding]:
    """Programmes of nobody or in no known way, and the second of one name: the first would be hidden."""
    found: dict[str, str] = {}
    for function in (function for module in modules for function in functions_of(module.loaded)):
        name, rule = function.declaration.programme, rules.get(function.name)
        if function.declaration.kind != "programme" or rule is None:
            continue
        span = rule.versions[0].span
        if not rule.parameters:
            what, instead = f"{name} takes nothing", "the holder as its first parameter"
            yield Finding(file=span.file, line=span.line, what=what, write_instead=instead)
        if function.declaration.every not in (MONTH, DAY):
            what, instead = f"{name} is due every {function.declaration.every!r}", "every=MONTH or every=DAY"
            yield Finding(file=span.file, line=span.line, what=what, write_instead=instead)
        if function.declaration.delivery != AUTOMATIC:
            what = f"{name} is delivered {function.declaration.delivery!r}, and nothing would wait for it"
            yield Finding(file=span.file, line=span.line, what=what, write_instead="delivery=AUTOMATIC")
        if found.setdefault(name, function.name) != function.name:
            what, instead = (
                f"There are two programmes called {name}",
                "another name: names are the pack's own",
            )
            yield Finding(file=span.file, line=span.line, what=what, write_instead=instead)


def _programmes(
    functions: Mapping[str, LawFunction[..., Any]], rules: Mapping[str, RuleIR], vocabulary: Vocabulary
) -> Iterator[tuple[str, Programme]]:
    for function in functions.values():
        said, rule = function.declaration, rules[function.name]
        if said.kind == "programme":
            relation = vocabulary.relations.get(said.over)
            yield (
                said.programme,
                Programme(
                    name=said.programme,
                    agency=said.agency,
                    law=said.law,
                    over=said.over,
                    every=said.every,
                    delivery=said.delivery,
                    purpose=said.purpose,
                    rule=rule,
                    record=rule.result.name,
                    fields=_fields(rule, rules),
                    holder=relation.of if relation else rule.parameters[0].type.name,
                    about=relation.to if relation else rule.parameters[0].type.name,
                ),
            )


def _reviews(functions: Mapping[str, LawFunction[..., Any]], rules: Mapping[str, RuleIR]) -> Iterator[Review]:
    for function in functions.values():
        said = function.declaration
        if said.kind == "review":
            yield Review(
                programme=said.programme,
                reason=said.reason,
                law=said.law,
                when=said.when,
                rule=rules[function.name],
            )


def _fields(rule: RuleIR, rules: Mapping[str, RuleIR]) -> tuple[tuple[str, Type], ...]:
    made = [node for node in reached(rule, rules) if isinstance(node, MakeRecord)]
    return tuple(zip(made[0].names, (field.type for field in made[0].fields), strict=True)) if made else ()


def _rates(modules: Iterable[Module]) -> dict[str, RateTable]:
    """Rates and the columns of tables by name; two of one name would be one, and nobody would see which."""
    found: dict[str, Any] = {}
    for module in modules:
        for given, each in vars(module.loaded).items():
            for column in each.columns if isinstance(each, DECLARED) else ():
                if found.setdefault(column.name, each) is not each:
                    finding = Finding(
                        file=module.source.file,
                        line=module.source.line_given(given),
                        what=f"There are two rates called {column.name.partition('[')[0]}",
                        write_instead="another name: names are the pack's own",
                    )
                    raise LawRefused([finding])
    return {column.name: column for each in found.values() for column in each.columns}
