"""The language of law: what authors of a pack write with, and what loads, checks and evaluates it.

The passes are modules of their own: `evaluate`, `interpret`, `explain`, `plan`, `columns`, `kernel`.
"""

from duly.law.check import check_named, check_pack
from duly.law.decimals import Decimal
from duly.law.declare import (
    Choice,
    Code,
    Day,
    Link,
    Members,
    Reference,
    Subject,
    attribute,
    inverse,
    relation,
)
from duly.law.evaluate import Due, DueInWords, keys
from duly.law.explain import Explanation, FactUsed
from duly.law.findings import Finding, LawRefused
from duly.law.given import Given, read_facts
from duly.law.language import (
    ALWAYS,
    AUTOMATIC,
    DAY,
    DOWN,
    FIRST,
    HALF_EVEN,
    HALF_UP,
    MONTH,
    ON_CLAIM,
    UP,
    condition,
    exception,
    programme,
    review,
    rule,
)
from duly.law.money import Money, Ratio, Share, cents, euros, kroner, ore, percent, ratio
from duly.law.pack import Pack, Programme, Review
from duly.law.ranks import rank_of
from duly.law.rates import END, FOR_GOOD, RateTable, rate
from duly.law.records import Discount, Enrolment, Grant, Record
from duly.law.selectors import (
    add_days,
    add_months,
    add_years,
    last_months,
    next_month,
    on,
    previous_month,
    round_to,
    the,
    this_month,
    this_year,
    today,
    under,
)
from duly.law.shares import split
from duly.law.situation import ABSENT, UNKNOWN
from duly.law.tables import ABOVE, BELOW, banded, marginal, scale, table
from duly.law.vocabulary import Attribute, Relation, Vocabulary
from duly.law.world import History, SubjectHistory, World

__all__ = [
    "ABOVE",
    "ABSENT",
    "ALWAYS",
    "AUTOMATIC",
    "BELOW",
    "DAY",
    "DOWN",
    "END",
    "FIRST",
    "FOR_GOOD",
    "HALF_EVEN",
    "HALF_UP",
    "MONTH",
    "ON_CLAIM",
    "UNKNOWN",
    "UP",
    "Attribute",
    "Choice",
    "Code",
    "Day",
    "Decimal",
    "Discount",
    "Due",
    "DueInWords",
    "Enrolment",
    "Explanation",
    "FactUsed",
    "Finding",
    "Given",
    "Grant",
    "History",
    "LawRefused",
    "Link",
    "Members",
    "Money",
    "Pack",
    "Programme",
    "RateTable",
    "Ratio",
    "Record",
    "Reference",
    "Relation",
    "Review",
    "Share",
    "Subject",
    "SubjectHistory",
    "Vocabulary",
    "World",
    "add_days",
    "add_months",
    "add_years",
    "attribute",
    "banded",
    "cents",
    "check_named",
    "check_pack",
    "condition",
    "euros",
    "exception",
    "inverse",
    "keys",
    "kroner",
    "last_months",
    "marginal",
    "next_month",
    "on",
    "ore",
    "percent",
    "previous_month",
    "programme",
    "rank_of",
    "rate",
    "ratio",
    "read_facts",
    "relation",
    "review",
    "round_to",
    "rule",
    "scale",
    "split",
    "table",
    "the",
    "this_month",
    "this_year",
    "today",
    "under",
]
