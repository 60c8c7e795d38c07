"""Family allowances (Code de la sécurité sociale, CSS, L. 521-1 ff.): one amount a month for each household.

Saint-Pierre-et-Miquelon is not among the collectivities of art. L. 751-1 and takes the general rules here.
Where its published implementation departs from the text stands in as_published.py.
"""

from duly.law import AUTOMATIC, MONTH, euros, programme, rule

from .amounts import (
    all_supplements,
    allowance,
    complements,
    flat_rate,
    flat_rate_children,
    mayotte,
    only_child_overseas,
    shared,
)
from .children import all_halves, children
from .vocabulary import FamilyAllowance, Person


@rule(law="CSS art. L. 521-1 al. 1")
def two_or_more(number: int) -> bool:
    """At least two children count."""
    return number >= 2


@rule(law="Ordonnance n° 2002-149 du 7 février 2002, art. 7")
def only_child_in_mayotte(carer: Person, number: int) -> bool:
    """One child counts, and you live in Mayotte. | One child counts, and {carer} lives in Mayotte."""
    return number == 1 and mayotte(carer)


@rule(law="CSS art. L. 521-1 al. 1, L. 755-12; Ordonnance n° 2002-149 du 7 février 2002, art. 7")
def enough_children(carer: Person, number: int) -> bool:
    """You have two children in charge, or one overseas. | {carer} has two children, or one overseas."""
    return two_or_more(number) or only_child_overseas(carer, number) or only_child_in_mayotte(carer, number)


@programme(
    "allocations.familiales",
    agency="caf",
    law="Code de la sécurité sociale, art. L. 521-1 to L. 521-3, L. 755-11, L. 755-12; décret n° 2002-423",
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="family-allowance",
)
def family_allowance(carer: Person) -> FamilyAllowance | None:
    """Family allowances for the children in your charge."""
    number = children(carer)
    if not enough_children(carer, number):
        return None
    base = shared(allowance(carer, number), all_halves(carer), number * 2)
    supplement = all_supplements(carer, number)
    turned = flat_rate_children(carer, number)
    flat = flat_rate(carer, number) * turned if turned > 0 else euros(0)
    complement = complements(carer, base + supplement, turned, number)
    amount = base + supplement + flat + complement
    if amount == euros(0):
        return None
    return FamilyAllowance(
        children=number,
        base=base,
        supplement=supplement,
        flat_rate=flat,
        complement=complement,
        amount=amount,
    )
