"""OpenFisca's country template, asked line by line; it runs in an environment of its own.

    python openfisca.py HOUSEHOLDS.npz OUT

A line of JSON asks: {"do": "months", "months": [...], "raises": "FILE" | null} or {"do": "one", "at": row}.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from openfisca_core.simulations import SimulationBuilder
from openfisca_country_template import CountryTaxBenefitSystem

SYSTEM = CountryTaxBenefitSystem()
STATUS = ["owner", "tenant", "free_lodger", "homeless"]
ROLES = [role.key for entity in SYSTEM.group_entities for role in entity.flattened_roles]
"""Of the one group there is, in the order by which a number names them."""
LASTING = ("birth", "capital_returns", "accommodation_size", "rent", "housing_occupancy_status")


class Peer:
    def __init__(self, households: Path, out: Path) -> None:
        self.given = dict(np.load(households))
        self.out = out
        self.inputs = self._inputs()

    def _inputs(self) -> dict[str, Any]:
        """The columns in the types that OpenFisca reads, so that no conversion of ours is measured as its."""
        given = self.given
        return {
            "person": np.arange(len(given["home"])),
            "household": np.arange(len(given["size"])),
            "home": given["home"].astype(np.int64),
            "role": np.where(given["adult"] == 1, ROLES.index("adult"), ROLES.index("child")),
            "birth": given["born"].astype("datetime64[D]"),
            "salary": money(given["salary"]),
            "capital_returns": money(given["capital"]),
            "accommodation_size": given["size"].astype(np.float32),
            "rent": money(given["rent"]),
            "housing_occupancy_status": given["occupancy"].astype(np.uint8),
        }

    def months(self, months: list[str], raises: str | None) -> dict[str, Any]:
        """Build a simulation from columns, set all months' inputs, calculate month after month."""
        salaries = None if raises is None else [money(row) for row in np.load(raises)]
        begin, cpu = time.perf_counter(), time.process_time()
        simulation = self._built()
        for place, month in enumerate(months):
            self._set(simulation, month, self.inputs["salary"] if salaries is None else salaries[place])
        built = time.perf_counter()
        found = [simulation.calculate("disposable_income", month) for month in months]
        done, spent = time.perf_counter(), time.process_time() - cpu
        np.save(self.out, np.stack(found))
        return {"calculate": done - built, "end_to_end": done - begin, "processor": spent, "peak": peak()}

    def _built(self) -> Any:
        builder = SimulationBuilder()
        builder.create_entities(SYSTEM)
        builder.declare_person_entity("person", self.inputs["person"])
        household = builder.declare_entity("household", self.inputs["household"])
        builder.join_with_persons(household, self.inputs["home"], self.inputs["role"])
        return builder.build(SYSTEM)

    def _set(self, simulation: Any, month: str, salary: Any) -> None:
        simulation.set_input("salary", month, salary)
        for name in LASTING:
            simulation.set_input(name, month, self.inputs[name])

    def one(self, at: int, month: str) -> dict[str, Any]:
        """One household from a situation in JSON to its result, many times over."""
        situation = self._situation(at, month)
        taken: list[float] = []
        for _ in range(300):
            begin = time.perf_counter()
            simulation = SimulationBuilder().build_from_entities(SYSTEM, situation)
            found = simulation.calculate("disposable_income", month)
            taken.append(time.perf_counter() - begin)
        return {"p50": float(np.median(taken)), "value": float(found[0])}

    def _situation(self, at: int, month: str) -> dict[str, Any]:
        given = self.given
        rows = np.flatnonzero(given["home"] == at)
        people = {
            f"p{row}": {
                "birth": {"ETERNITY": str(given["born"][row].astype("datetime64[D]"))},
                "salary": {month: float(given["salary"][row]) / 100},
                "capital_returns": {month: float(given["capital"][row]) / 100},
            }
            for row in rows.tolist()
        }
        household = {
            "adults": [f"p{row}" for row in rows.tolist() if given["adult"][row]],
            "children": [f"p{row}" for row in rows.tolist() if not given["adult"][row]],
            "rent": {month: float(given["rent"][at]) / 100},
            "accommodation_size": {month: float(given["size"][at])},
            "housing_occupancy_status": {month: STATUS[int(given["occupancy"][at])]},
        }
        return {"persons": people, "households": {"h": household}}


def money(cents: Any) -> Any:
    """Euros as OpenFisca holds them."""
    return (cents / 100).astype(np.float32)


def peak() -> float:
    """MiB that this process ever took."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    peer = Peer(Path(sys.argv[1]), Path(sys.argv[2]))
    for line in sys.stdin:
        asked = json.loads(line)
        answer = getattr(peer, asked.pop("do"))(**asked)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
