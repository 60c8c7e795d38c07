"""Looks at what Duly depends on: known weaknesses of the locked versions, licences the core may not have.

Run: .venv/bin/python tools/audit.py [UV]     (UV is the uv to run, .uv/bin/uv without one)

Exit codes: 0 nothing was found; 1 something was. Where the service that knows weaknesses does not answer,
nothing is known: that is said on standard error in capitals, and counts as found only with
DULY_AUDIT=required, which whoever releases sets.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Final

UV: Final = ".uv/bin/uv"
GONE: Final = re.compile(r"Request failed|error sending request|dns error|timed out|HTTP status server error")
REFUSED: Final = re.compile(r"(?<!L)\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)
LINE: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^]]*\])?==")


def licence(name: str) -> str:
    """What an installed package says of its licence; where it says nothing, how its licence file begins."""
    told = metadata.metadata(name)
    classified = [c for c in told.get_all("Classifier") or [] if c.startswith("License ::")]
    said = [told.get("License-Expression") or "", (told.get("License") or "")[:200], *classified]
    found = " / ".join(part for part in said if part)
    return found or _in_file(name)


def _in_file(name: str) -> str:
    for file in metadata.files(name) or ():
        if "licen" in file.name.lower():
            return Path(str(file.locate())).read_text(encoding="utf-8")[:300]
    return ""


def unfit(licences: Mapping[str, str]) -> list[str]:
    """The packages whose licence the core may not have, or who say none."""
    return sorted(
        f"{name}: {said.splitlines()[0].strip() if said.strip() else 'says no licence'}"
        for name, said in licences.items()
        if not said.strip() or REFUSED.search(said)
    )


def names(requirements: Iterable[str]) -> list[str]:
    """The packages of an exported lock file that are installed here."""
    found = (LINE.match(line) for line in requirements)
    told = sorted({one["name"] for one in found if one is not None})
    return [name for name in told if _installed(name)]


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False  # for another system
    return True


def weaknesses(uv: str) -> int:
    """Ask for the locked versions; say what came of it."""
    asked = _run(uv, "audit", "--locked")
    told = asked.stdout + asked.stderr
    if asked.returncode == 0:
        sys.stdout.write("No weakness is known of any locked version.\n")
        return 0
    if GONE.search(told):
        sys.stderr.write("NOT AUDITED: THE SERVICE THAT KNOWS WEAKNESSES DID NOT ANSWER. NOTHING IS KNOWN.\n")
        return 1 if os.environ.get("DULY_AUDIT") == "required" else 0
    sys.stdout.write(told)
    return 1


def core(uv: str) -> list[str]:
    """What the core depends on, by the lock file."""
    asked = _run(uv, "export", "--locked", "--no-dev", "--no-hashes", "--no-emit-project", "--quiet")
    asked.check_returncode()
    return names(asked.stdout.splitlines())


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a named uv


def main(uv: str) -> int:
    """Both looks."""
    bad = unfit({name: licence(name) for name in core(uv)})
    for line in bad:
        sys.stdout.write(f"A licence does not fit: {line}\n")
    return max(1 if bad else 0, weaknesses(uv))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else UV))
