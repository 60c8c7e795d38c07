"""Rates of family benefits, in euros. What each rests on stands in SOURCES.md, with what could not be read.

A rate is taken as known from its first day. Before its first entry a rate is unknown, and so is what is due.
An entry that repeats the one before says that it was published again.
"""

from duly.law import UNKNOWN, euros, rate

BOARD = "Sotsiaalkindlustusamet: peretoetuste määrad 2022, 2023, 2024"

CHILD = rate(
    "lapsetoetus",
    source=f"Perehüvitiste seadus § 17 (3); {BOARD}",
    before=UNKNOWN,
    entries={"2019-01-01": euros(60), "2023-01-01": euros(80), "2024-01-01": euros(80)},
)
THIRD_CHILD = rate(
    "lapsetoetus kolmandast lapsest",
    source=f"Perehüvitiste seadus § 17 (3); {BOARD}",
    before=UNKNOWN,
    entries={"2019-01-01": euros(100), "2023-01-01": euros(100), "2024-01-01": euros(100)},
)
THREE_TO_SIX = rate(
    "lasterikka pere toetus, 3-6 last",
    source=f"Perehüvitiste seadus § 21 (2); {BOARD}",
    before=UNKNOWN,
    entries={"2019-01-01": euros(300), "2023-01-01": euros(650), "2024-01-01": euros(450)},
)
SEVEN_OR_MORE = rate(
    "lasterikka pere toetus, 7 ja rohkem last",
    source=f"Perehüvitiste seadus § 21 (3); {BOARD}",
    before=UNKNOWN,
    entries={"2019-01-01": euros(400), "2023-01-01": euros(850), "2024-01-01": euros(650)},
)
SINGLE_PARENT = rate(
    "üksikvanema lapse toetus",
    source=f"Perehüvitiste seadus § 19 (3); {BOARD}",
    before=UNKNOWN,
    entries={"2019-01-01": euros("19.18"), "2023-01-01": euros(80), "2024-01-01": euros(80)},
)
BIRTH = rate(
    "sünnitoetus",
    source="Perehüvitiste seadus § 22; Sotsiaalkindlustusamet: sünnitoetus",
    before=UNKNOWN,
    entries={"2019-01-01": euros(320), "2024-01-01": euros(320)},
)
BIRTH_OF_THREE = rate(
    "sünnitoetus, kolmikud",
    source="Perehüvitiste seadus § 22; Sotsiaalkindlustusamet: sünnitoetus",
    before=UNKNOWN,
    entries={"2019-01-01": euros(1000), "2024-01-01": euros(1000)},
)
TRIPLETS = rate(
    "kolmike toetus",
    source="Perehüvitiste seadus; Sotsiaalkindlustusamet: mitmike toetus",
    before=UNKNOWN,
    entries={"2019-01-01": euros(1000), "2024-01-01": euros(1000)},
)
