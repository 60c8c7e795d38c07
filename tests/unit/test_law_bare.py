"""Which programmes say nothing to whoever has no link, seen from their rules."""

from __future__ import annotations

from pathlib import Path

import pytest
from law_packs import load

from duly.law import Pack
from duly.law.bare import needs_links


def programme(body: str) -> str:
    given = 'agency="office", law="Act § 1", every=DAY, delivery=AUTOMATIC, purpose="help"'
    head = f'@programme("help.plain", {given})'
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return f'{head}\ndef plain(person: Person) -> Enrolment | None:\n    """Help."""\n{lines}\n'


@pytest.mark.parametrize(
    ("body", "needs"),
    [
        (("found = the(o.home for o, b in person.knows if b.close)\n"
         "if found is None:\n    return None\nreturn Enrolment(provider=found)"), True),
        (("if not any(b.close for o, b in person.knows):\n    return None\n"
         "if person.home is None:\n    return None\nreturn Enrolment(provider=person.home)"), True),
        ("if person.home is None:\n    return None\nreturn Enrolment(provider=person.home)", False),
        (("if any(b.close for o, b in person.knows) or person.home is None:\n    return None\n"
         "return Enrolment(provider=person.home)"), False),
    ],
)  # fmt: skip
def test_a_programme_needs_links_where_nothing_else_gives(tmp_path: Path, body: str, needs: bool) -> None:
    pack = load(tmp_path, programme(body))
    assert needs_links(pack, "help.plain") is needs


def test_norway() -> None:
    pack = Pack.load("norway")
    assert needs_links(pack, "barnetrygd.extended")
    assert needs_links(pack, "fastlege.newborn")
