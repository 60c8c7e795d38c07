"""The look at dependencies finds what it is to find, and says loudly when it could not look."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import audit

REPOSITORY = Path(__file__).parents[2]


def locked() -> list[str]:
    """What the core depends on, directly and through others, by the lock file."""
    told = {one["name"]: one for one in tomllib.loads((REPOSITORY / "uv.lock").read_text())["package"]}
    found: set[str] = set()
    left = ["duly"]
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left.extend(one["name"] for one in told[name].get("dependencies", ()))
    return audit.names(f"{name}==0" for name in found - {"duly"})


def test_no_package_of_the_core_has_a_licence_that_binds_those_who_use_it() -> None:
    found = {name: audit.licence(name) for name in locked()}
    assert len(found) > 30
    assert audit.unfit(found) == []


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ("MIT", True),
        ("LGPL-3.0-only", True),
        ("GNU Lesser General Public License v3", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("GPL-3.0-or-later", False),
        ("AGPL-3.0", False),
        ("License :: OSI Approved :: GNU Affero General Public License v3", False),
        ("GNU General Public License v2 (GPLv2)", False),
        ("", False),
    ],
)
def test_a_licence_fits_or_not(said: str, fits: bool) -> None:
    assert (audit.unfit({"x": said}) == []) is fits


def uv(tmp_path: Path, says: str, code: int) -> str:
    """A uv that says so."""
    file = tmp_path / "uv"
    file.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    file.chmod(0o755)
    return str(file)


def test_a_known_weakness_fails(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert audit.weaknesses(uv(tmp_path, "jinja2 2.4.1: PYSEC-2014-8", 1)) == 1
    assert "PYSEC-2014-8" in capfd.readouterr().out


def test_no_answer_is_said_loudly_and_fails_where_it_is_required(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = uv(tmp_path, "error: Request failed after 3 retries", 2)
    monkeypatch.delenv("DULY_AUDIT", raising=False)
    assert audit.weaknesses(silent) == 0
    assert "NOT AUDITED" in capfd.readouterr().err
    monkeypatch.setenv("DULY_AUDIT", "required")
    assert audit.weaknesses(silent) == 1


def test_what_is_not_understood_is_no_pass(tmp_path: Path) -> None:
    assert audit.weaknesses(uv(tmp_path, "error: unexpected argument", 2)) == 1


def test_every_package_is_locked_with_its_hash() -> None:
    for one in tomllib.loads((REPOSITORY / "uv.lock").read_text())["package"]:
        if "registry" in one["source"]:
            files = [*one.get("wheels", ()), *([one["sdist"]] if "sdist" in one else [])]
            assert files, one["name"]
            assert all(re.fullmatch("sha256:[0-9a-f]{64}", file["hash"]) for file in files), one["name"]
