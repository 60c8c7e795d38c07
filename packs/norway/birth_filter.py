"""Which births a machine may decide: the filter rules of NAV's birth events, as reviews.

A review that is true sends the first grant for a child to a human, with its reason. Those about the
mother's other benefits ask what her own entitlements are on that day.
"""

from duly.law import DOWN, FIRST, Day, add_months, on, review, rule, today, under

from .child_benefit import alive, entitled, lone_parent
from .lone_parents import extended_percent
from .vocabulary import Care, Competence, Number, Person

PROGRAMME = "barnetrygd.ordinary"
LAW = "Barnetrygdloven § 14"


@rule(law=LAW)
def newborn(child: Person) -> bool:
    """The child was born within the last half year: the grant follows from the birth, not from a claim."""
    return today() < add_months(child.born, 6, leap=DOWN)


@rule(law=LAW)
def close_births(one: Day, other: Day) -> bool:
    """Two births that are more than 6 days and less than 6 months apart."""
    if one < other:
        return one + 6 < other and other < add_months(one, 6, leap=DOWN)
    return other + 6 < one and one < add_months(other, 6, leap=DOWN)


@review(PROGRAMME, law=LAW, when=FIRST, reason="The mother's identity number is not an ordinary one.")
def mothers_number(carer: Person, child: Person, care: Care) -> bool:
    """The mother's number is an old case number or a bare date of birth."""
    return newborn(child) and carer.number != Number.ORDINARY


@review(PROGRAMME, law=LAW, when=FIRST, reason="The child's identity number is not an ordinary one.")
def childs_number(carer: Person, child: Person, care: Care) -> bool:
    """The child's number is an old case number or a bare date of birth."""
    return newborn(child) and child.number != Number.ORDINARY


@review(PROGRAMME, law=LAW, when=FIRST, reason="The mother is registered as dead.")
def mother_dead(carer: Person, child: Person, care: Care) -> bool:
    """A death is registered for the mother."""
    return newborn(child) and not alive(carer)


@review(PROGRAMME, law=LAW, when=FIRST, reason="The child is registered as dead.")
def child_dead(carer: Person, child: Person, care: Care) -> bool:
    """A death is registered for the child."""
    return newborn(child) and not alive(child)


@review(PROGRAMME, law=LAW, when=FIRST, reason="The mother had another child less than six months apart.")
def births_too_close(carer: Person, child: Person, care: Care) -> bool:
    """Another child of the mother was born more than 6 days and less than 6 months apart."""
    return newborn(child) and any(
        close_births(child.born, sibling.born) for sibling, link in carer.children if link.present
    )


@review(PROGRAMME, law=LAW, when=FIRST, reason="The mother is under 18.")
def mother_under_18(carer: Person, child: Person, care: Care) -> bool:
    """The mother is not yet 18."""
    return newborn(child) and under(carer.born, 18, leap=DOWN)


@review(PROGRAMME, law=LAW, when=FIRST, reason="The mother has a guardian.")
def mother_has_guardian(carer: Person, child: Person, care: Care) -> bool:
    """A guardianship is registered for the mother."""
    return newborn(child) and carer.guardianship


@review(PROGRAMME, law=LAW, when=FIRST, reason="The mother has extended benefit.")
def mother_has_extended(carer: Person, child: Person, care: Care) -> bool:
    """Extended benefit runs for the mother."""
    return newborn(child) and extended_percent(carer) is not None


@review(PROGRAMME, law=LAW, when=FIRST, reason="The mother has benefits from another country.")
def mother_has_abroad(carer: Person, child: Person, care: Care) -> bool:
    """A benefit under the rules for two countries runs for the mother."""
    if not newborn(child):
        return False
    return carer.abroad_benefit or any(
        link.competence != Competence.NONE for _, link in carer.cares_for if link.present
    )


@review(
    PROGRAMME,
    law=LAW,
    when=FIRST,
    reason="The mother's case was moved from the older system after the birth.",
)
def moved_after_birth(carer: Person, child: Person, care: Care) -> bool:
    """The case came from the older system after the child was born."""
    return newborn(child) and carer.moved_from_legacy is not None and child.born < carer.moved_from_legacy


@review(PROGRAMME, law=LAW, when=FIRST, reason="Someone else receives child benefit for the child.")
def runs_elsewhere(carer: Person, child: Person, care: Care) -> bool:
    """Child benefit for the child is due to another carer."""
    return newborn(child) and any(
        entitled(other, child, link) and link.role != care.role for other, link in child.cared_for_by
    )


@review(PROGRAMME, law=LAW, when=FIRST, reason="The mother is registered as a lone parent.")
def mother_is_lone_parent(carer: Person, child: Person, care: Care) -> bool:
    """The mother was or is a lone parent since the child was born."""
    return newborn(child) and (lone_parent(carer) or on(child.born, lambda: lone_parent(carer)))


@review(PROGRAMME, law=LAW, when=FIRST, reason="The mother's child benefit has ended.")
def mothers_benefit_ended(carer: Person, child: Person, care: Care) -> bool:
    """The mother had child benefit for an older child, and none now."""
    return (
        newborn(child)
        and any(
            on(add_months(child.born, -12, leap=DOWN), lambda: entitled(carer, sibling, link))
            for sibling, link in carer.cares_for
            if sibling.born < child.born
        )
        and not any(
            entitled(carer, sibling, link) for sibling, link in carer.cares_for if sibling.born < child.born
        )
    )


@rule(law=LAW)
def waits(carer: Person, child: Person, care: Care) -> bool:
    """A human looks at the birth before child benefit is granted for the child."""
    return (
        mothers_number(carer, child, care)
        or childs_number(carer, child, care)
        or mother_dead(carer, child, care)
        or child_dead(carer, child, care)
        or births_too_close(carer, child, care)
        or mother_under_18(carer, child, care)
        or mother_has_guardian(carer, child, care)
        or mother_has_extended(carer, child, care)
        or mother_has_abroad(carer, child, care)
        or moved_after_birth(carer, child, care)
        or runs_elsewhere(carer, child, care)
        or mother_is_lone_parent(carer, child, care)
        or mothers_benefit_ended(carer, child, care)
    )


@review("barnetrygd.finnmark", law=LAW, when=FIRST, reason="Child benefit for the newborn child waits.")
def finnmark_waits(carer: Person, child: Person, care: Care) -> bool:
    """The supplement follows child benefit, which a human looks at first."""
    return waits(carer, child, care)


@review("barnetrygd.svalbard", law=LAW, when=FIRST, reason="Child benefit for the newborn child waits.")
def svalbard_waits(carer: Person, child: Person, care: Care) -> bool:
    """The supplement follows child benefit, which a human looks at first."""
    return waits(carer, child, care)
