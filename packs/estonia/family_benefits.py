"""Family benefits (Perehüvitiste seadus): the allowances for a child, for many, for one parent, for a birth.

Allowances are paid for the current month. A month counts where the conditions are met on any day of it: the
month of birth is paid whole, and payment ends with the month after the one in which the right ends (§ 29).
"""

from duly.law import (
    ALWAYS,
    AUTOMATIC,
    DOWN,
    HALF_UP,
    MONTH,
    Money,
    add_months,
    add_years,
    cents,
    condition,
    day,
    exception,
    last_months,
    on,
    programme,
    rank_of,
    review,
    round_to,
    rule,
    this_month,
    today,
    under,
)

from . import rates
from .vocabulary import Allowance, ChildAllowance, LargeFamilyAllowance, Person, Upbringing


@rule(law="Perehüvitiste seadus § 4")
def alive(person: Person) -> bool:
    """You are alive. | {person} is alive."""
    return person.died is None or today() <= person.died


@condition(law="Perehüvitiste seadus § 4", finding=Person.resident_finding)
def resident(person: Person) -> bool:
    """You live in Estonia. | {person} lives in Estonia."""
    return alive(person) and person.municipality is not None


@rule(law="Perehüvitiste seadus § 17 (2)")
def pupil(child: Person) -> bool:
    """{child} is a pupil and has no secondary education yet."""
    return child.school_year_ends is not None and not child.secondary_education


@condition(law="Perehüvitiste seadus § 17 (2)", finding=Person.pupil_finding)
def finishing_the_school_year(child: Person) -> bool:
    """{child} is 19, and still a pupil in the school year in which that was."""
    last = on(add_years(child.born, 19, leap=DOWN), lambda: child.school_year_ends)
    return last is not None and today() <= last and pupil(child)


@rule(law="Perehüvitiste seadus § 17 (1), in force until 2022")
def of_age_to_count(child: Person) -> bool:
    """{child} is under 16, or under 19 and a pupil, or finishes the school year."""
    if under(child.born, 16, leap=DOWN):
        return True
    if under(child.born, 19, leap=DOWN):
        return pupil(child)
    return child.born < today() and finishing_the_school_year(child)


@rule(law="Perehüvitiste seadus § 17 (1) and (2)", since="2023-01-01", replaces=of_age_to_count)
def of_age_to_count_since_2023(child: Person) -> bool:
    """{child} is under 19, or finishes the school year in which it became 19."""
    if under(child.born, 19, leap=DOWN):
        return True
    return child.born < today() and finishing_the_school_year(child)


@condition(law="Perehüvitiste seadus §§ 6, 13", finding=Upbringing.raises_finding)
def raised(upbringing: Upbringing) -> bool:
    """You raise the child. | The child is raised there."""
    return upbringing.present


@rule(law="Perehüvitiste seadus § 6 (1)")
def receives(child: Person, upbringing: Upbringing) -> bool:
    """You are the one who receives it: one person for each child, whom those who raise it chose."""
    if len([link for _, link in child.raised_by if link.present]) <= 1:
        return True
    return upbringing.recipient


@rule(law="Perehüvitiste seadus §§ 4, 6, 17")
def entitled(person: Person, child: Person, upbringing: Upbringing) -> bool:
    """The child is of age, alive and raised by you, you both live in Estonia, and you receive it."""
    return (
        of_age_to_count(child)
        and resident(child)
        and raised(upbringing)
        and resident(person)
        and receives(child, upbringing)
    )


@rule(law="Perehüvitiste seadus § 29")
def counts(person: Person, child: Person, upbringing: Upbringing) -> bool:
    """The child counts in the month, because the conditions are met on a day of it."""
    return this_month.any(lambda: entitled(person, child, upbringing))


@rule(law="Perehüvitiste seadus § 17 (3)")
def place(person: Person, child: Person) -> int | None:
    """Which of your children who count this is, by age. | Which of the children who count this is, by age."""
    return rank_of(
        child,
        (
            (this_month.last(lambda: each.born), each)
            for each, upbringing in person.raises
            if counts(person, each, upbringing)
        ),
    )


@rule(law="Perehüvitiste seadus § 17 (3)")
def third_or_later(person: Person, child: Person) -> bool:
    """The child is your third or a later one. | The child is the third or a later one."""
    found = place(person, child)
    return found is not None and found >= 3


@rule(law="Perehüvitiste seadus § 17 (3)")
def child_amount(person: Person, child: Person) -> Money:
    """The amount for the child."""
    return rates.CHILD


