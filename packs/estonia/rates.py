"""Rates of family benefits, in euros. What each rests on stands in SOURCES.md, with what could not be read.

A rate is taken as known from its first day. Before its first entry a rate is unknown, and so is what is due.
"""

from duly.law import ABOVE, UNKNOWN, euros, money, rate, table

BOARD = "Sotsiaalkindlustusamet: peretoetuste määrad 2022, 2023, 2024"

CHILD = rate(
    "lapsetoetus",
    source=f"Perehüvitiste seadus § 17; {BOARD}",
    before=UNKNOWN,
    entries={"2019-01-01": euros(60), "2023-01-01": euros(80)},
)
THIRD_CHILD = rate(
    "lapsetoetus kolmandast lapsest",
    source=f"Perehüvitiste seadus § 17; {BOARD}",
    before=UNKNOWN,
    entries={"2019-01-01": euros(100)},
)
MANY_CHILDREN = table(
    "lasterikka pere toetus",
    source=f"Perehüvitiste seadus § 21; {BOARD}",
    before=UNKNOWN,
    entries={
        "2019-01-01": {3: euros(300), 4: euros(300), 5: euros(300), 6: euros(300), ABOVE: euros(400)},
        "2023-01-01": {3: euros(650), 4: euros(650), 5: euros(650), 6: euros(650), ABOVE: euros(850)},
        "2024-01-01": {3: euros(450), 4: euros(450), 5: euros(450), 6: euros(450), ABOVE: euros(650)},
    },
)
SINGLE_PARENT = rate(
    "üksikvanema lapse toetus",
    source=f"Perehüvitiste seadus § 19; {BOARD}",
    before=UNKNOWN,
    entries={"2019-01-01": money("19.18"), "2023-01-01": euros(80)},
)
BIRTH = rate(
    "sünnitoetus",
    source="Perehüvitiste seadus § 15; Sotsiaalkindlustusamet: sünnitoetus",
    before=UNKNOWN,
    entries={"2019-01-01": euros(320)},
)
BIRTH_OF_THREE = rate(
    "sünnitoetus, kolmikud",
    source="Perehüvitiste seadus § 15; Sotsiaalkindlustusamet: sünnitoetus",
    before=UNKNOWN,
    entries={"2019-01-01": euros(1000)},
)
TRIPLETS = rate(
    "kolmike toetus",
    source="Perehüvitiste seadus; Sotsiaalkindlustusamet: mitmike toetus",
    before=UNKNOWN,
    entries={"2019-01-01": euros(1000)},
)
