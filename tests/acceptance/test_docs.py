"""Every command and every Python block of the documentation runs, and prints what the page says it prints.

A block ```sh holds commands, run in the repository; the block ```text that follows it, if there is one,
is their exact output. A block ```python is run whole.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
BLOCK = re.compile(r"^```(sh|python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    page: Path
    language: str
    code: str
    output: str | None


def _examples() -> list[Example]:
    found: list[Example] = []
    for page in PAGES:
        blocks = BLOCK.findall(page.read_text(encoding="utf-8"))
        for (language, code), following in zip(blocks, [*blocks, ("", "")][1:], strict=True):
            if language != "text":
                output = following[1] if following[0] == "text" else None
                found.append(Example(page=page, language=language, code=code, output=output))
    return found


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Temporary files of this run alone; blocks of a page go on with what those before them left."""
    return {**os.environ, "TMPDIR": str(tmp_path_factory.mktemp("docs"))}


@pytest.mark.parametrize(
    "example", _examples(), ids=lambda e: f"{e.page.name}-{e.code.split(chr(10))[0][:40]}"
)
def test_the_page_tells_the_truth(example: Example, own: dict[str, str]) -> None:
    if example.language == "python":
        command = [sys.executable, "-c", example.code]
    else:
        bin_ = Path(sys.executable).parent
        script = example.code.replace(".venv/bin/", f"{bin_}/")
        command = ["sh", "-ec", script]
    done = subprocess.run(
        command, cwd=ROOT, env=own, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    if example.output is not None:
        assert _plain(done.stdout) == _plain(example.output)


def _plain(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]
