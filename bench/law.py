"""Evaluation of law against OpenFisca and against a loop written by hand, in one run, interleaved.

    .venv/bin/python bench/law.py [--households 1000000] [--repeat 5] [--children 1000000] [--json FILE]

The peers run in an environment of their own, which uv makes among the system's temporary files: OpenFisca is
AGPL and no part of Duly. All compute `disposable_income` of the same households (see `households.py` and
`packs/country_template`). Results are equal: to the cent of what the peers give in floating point, which for
OpenFisca (32 bits) is 8 roundings of the household's gross income, for the loop (64 bits) half a cent.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import lives
import numpy as np
import report
from households import PACK, Households, draw, facts, memory, raises

from duly.law import Pack, SubjectHistory, columns, few, kernel
from duly.timeline import BEGIN, Timelines, first_of_index, from_iso, month_index, to_iso

PEERS = Path(__file__).parent / "peers"
NEEDED = ("openfisca-core==46.*", "openfisca-country-template==8.2.*", "numba>=0.68")
PROGRAMME = "disposable_income"
MONTH = "2018-01"
REST = 0.5
"""Seconds after an answer in which nobody is timed: OpenFisca still gives back memory for some 20 ms."""
FEW = 100_000
"""Households for ten years: 120 simulated months of more would not fit into memory with OpenFisca."""


class Peer:
    """A process in the peers' environment that answers lines of JSON."""

    def __init__(self, python: Path, script: str, home: Path, name: str) -> None:
        self.out = home / f"{script}.npy"
        command = [str(python), str(PEERS / f"{script}.py"), str(home / name), str(self.out)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **asked: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "The peer ended."
        time.sleep(REST)
        return json.loads(line)

    def result(self) -> np.ndarray[Any, Any]:
        return np.load(self.out)

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def environment(home: Path) -> Path:
    """The Python of the peers' environment, made if it is not there."""
    python = home / "peers" / "bin" / "python"
    if not python.is_file():
        subprocess.run(["uv", "venv", "--quiet", str(home / "peers")], check=True)
        subprocess.run(["uv", "pip", "install", "--quiet", "--python", str(python), *NEEDED], check=True)
    return python


class Ours:
    """The same households as a batch of Duly."""

    def __init__(self, of: Households, cache: Path) -> None:
        self.pack, self.of, self.given, self.cache = Pack.load(PACK), of, memory(of), cache
        self.salaries: Timelines | None = None

    def batch(self) -> columns.Facts:
        return facts(self.pack, self.of, self.given, self.salaries)

    def run(
        self, batch: columns.Facts, first: str, last: str, processors: int | None = None
    ) -> kernel.Grants:
        keys = columns.keys(self.pack, PROGRAMME, batch)
        ends = (keys.holders, keys.abouts, keys.links)
        days = {"first": from_iso(first), "last": from_iso(last)}
        how = {"known_at": None, "kept": self.cache, "processors": processors}
        return kernel.evaluate(self.pack, PROGRAMME, batch, *ends, **days, **how)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    found = work()
    return time.perf_counter() - begin, found


def spent(work: Callable[[], Any]) -> float:
    """Seconds of the processor, which say the same while others use the machine."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def months_of(grants: kernel.Grants, months: list[str]) -> np.ndarray[Any, Any]:
    """Cents by month and key."""
    assert bool((grants.state == kernel.GRANT).all())
    keys = np.repeat(np.arange(len(grants), dtype=np.int64), np.diff(grants.offsets)) << 32
    starts = keys + grants.starts
    whole = np.arange(len(grants), dtype=np.int64) << 32
    rows = [np.searchsorted(starts, whole + from_iso(month), side="right") - 1 for month in months]
    return np.stack([grants.fields[row, 0] for row in rows])


def check(ours: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any], of: Households, bits: int) -> float:
    """The greatest difference in currency units; refused where it is more than their own rounding."""
    ends = np.cumsum(np.bincount(of.home, minlength=len(of.size)))
    earned = np.concatenate([[0], np.cumsum(of.salary + of.capital)])
    gross = (earned[ends] - earned[np.concatenate([[0], ends[:-1]])]) / 100 + 5000
    allowed = 0.0051 + (8 * gross * 2.0**-24 if bits == 32 else 0)
    apart = np.abs(ours / 100 - theirs)
    assert bool((apart <= allowed).all()), float((apart - allowed).max())
    return float(apart.max())


def one_month(ours: Ours, openfisca: Peer, fused: Peer, repeat: int) -> dict[str, Any]:
    """One month of all households, every engine in turn."""
    rows: list[dict[str, float]] = []
    first, last = f"{MONTH}-01", "2018-02-01"
    cold, _ = timed(lambda: ours.run(ours.batch(), first, last))
    for _ in range(repeat):
        row: dict[str, float] = {}
        theirs = openfisca.ask(do="months", months=[MONTH], raises=None)
        row |= {"OpenFisca calculate": theirs["calculate"], "OpenFisca end to end": theirs["end_to_end"]}
        row["ours end to end"], grants = timed(lambda: ours.run(ours.batch(), first, last))
        row["OpenFisca end to end, processor"] = theirs["processor"]
        row["ours end to end, one processor"] = spent(lambda: ours.run(ours.batch(), first, last, 1))
        again = partial(ours.run, ours.batch(), first, last)
        again()
        row["ours"], _ = timed(again)
        row["fused loop, threads"] = fused.ask(threads=True)["wall"]
        row["fused loop, serial"] = fused.ask(threads=False)["wall"]
        row["ours, serial"], _ = timed(partial(again, processors=1))
        rows.append(row)
    found = {name: median(row[name] for row in rows) for name in rows[0]}
    amounts = months_of(grants, [MONTH])
    apart = check(amounts, openfisca.result(), ours.of, 32), check(amounts, fused.result(), ours.of, 64)
    ratios = {
        "OpenFisca calculate : ours": _ratio(rows, "OpenFisca calculate", "ours"),
        "OpenFisca end to end : ours": _ratio(rows, "OpenFisca end to end", "ours end to end"),
        "OpenFisca end to end : ours, processor": _ratio(
            rows, "OpenFisca end to end, processor", "ours end to end, one processor"
        ),
        "ours : fused loop, serial": _ratio(rows, "ours, serial", "fused loop, serial"),
        "ours : fused loop, threads": _ratio(rows, "ours", "fused loop, threads"),
    }
    return {"seconds": found, "first call": cold, "ratios": ratios, "apart": apart, "rows": rows}


def _ratio(rows: list[dict[str, float]], above: str, below: str) -> float:
    """The median of the ratios of neighbours in time."""
    return median(row[above] / row[below] for row in rows)


def many_months(ours: Ours, openfisca: Peer, first: str, last: str, path: Path | None) -> dict[str, Any]:
    """Some months of all households: one timeline for us, one calculation a month for OpenFisca."""
    begin, end = month_index(from_iso(first)), month_index(from_iso(last))
    months = [to_iso(first_of_index(index))[:7] for index in range(begin, end)]
    theirs = openfisca.ask(do="months", months=months, raises=None if path is None else str(path))
    ours.run(ours.batch(), first, last)
    whole, grants = timed(lambda: ours.run(ours.batch(), first, last))
    batch = ours.batch()
    ours.run(batch, first, last)
    alone, _ = timed(lambda: ours.run(batch, first, last))
    found = months_of(grants, [f"{month}-01" for month in months])
    salaries = None if path is None else np.load(path)
    for row, month in enumerate(openfisca.result()):
        earned = ours.of if salaries is None else _with_salary(ours.of, salaries[row])
        check(found[row], month, earned, 32)
    return {
        "months": len(months),
        "segments": int(grants.offsets[-1]),
        "ours": alone,
        "ours end to end": whole,
        "OpenFisca calculate": theirs["calculate"],
        "OpenFisca end to end": theirs["end_to_end"],
        "OpenFisca calculate : ours": theirs["calculate"] / alone,
        "OpenFisca end to end : ours": theirs["end_to_end"] / whole,
    }


def _with_salary(of: Households, salary: Any) -> Households:
    return Households(**{**{name: getattr(of, name) for name in of.__dataclass_fields__}, "salary": salary})


def ten_years(python: Path, home: Path, cache: Path, count: int) -> dict[str, Any]:
    """Ten years in which every salary changes each January."""
    of = draw(count, seed=2)
    of.save(home / "few.npz")
    ours, openfisca = Ours(of, cache), Peer(python, "openfisca", home, "few.npz")
    turns = [from_iso(f"{year}-01-01") for year in range(2016, 2026)]
    ours.salaries, rows = raises(of, turns, seed=3)
    path = home / "raises.npy"
    np.save(path, np.repeat(rows, 12, axis=0))
    found = many_months(ours, openfisca, "2016-01-01", "2026-01-01", path)
    openfisca.end()
    return {"households": count, **found}


def history_of(of: Households, at: int) -> tuple[int, dict[int, SubjectHistory]]:
    """One household as facts by subject, and its number."""
    rows = np.flatnonzero(of.home == at).tolist()

    def same(value: object) -> tuple[tuple[int, object]]:
        return ((BEGIN, value),)

    statuses = ["owner", "tenant", "free_lodger", "homeless"]
    household = {
        ("Household.size", 0): same(int(of.size[at])),
        ("Household.rent", 0): same(int(of.rent[at])),
        ("Household.occupancy", 0): same(statuses[int(of.occupancy[at])]),
    }
    found: dict[int, SubjectHistory] = {}
    for row in rows:
        household["Membership.present", row + 1] = same(True)
        household["Membership.adult", row + 1] = same(bool(of.adult[row]))
        facts = {
            ("Person.born", 0): same(int(of.born[row])),
            ("Person.salary", 0): same(int(of.salary[row])),
            ("Person.capital_returns", 0): same(int(of.capital[row])),
        }
        found[row + 1] = SubjectHistory("Person", facts)
    number = len(of.home) + at + 1
    return number, {number: SubjectHistory("Household", household), **found}


def one_household(ours: Ours, openfisca: Peer) -> dict[str, Any]:
    """From facts by subject to what is due, with everything that an explanation is later rendered from."""
    kernel.warm(ours.pack, PROGRAMME, ours.cache)
    first, last = from_iso(f"{MONTH}-01"), from_iso("2018-02-01")
    taken: list[float] = []
    for at in range(300):
        number, history = history_of(ours.of, at)
        work = partial(few.timeline, ours.pack, PROGRAMME, history, number, number, first, last)
        seconds, found = timed(partial(work, kept=ours.cache))
        taken.append(seconds)
    theirs = openfisca.ask(do="one", at=299, month=MONTH)
    assert abs(found[0][1]["amount"] / 100 - theirs["value"]) < 0.02
    return {"ours p50": median(taken), "OpenFisca p50": theirs["p50"]}


FRESH = """
import time; begin = time.perf_counter()
import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1])
from duly.law import Pack, few; from duly.timeline import from_iso
from households import PACK; pack = Pack.load(PACK); loaded = time.perf_counter()
from law import draw, history_of
number, history = history_of(draw(1, seed=1), 0); ready = time.perf_counter()
due = few.timeline(pack, "disposable_income", history, number, number, 17532, 17563, kept=Path(sys.argv[2]))
assert due[0][1]; print(time.perf_counter() - ready, time.perf_counter() - ready + loaded - begin)
"""


def first_call(cache: Path) -> dict[str, float]:
    """Seconds of the first call in a fresh process, the code being kept; and with loading the law."""
    command = [sys.executable, "-c", FRESH, str(Path(__file__).parent), str(cache)]
    rows: list[list[float]] = []
    for _ in range(5):
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows.append([float(word) for word in told.split()])
    call, whole = (median(row[at] for row in rows) for at in range(2))
    return {"call": call, "with imports and the pack": whole}


def compiling() -> dict[str, float]:
    """Seconds of processor time for each programme with nothing kept."""
    found: dict[str, float] = {}
    for pack in (Pack.load("norway"), Pack.load(PACK)):
        for programme in sorted(pack.programmes):
            begin = time.thread_time()
            kernel.warm(pack, programme, None)
            found[programme] = time.thread_time() - begin
    return found


def whole_lives(children: int, cache: Path) -> dict[str, float]:
    """Norway's child benefit from birth to 18, in chunks as a run over a population has them."""
    pack, chunk = Pack.load("norway"), 65_536
    lives.due(pack, lives.batch(pack, chunk, seed=0), cache, 1)
    spent, wall, periods, done = 0.0, 0.0, 0, 0
    while done < children:
        count = min(chunk, children - done)
        facts = lives.batch(pack, count, seed=1 + done)
        begin, cpu = time.perf_counter(), time.process_time()
        periods += lives.due(pack, facts, cache, 1)
        spent, wall, done = (
            spent + time.process_time() - cpu,
            wall + time.perf_counter() - begin,
            done + count,
        )
    return {"children": done, "periods": periods, "children a second and core": done / spent, "wall": wall}