@exception(to=child_amount, when=third_or_later, law="Perehüvitiste seadus § 17 (3), second sentence")
def amount_from_the_third_child(person: Person, child: Person) -> Money:
    """The amount for the third and every further child."""
    return rates.THIRD_CHILD


@programme(
    "peretoetus.lapsetoetus",
    agency="ska",
    law="Perehüvitiste seadus § 17",
    over=Person.raises,
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="family-benefits",
)
def child_allowance(person: Person, child: Person, upbringing: Upbringing) -> ChildAllowance | None:
    """Child allowance for each child who counts."""
    found = place(person, child)
    if found is None or not counts(person, child, upbringing):
        return None
    return ChildAllowance(place=found, amount=child_amount(person, child))


@rule(law="Perehüvitiste seadus § 21 (1)")
def children_who_count(person: Person) -> int:
    """How many children you receive child allowance for. | For how many children {person} receives it."""
    return len([link for child, link in person.raises if counts(person, child, link)])


@rule(law="Perehüvitiste seadus § 21 (1)")
def children_on_the_day(person: Person) -> int:
    """How many children you are entitled for on the day. | For how many children {person} is entitled."""
    return len([link for child, link in person.raises if entitled(person, child, link)])


@rule(law="Perehüvitiste seadus § 21 (3)")
def seven_or_more(person: Person) -> bool:
    """Seven or more children count."""
    return children_who_count(person) >= 7


@rule(law="Perehüvitiste seadus § 21 (2)")
def whole_amount(person: Person) -> Money:
    """The whole amount for a family with three children or more."""
    return rates.THREE_TO_SIX


@exception(to=whole_amount, when=seven_or_more, law="Perehüvitiste seadus § 21 (3)")
def amount_for_seven_or_more(person: Person) -> Money:
    """The amount for seven and more children."""
    return rates.SEVEN_OR_MORE


@rule(law="Perehüvitiste seadus § 21")
def many_children(person: Person) -> LargeFamilyAllowance | None:
    """What is due for the children who count."""
    count = children_who_count(person)
    if count < 3:
        return None
    return LargeFamilyAllowance(children=count, whole=whole_amount(person), amount=whole_amount(person))


@rule(law="Perehüvitiste seadus § 21 (4)")
def part_for(left: int) -> Money:
    """A third of the amount for three to six children, for each child who is left, to whole cents."""
    return round_to(rates.THREE_TO_SIX * left / 3, cents(1), HALF_UP)


@rule(law="Perehüvitiste seadus § 21 (4), § 63-7")
def fewer_since_2023(person: Person) -> bool:
    """One or two children are left of three or more who counted on a day of 2023."""
    left = children_who_count(person)
    return 0 < left < 3 and last_months(12).any(
        lambda: today() >= day("2023-01-01") and children_on_the_day(person) >= 3
    )


@rule(law="Perehüvitiste seadus, transitional rule of 1 July 2023")
def fewer_before_july(person: Person) -> bool:
    """The reduced allowance was paid for June 2023, and one or two children are left."""
    return 0 < children_who_count(person) < 3 and on(day("2023-06-30"), lambda: fewer_since_2023(person))


@rule(law="Perehüvitiste seadus, in force since 1 January 2024")
def no_longer(person: Person) -> bool:
    """The allowance is no longer reduced step by step: it ends."""
    return False


@exception(to=many_children, when=fewer_since_2023, law="Perehüvitiste seadus § 21 (4)", since="2023-01-01")
def reduced(person: Person) -> LargeFamilyAllowance | None:
    """Two thirds of the allowance for two children who are left, one third for one."""
    left = children_who_count(person)
    return LargeFamilyAllowance(children=left, whole=rates.THREE_TO_SIX, amount=part_for(left))


@exception(
    to=many_children,
    when=fewer_before_july,
    law="Perehüvitiste seadus, transitional rule of 1 July 2023",
    since="2023-07-01",
    replaces=reduced,
)
def still_reduced(person: Person) -> LargeFamilyAllowance | None:
    """Until the end of 2023, whoever had the reduced allowance in June keeps it."""
    left = children_who_count(person)
    return LargeFamilyAllowance(children=left, whole=rates.THREE_TO_SIX, amount=part_for(left))


@exception(
    to=many_children,
    when=no_longer,
    law="Perehüvitiste seadus, in force since 1 January 2024",
    since="2024-01-01",
    replaces=reduced,
)
def no_longer_reduced(person: Person) -> LargeFamilyAllowance | None:
    """The allowance ends with the third child's right."""
    return None


