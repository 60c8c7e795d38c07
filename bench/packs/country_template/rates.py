"""The figures of the country template, each with the days from which it gives them."""

from duly.law import END, UNKNOWN, euros, percent, rate, scale

INCOME_TAX = rate(
    "income tax",
    source="country template, taxes/income_tax_rate",
    before=UNKNOWN,
    entries={
        "2012-01-01": percent("16"),
        "2013-01-01": percent("13"),
        "2014-01-01": percent("14"),
        "2015-01-01": percent("15"),
    },
)
CONTRIBUTION = scale(
    "social security contribution",
    source="country template, taxes/social_security_contribution",
    before=UNKNOWN,
    entries={
        "2013-01-01": {euros(0): percent("3"), euros(12000): percent("10")},
        "2014-01-01": {euros(0): percent("3"), euros(12100): percent("10")},
        "2015-01-01": {euros(0): percent("4"), euros(12200): percent("12")},
        "2016-01-01": {euros(0): percent("4"), euros(12300): percent("12")},
        "2017-01-01": {euros(0): percent("2"), euros(6000): percent("6"), euros(12400): percent("12")},
    },
)
HOUSING_TAX = rate(
    "housing tax per square metre",
    source="country template, taxes/housing_tax",
    before=UNKNOWN,
    entries={"2010-01-01": euros(10)},
)
LEAST_HOUSING_TAX = rate(
    "least housing tax",
    source="country template, taxes/housing_tax",
    before=UNKNOWN,
    entries={"2010-01-01": euros(200)},
)
HOUSING_ALLOWANCE = rate(
    "housing allowance",
    source="country template, benefits/housing_allowance",
    before=UNKNOWN,
    entries={"2010-01-01": percent("25"), "2016-12-01": END},
)
BASIC_INCOME = rate(
    "basic income",
    source="country template, benefits/basic_income",
    before=UNKNOWN,
    entries={"2015-12-01": euros(600)},
)
PARENTING = rate(
    "parenting allowance",
    source="country template, benefits/parenting_allowance",
    before=UNKNOWN,
    entries={"2015-12-01": euros(600)},
)
PARENTING_LIMIT = rate(
    "income limit of the parenting allowance",
    source="country template, benefits/parenting_allowance",
    before=UNKNOWN,
    entries={"2015-12-01": euros(500)},
)
