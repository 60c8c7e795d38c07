# ruff: noqa: E501 - lines of the pack as they stand there
"""Norway with two exchanges more: NAV tells Helfo whether somebody is alone with a child, and an amount."""

from __future__ import annotations

import shutil
from pathlib import Path

from duly.law.pack import find

__all__ = ["AMOUNT", "CLINIC", "VISIT", "with_exchanges"]

CLINIC, VISIT, AMOUNT = "helfo.clinic", "helfo.visit", 150_000
LAW = "Forskrift om pasient- og brukerrettigheter i fastlegeordningen § 2"
TELLS = "Barnetrygdloven § 14"
VOCABULARY = {
    """    role: Role = attribute("family", register="folkeregisteret", purposes={BENEFIT, PRACTITIONER})
    shared""": """    benefit: Money | None = attribute("practice", register="nav", purposes={PRACTITIONER}, absent=None)
    role: Role = attribute("family", register="folkeregisteret", purposes={BENEFIT, PRACTITIONER})
    shared""",
    '''    name: str = attribute("contact"''': '''    alone: bool = attribute("practice", register="nav", purposes={PRACTITIONER}, absent=False)
    name: str = attribute("contact"''',
    """        Care, "Person", category="family", register="folkeregisteret", purposes={BENEFIT}
""": """        Care, "Person", category="family", register="folkeregisteret", purposes={BENEFIT, PRACTITIONER}
""",
    "import Choice, Code, Day, Decimal, Link, Members, Subject": (
        "import Choice, Code, Day, Decimal, Link, Members, Money, Subject"
    ),
}
PROGRAMMES = f'''"""What Helfo gives because of what NAV tells it."""

from duly.law import AUTOMATIC, DAY, Enrolment, kroner, programme

from .vocabulary import Care, Person

LAW = "{LAW}"


@programme("{VISIT}", agency="helfo", law=LAW, every=DAY, delivery=AUTOMATIC, purpose="general-practitioner")
def visit(person: Person) -> Enrolment | None:
    """Whoever is alone with a child is visited by a nurse."""
    if person.alone:
        return Enrolment(provider="V1")
    return None


@programme(
    "{CLINIC}", agency="helfo", law=LAW, over=Person.cares_for, every=DAY, delivery=AUTOMATIC,
    purpose="general-practitioner",
)
def clinic(carer: Person, child: Person, care: Care) -> Enrolment | None:
    """A child for whom more than 1500 kroner are paid has a place at the clinic."""
    amount = care.benefit
    if amount is not None and amount > kroner(1500):
        return Enrolment(provider="C1")
    return None
'''
EXCHANGES = f'''
[exchanges.alone]
title = {{ en = "Told Helfo whether you are alone with a child", nb = "Fortalte Helfo om du er alene med et barn" }}
asks = "barnetrygd.extended"
tells = "yes or no"
answer = "Person.alone"
to = "helfo"
law = "{TELLS}"

[exchanges.amount]
title = {{ en = "Told Helfo an amount", nb = "Fortalte Helfo et beløp" }}
asks = "barnetrygd.ordinary"
tells = "amount"
answer = "Care.benefit"
to = "helfo"
law = "{TELLS}"
'''


def with_exchanges(directory: Path) -> Path:
    """A copy of Norway in the directory that has them, with everything that they need."""
    pack = Path(shutil.copytree(find("norway"), directory / "norway"))
    for old, new in VOCABULARY.items():
        swap(pack / "vocabulary.py", old, new)
    (pack / "answered.py").write_text(PROGRAMMES)
    swap(pack / "pack.toml", '"birth_filter", "practitioner",', '"birth_filter", "practitioner", "answered",')
    swap(pack / "pack.toml", '    "Person.lone_parent", "Person.transitional"',
         '    "Person.alone", "Care.benefit", "Person.lone_parent", "Person.transitional"')  # fmt: skip
    with (pack / "pack.toml").open("a") as file:
        file.write(EXCHANGES)
    for language, visit, clinic in (("en", "A nurse's visit", "Clinic"), ("nb", "Besøk", "Helsestasjon")):
        swap(pack / "notices" / f"{language}.toml", "[programmes]\n",
             f'[programmes]\n"{VISIT}" = "{visit}"\n"{CLINIC}" = "{clinic}"\n')  # fmt: skip
        swap(pack / "notices" / f"{language}.toml", "[attributes]\n",
             '[attributes]\n"Person.alone" = "alone with a child"\n"Care.benefit" = "child benefit"\n')  # fmt: skip
    swap(pack / "sentences.nb.toml", "[rules]\n",
         '[rules]\nvisit = "Den som er alene med et barn får besøk."\n'
         'clinic = "Et barn det betales mer enn 1500 kroner for har plass."\n')  # fmt: skip
    return pack


def swap(file: Path, old: str, new: str) -> None:
    """Replace what is there once, or more."""
    text = file.read_text()
    assert old in text, (file, old)
    file.write_text(text.replace(old, new))
