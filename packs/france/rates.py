"""The figures of the law: the monthly base, the minimum wage, ceilings of resources, the rates of the scales.

Where a figure changes every year its source is the text that set it. Before its first day the pack does not
know the law. What is set anew every year is settled until then (the base until 31 March, ceilings and the
minimum wage until 31 December); the rates of the scales stand in the decrees for good.
"""

from duly.law import FOR_GOOD, UNKNOWN, euros, percent, rate, table

from .vocabulary import Band

BASE = rate(
    "monthly_base",
    source="CSS art. L. 551-1; instructions DSS/SD2B/2019/65, DSS/SD2B/2020/33, DSS/2B/2021/65, "
    "DSS/2B/2022/82 and DSS/2B/2023/41; loi n° 2022-1158 du 16 août 2022, art. 9 (4 % au 1er juillet 2022)",
    settled="2024-03-31",
    before=UNKNOWN,
    entries={
        "2018-04-01": euros("411.92"),
        "2019-04-01": euros("413.16"),
        "2020-04-01": euros("414.40"),
        "2021-04-01": euros("414.81"),
        "2022-04-01": euros("422.28"),
        "2022-07-01": euros("439.17"),
        "2023-04-01": euros("445.93"),
    },
    known={"2022-07-01": "2022-08-17"},
)
HOURLY_WAGE = rate(
    "hourly_minimum_wage",
    source="Décrets n° 2018-1173, 2019-1387, 2020-1598, 2021-1741 et 2022-1608, arrêtés du 27 septembre "
    "2021, du 19 avril et du 29 juillet 2022 et du 26 avril 2023",
    settled="2023-12-31",
    before=UNKNOWN,
    entries={
        "2019-01-01": euros("10.03"),
        "2020-01-01": euros("10.15"),
        "2021-01-01": euros("10.25"),
        "2021-10-01": euros("10.48"),
        "2022-01-01": euros("10.57"),
        "2022-05-01": euros("10.85"),
        "2022-08-01": euros("11.07"),
        "2023-01-01": euros("11.27"),
        "2023-05-01": euros("11.52"),
    },
)
HOURLY_WAGE_MAYOTTE = rate(
    "hourly_minimum_wage_mayotte",
    source="The same texts, 2° of each article",
    settled="2023-12-31",
    before=UNKNOWN,
    entries={
        "2019-01-01": euros("7.57"),
        "2020-01-01": euros("7.66"),
        "2021-01-01": euros("7.74"),
        "2021-10-01": euros("7.91"),
        "2022-01-01": euros("7.98"),
        "2022-05-01": euros("8.19"),
        "2022-08-01": euros("8.35"),
        "2023-01-01": euros("8.51"),
        "2023-05-01": euros("8.70"),
    },
)
CEILINGS_SOURCE = (
    "CSS art. D. 521-3; circulaire DSS/SD2B/2017/352, instructions DSS/SD2B/2018/279 et DSS/SD2B/2019/261, "
    "arrêtés du 14 décembre 2020 et du 16 décembre 2021"
)
LOWER_CEILING = rate(
    "lower_ceiling",
    source=CEILINGS_SOURCE,
    settled="2022-12-31",
    before=UNKNOWN,
    entries={
        "2018-01-01": euros(56286),
        "2019-01-01": euros(56849),
        "2020-01-01": euros(57759),
        "2021-01-01": euros(58279),
        "2022-01-01": euros(58396),
    },
)
UPPER_CEILING = rate(
    "upper_ceiling",
    source=CEILINGS_SOURCE,
    settled="2022-12-31",
    before=UNKNOWN,
    entries={
        "2018-01-01": euros(78770),
        "2019-01-01": euros(79558),
        "2020-01-01": euros(80831),
        "2021-01-01": euros(81558),
        "2022-01-01": euros(81721),
    },
)
CEILING_FOR_EACH_CHILD = rate(
    "ceiling_for_each_child",
    source=CEILINGS_SOURCE,
    settled="2022-12-31",
    before=UNKNOWN,
    entries={
        "2018-01-01": euros(5628),
        "2019-01-01": euros(5684),
        "2020-01-01": euros(5775),
        "2021-01-01": euros(5827),
        "2022-01-01": euros(5839),
    },
)
SECOND_CHILD = table(
    "second_child",
    source="CSS art. D. 521-1 I, 1° to 3°, a (décret n° 2015-611 du 3 juin 2015)",
    settled=FOR_GOOD,
    before=UNKNOWN,
    entries={
        "2015-07-01": {
            Band.LOWEST: percent("32"),
            Band.MIDDLE: percent("16"),
            Band.HIGHEST: percent("8"),
        }
    },
)
FURTHER_CHILD = table(
    "further_child",
    source="CSS art. D. 521-1 I, 1° to 3°, b (décret n° 2015-611 du 3 juin 2015)",
    settled=FOR_GOOD,
    before=UNKNOWN,
    entries={
        "2015-07-01": {
            Band.LOWEST: percent("41"),
            Band.MIDDLE: percent("20.5"),
            Band.HIGHEST: percent("10.25"),
        }
    },
)
AGE_SUPPLEMENT = table(
    "age_supplement",
    source="CSS art. D. 521-1 I, last sentences of 1° to 3° (décret n° 2015-611 du 3 juin 2015)",
    settled=FOR_GOOD,
    before=UNKNOWN,
    entries={
        "2015-07-01": {
            Band.LOWEST: percent("16"),
            Band.MIDDLE: percent("8"),
            Band.HIGHEST: percent("4"),
        }
    },
)
FLAT_RATE = table(
    "flat_rate",
    source="CSS art. D. 521-2 I (décret n° 2015-611 du 3 juin 2015)",
    settled=FOR_GOOD,
    before=UNKNOWN,
    entries={
        "2015-07-01": {
            Band.LOWEST: percent("20.234"),
            Band.MIDDLE: percent("10.117"),
            Band.HIGHEST: percent("5.059"),
        }
    },
)
MAYOTTE_SOURCE = "Décret n° 2002-423 du 29 mars 2002, art. 7 et 19 et annexe (décret n° 2017-1788)"
MAYOTTE_ONE_CHILD = rate(
    "mayotte_one_child",
    source=MAYOTTE_SOURCE,
    settled=FOR_GOOD,
    before=UNKNOWN,
    entries={
        "2018-01-01": percent("9.76"),
        "2019-01-01": percent("8.47"),
        "2020-01-01": percent("7.17"),
        "2021-01-01": percent("5.88"),
    },
)
MAYOTTE_TWO_CHILDREN = rate(
    "mayotte_two_children",
    source=MAYOTTE_SOURCE,
    settled=FOR_GOOD,
    before=UNKNOWN,
    entries={
        "2018-01-01": percent("28.04"),
        "2019-01-01": percent("29.36"),
        "2020-01-01": percent("30.68"),
        "2021-01-01": percent("32"),
    },
)
MAYOTTE_THIRD_CHILD = rate(
    "mayotte_third_child",
    source=MAYOTTE_SOURCE,
    settled=FOR_GOOD,
    before=UNKNOWN,
    entries={
        "2018-01-01": percent("10.89"),
        "2019-01-01": percent("12.59"),
        "2020-01-01": percent("14.30"),
        "2021-01-01": percent("16"),
    },
)
