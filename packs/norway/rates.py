"""Monthly rates of child benefit, in kroner. Source: rate decisions of the Storting, as listed in NAV's
open source (navikt/familie-ba-sak, SatsService.kt, MIT). A rate is taken as known from its first day."""

from duly.law import END, kroner, rate

ORDINARY = rate(
    "ordinary",
    source="Barnetrygdloven § 10; Stortingets vedtak om satser",
    entries={
        "": kroner(970),
        "2019-03-01": kroner(1054),
        "2023-03-01": kroner(1083),
        "2023-07-01": kroner(1310),
        "2024-01-01": kroner(1510),
        "2024-09-01": kroner(1766),
        "2025-05-01": kroner(1968),
        "2026-02-01": kroner(2012),
    },
)
UNDER_6 = rate(
    "ordinary_under_6",
    source="Barnetrygdloven § 10; Stortingets vedtak om satser",
    entries={
        "": kroner(970),
        "2019-03-01": kroner(1054),
        "2020-09-01": kroner(1354),
        "2021-09-01": kroner(1654),
        "2022-01-01": kroner(1676),
        "2023-03-01": kroner(1723),
        "2023-07-01": kroner(1766),
        "2024-09-01": END,
    },
)
EXTENDED = rate(
    "extended",
    source="Barnetrygdloven § 10; Stortingets vedtak om satser",
    entries={
        "": kroner(970),
        "2019-03-01": kroner(1054),
        "2023-03-01": kroner(2489),
        "2023-07-01": kroner(2516),
        "2026-02-01": kroner(2572),
    },
)
SMALL_CHILD = rate(
    "small_child_supplement",
    source="Barnetrygdloven § 10; Stortingets vedtak om satser",
    entries={
        "": kroner(660),
        "2023-03-01": kroner(678),
        "2023-07-01": kroner(696),
        "2026-02-01": kroner(712),
    },
)
FINNMARK = rate(
    "finnmark_supplement",
    source="Barnetrygdloven § 10; Stortingets vedtak om satser",
    begins="2025-10-01",
    entries={"2025-10-01": kroner(500), "2026-02-01": kroner(512)},
)
SVALBARD = rate(
    "svalbard_supplement",
    source="Barnetrygdloven § 10; Stortingets vedtak om satser",
    begins="2025-10-01",
    entries={"2025-10-01": kroner(500), "2026-02-01": kroner(512)},
)
