"""Figures of the library `@catala-lang/french-law` on days on which it lacks the text that set others."""

from duly.law import END, UNKNOWN, euros, rate

SOURCE = "The library @catala-lang/french-law, as it computes the shared cases"

# It lacks the loi n° 2022-1158 du 16 août 2022, art. 9.
BASE = rate(
    "published_monthly_base",
    source=SOURCE,
    begins="2022-07-01",
    entries={"2022-07-01": euros("422.28"), "2023-04-01": END},
)

# It lacks the arrêté du 27 septembre 2021.
HOURLY_WAGE = rate(
    "published_hourly_minimum_wage",
    source=SOURCE,
    begins="2021-10-01",
    entries={"2021-10-01": euros("10.25"), "2022-01-01": END},
)
HOURLY_WAGE_MAYOTTE = rate(
    "published_hourly_minimum_wage_mayotte",
    source=SOURCE,
    begins="2021-10-01",
    entries={"2021-10-01": euros("7.74"), "2022-01-01": END},
)

# It lacks the arrêté du 16 décembre 2021, and takes what art. D. 521-3 says without any revaluation.
LOWER_CEILING = rate(
    "published_lower_ceiling", source=SOURCE, before=UNKNOWN, entries={"2022-01-01": euros(55950)}
)
UPPER_CEILING = rate(
    "published_upper_ceiling", source=SOURCE, before=UNKNOWN, entries={"2022-01-01": euros(78300)}
)
CEILING_FOR_EACH_CHILD = rate(
    "published_ceiling_for_each_child", source=SOURCE, before=UNKNOWN, entries={"2022-01-01": euros(5595)}
)
