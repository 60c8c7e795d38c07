"""Figures of the social energy tariff. What each rests on stands in SOURCES.md, with what could not be read.

Discounts are in hundredths of a percent (33.8 % is 3380). Before its first entry a figure is unknown, and so
is what is due. An entry that repeats the one before says that it was set again.
"""

from duly.law import UNKNOWN, euros, rate

ELECTRICITY = rate(
    "desconto na eletricidade",
    source="Despacho n.º 5138-A/2016 e despachos anuais; DGEG; ERSE",
    before=UNKNOWN,
    entries={
        "2016-07-01": 3380,
        "2018-01-01": 3380,
        "2019-01-01": 3380,
        "2022-01-01": 3380,
        "2023-01-01": 3380,
        "2025-01-01": 3380,
    },
)
GAS = rate(
    "desconto no gás natural",
    source="Despachos n.º 5138-B/2016, 4001/2019, 3163/2021 e 3259-A/2024",
    before=UNKNOWN,
    entries={
        "2016-07-01": 3120,
        "2017-07-01": 3120,
        "2019-07-01": 3120,
        "2021-10-01": 3120,
        "2022-10-01": 3120,
        "2024-10-01": 3120,
    },
)
INCOME = rate(
    "rendimento anual máximo",
    source="Lei n.º 7-A/2016, art. 121.º; Decreto-Lei n.º 15/2022, art. 196.º, n.º 4; Lei n.º 24-D/2022",
    before=UNKNOWN,
    entries={"2016-07-01": euros(5808), "2023-01-01": euros("6272.64")},
)
