"""Writes docs/reference/asvs.md from asvs.toml: OWASP ASVS 5.0.0, levels 1 and 2, and what covers it.

Run: .venv/bin/python tools/asvs_page.py
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any, Final

REPOSITORY: Final = Path(__file__).parents[1]
DATA: Final = REPOSITORY / "docs" / "reference" / "asvs.toml"
PAGE: Final = DATA.with_suffix(".md")
STATES: Final = ("met", "partly", "not met", "operator", "n/a")
CHAPTERS: Final = {
    1: "Encoding and sanitization",
    2: "Validation and business logic",
    3: "Web frontend",
    4: "API and web service",
    5: "Files",
    6: "Authentication",
    7: "Sessions",
    8: "Authorization",
    9: "Self-contained tokens",
    10: "OAuth and OpenID Connect",
    11: "Cryptography",
    12: "Communication",
    13: "Configuration",
    14: "Data protection",
    15: "Secure coding and architecture",
    16: "Logging and errors",
    17: "WebRTC",
}
HEAD: Final = """# OWASP ASVS 5.0.0, levels 1 and 2

Each requirement of the [Application Security Verification Standard](https://github.com/OWASP/ASVS) by its
number, said in our own words, with what covers it. *met*: a test or page shows it. *partly*, *not met*: the
remark says what is missing. *operator*: whoever runs Duly has to. *n/a*: the remark says why. This is our own
account and no certificate. The page is made from `asvs.toml` by `tools/asvs_page.py`.
"""


def requirements() -> list[dict[str, Any]]:
    """All, in the standard's order."""
    return tomllib.loads(DATA.read_text(encoding="utf-8"))["requirement"]


def page() -> str:
    """The page."""
    found = requirements()
    counts = Counter(one["status"] for one in found)
    lines = [HEAD, f"{len(found)} requirements: " + ", ".join(f"{counts[s]} {s}" for s in STATES) + ".", ""]
    for number, title in CHAPTERS.items():
        lines += [f"## V{number} {title}", "", "| | level | | status | covered by | remark |"]
        lines += ["| --- | --- | --- | --- | --- | --- |"]
        lines += [_row(one) for one in found if one["id"].startswith(f"V{number}.")]
        lines.append("")
    return "\n".join(lines)


def _row(one: dict[str, Any]) -> str:
    by = ", ".join(f"[{Path(path).name}](../../{path})" for path in one["by"])
    return f"| {one['id']} | {one['level']} | {one['text']} | {one['status']} | {by} | {one['note']} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
