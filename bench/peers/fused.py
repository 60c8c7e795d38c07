"""One month of the same rules as a loop that a careful person would write by hand for Numba.

    python fused.py HOUSEHOLDS.npz OUT

No dates but those of one month, no unknown, no explanation, floating point: what the formulas cost at least.
Ages are compared by the birth dates that reach them, so that no calendar is needed for a person.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numba
import numpy as np

FIRST = np.datetime64("2018-01-01")


def born_by(years: int) -> int:
    """The latest birth of somebody who is so many years old in the month."""
    return int(np.datetime64(f"{2018 - years}-01-01").astype("datetime64[D]").astype(int))


@numba.njit(nogil=True, inline="always")
def household(h, first, born, salary, capital, adult, size, rent, occupancy, ages, figures):
    """What one household has."""
    earned = returns = pensions = basic = contribution = 0.0
    adults = 0
    under_8 = under_6 = False
    for i in range(first[h], first[h + 1]):
        b, s = born[i], salary[i]
        earned += s
        returns += capital[i]
        if b <= ages[0]:
            pensions += 1.0
        if b <= ages[1]:
            basic += figures[0]
        contribution += min(s, 6000.0) * 0.02
        contribution += max(min(s, 12400.0) - 6000.0, 0.0) * 0.06
        contribution += max(s - 12400.0, 0.0) * 0.12
        adults += adult[i]
        under_8 |= b > ages[2]
        under_6 |= b > ages[3]
    small = earned <= figures[1]
    care = figures[2] if small and ((adults == 1 and under_8) or under_6) else 0.0
    home = max(size[h] * figures[3], figures[4]) if occupancy[h] <= 1 else 0.0
    tax = (earned + returns + pensions) * figures[5]
    return earned + returns + pensions + basic + rent[h] * figures[6] + care - tax - home / 12 - contribution


@numba.njit(nogil=True)
def serial(count, first, born, salary, capital, adult, size, rent, occupancy, ages, figures, out):
    for h in range(count):
        out[h] = household(h, first, born, salary, capital, adult, size, rent, occupancy, ages, figures)


@numba.njit(nogil=True, parallel=True)
def threaded(count, first, born, salary, capital, adult, size, rent, occupancy, ages, figures, out):
    for h in numba.prange(count):
        out[h] = household(h, first, born, salary, capital, adult, size, rent, occupancy, ages, figures)


class Peer:
    def __init__(self, households: Path, out: Path) -> None:
        given = dict(np.load(households))
        self.out, self.count = out, len(given["size"])
        first = np.zeros(self.count + 1, dtype=np.int64)
        np.cumsum(np.bincount(given["home"], minlength=self.count), out=first[1:])
        ages = np.array([born_by(years) for years in (62, 18, 8, 6)])
        figures = np.array([600.0, 500.0, 600.0, 10.0, 200.0, 0.15, 0.0])
        money = (given["salary"] / 100, given["capital"] / 100)
        homes = (given["size"], given["rent"] / 100, given["occupancy"])
        self.given = (first, given["born"], *money, given["adult"], *homes, ages, figures)

    def run(self, threads: bool) -> dict[str, Any]:
        loop, out = threaded if threads else serial, np.empty(self.count)
        loop(10, *self.given, out)
        begin, cpu = time.perf_counter(), time.process_time()
        loop(self.count, *self.given, out)
        taken = time.perf_counter() - begin, time.process_time() - cpu
        np.save(self.out, out[None])
        return {"wall": taken[0], "cpu": taken[1]}


def main() -> None:
    peer = Peer(Path(sys.argv[1]), Path(sys.argv[2]))
    for line in sys.stdin:
        print(json.dumps(peer.run(json.loads(line)["threads"])), flush=True)


if __name__ == "__main__":
    main()