@programme(
    "peretoetus.lasterikka_pere_toetus",
    agency="ska",
    law="Perehüvitiste seadus § 21",
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="family-benefits",
)
def large_family_allowance(person: Person) -> LargeFamilyAllowance | None:
    """The allowance for a family with many children."""
    return many_children(person)


@rule(law="Perehüvitiste seadus § 21")
def receives_for_three(person: Person) -> bool:
    """You receive child allowance for three or more children. | {person} receives it for three or more."""
    return children_who_count(person) >= 3


@rule(law="Perehüvitiste seadus § 21")
def raised_by_two_large_families(child: Person) -> bool:
    """Two of those who raise {child} receive child allowance for three children each."""
    return len([link for each, link in child.raised_by if link.present and receives_for_three(each)]) > 1


@review(
    "peretoetus.lasterikka_pere_toetus",
    law="Perehüvitiste seadus § 21",
    when=ALWAYS,
    reason="Only one person receives the allowance of a family; here two of one family would.",
)
def twice_in_one_family(person: Person) -> bool:
    """Somebody else who raises one of your children would receive it, too."""
    return any(raised_by_two_large_families(child) for child, link in person.raises if link.present)


@rule(law="Perehüvitiste seadus § 19 (1)")
def one_parent_alone(child: Person) -> bool:
    """{child} has one parent on record, or the other one is wanted, and there is no survivor's pension."""
    return (child.one_parent_on_record or child.other_parent_wanted) and not child.survivors_pension


@rule(law="Perehüvitiste seadus §§ 19, 29")
def one_parent_in_the_month(person: Person, child: Person, upbringing: Upbringing) -> bool:
    """On a day of the month you receive child allowance for the child and are its only parent there."""
    return this_month.any(lambda: one_parent_alone(child) and entitled(person, child, upbringing))


@programme(
    "peretoetus.uksikvanema_lapse_toetus",
    agency="ska",
    law="Perehüvitiste seadus § 19",
    over=Person.raises,
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="family-benefits",
)
def single_parent_allowance(person: Person, child: Person, upbringing: Upbringing) -> Allowance | None:
    """The single parent's child allowance."""
    if not one_parent_in_the_month(person, child, upbringing):
        return None
    return Allowance(amount=rates.SINGLE_PARENT)


@rule(law="Perehüvitiste seadus § 22 (1)")
def born_in_the_month(child: Person) -> bool:
    """{child} was born in this month."""
    return this_month.first(lambda: today() <= child.born) and this_month.last(lambda: child.born <= today())


@rule(law="Perehüvitiste seadus § 22")
def three_at_once(child: Person) -> bool:
    """{child} was born together with two others or more."""
    return this_month.last(lambda: child.born_together >= 3)


@rule(law="Perehüvitiste seadus § 22")
def birth_amount(child: Person) -> Money:
    """The amount for a birth."""
    return rates.BIRTH


@exception(to=birth_amount, when=three_at_once, law="Perehüvitiste seadus § 22")
def amount_for_three_at_once(child: Person) -> Money:
    """The amount for each child of three or more who are born at once."""
    return rates.BIRTH_OF_THREE


@programme(
    "peretoetus.sunnitoetus",
    agency="ska",
    law="Perehüvitiste seadus § 22",
    over=Person.raises,
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="family-benefits",
)
def childbirth_allowance(person: Person, child: Person, upbringing: Upbringing) -> Allowance | None:
    """The childbirth allowance: once, for the month of birth."""
    if not born_in_the_month(child) or not counts(person, child, upbringing):
        return None
    return Allowance(amount=birth_amount(child))


@rule(law="Perehüvitiste seadus, kolmikute ja enamaarvuliste mitmike toetus")
def triplet_under_18_months(person: Person, child: Person, upbringing: Upbringing) -> bool:
    """On a day of the month {child} is one of three or more, under 18 months, and counts for you."""
    return this_month.any(
        lambda: (
            child.born_together >= 3
            and today() < add_months(child.born, 18, leap=DOWN)
            and entitled(person, child, upbringing)
        )
    )


@programme(
    "peretoetus.kolmikute_toetus",
    agency="ska",
    law="Perehüvitiste seadus, kolmikute ja enamaarvuliste mitmike toetus",
    every=MONTH,
    delivery=AUTOMATIC,
    purpose="family-benefits",
)
def triplets_allowance(person: Person) -> Allowance | None:
    """The allowance for a multiple birth of three or more, once for the family."""
    if not any(triplet_under_18_months(person, child, link) for child, link in person.raises):
        return None
    return Allowance(amount=rates.TRIPLETS)