def memory_used(count: int, cache: Path) -> float:
    """MiB above the inputs that one month of all households takes, in a process of its own."""
    code = (
        "import sys, resource; sys.path.insert(0, sys.argv[1]); from law import *;"
        "ours = Ours(draw(int(sys.argv[2]), seed=1), Path(sys.argv[3]));"
        "few = Ours(draw(9, seed=1), ours.cache);"
        "few.run(few.batch(), '2018-01-01', '2018-02-01');"
        "Path('/proc/self/clear_refs').write_text('5');"
        "before = int(Path('/proc/self/statm').read_text().split()[1]) * 4096 / 2**20;"
        "ours.run(ours.batch(), '2018-01-01', '2018-02-01');"
        "line = [l for l in Path('/proc/self/status').read_text().splitlines() if l.startswith('VmHWM')][0];"
        "print(int(line.split()[1]) / 1024 - before)"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(count), str(cache)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=layout)
    parser.add_argument("--households", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--children", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    home = Path(tempfile.gettempdir()) / f"duly-bench-{os.getuid()}"
    home.mkdir(exist_ok=True)
    cache = home / "kernels"
    python = environment(home)
    of = draw(given.households, seed=1)
    of.save(home / "households.npz")
    ours = Ours(of, cache)
    openfisca = Peer(python, "openfisca", home, "households.npz")
    fused = Peer(python, "fused", home, "households.npz")
    compiled = compiling()
    month = one_month(ours, openfisca, fused, given.repeat)
    fused.end()
    one = one_household(ours, openfisca)
    year = many_months(ours, openfisca, "2018-01-01", "2019-01-01", None)
    openfisca.end()
    decade = ten_years(python, home, cache, min(FEW, given.households))
    told = {
        "households": given.households,
        "people": len(of.home),
        "one month": month,
        "twelve months": year,
        "ten years": decade,
        "peak MiB above inputs": memory_used(given.households, cache),
        "one household": one,
        "first call": first_call(cache),
        "compiling": compiled,
        "whole lives": whole_lives(given.children, cache),
    }
    report.show("Evaluation of law", rows_of(told), told, given.json)


def rows_of(told: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What people read."""
    rows: list[tuple[str, Any]] = [("households", told["households"]), ("people", told["people"])]
    month = told["one month"]
    rows += [(f"one month: {name}, ms", 1000 * value) for name, value in month["seconds"].items()]
    rows += [(f"one month: {name}", f"{value:.2f} x") for name, value in month["ratios"].items()]
    for title in ("twelve months", "ten years"):
        part = told[title]
        rows += [(f"{title}: ours, ms", 1000 * part["ours"])]
        rows += [(f"{title}: {name}", f"{part[name]:.0f} x") for name in part if " : " in name]
    rows.append(("peak memory above the inputs, MiB", told["peak MiB above inputs"]))
    rows += [(f"one household: {name}, µs", 1e6 * value) for name, value in told["one household"].items()]
    rows += [
        (f"first call in a fresh process: {name}, ms", 1000 * v) for name, v in told["first call"].items()
    ]
    rows += [(f"compiling {name}, ms", 1000 * value) for name, value in told["compiling"].items()]
    life = told["whole lives"]
    return [*rows, ("Norway, birth to 18: children a second and core", life["children a second and core"])]


if __name__ == "__main__":
    main()
