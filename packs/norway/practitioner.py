"""The newborn's place on the mother's general practitioner's list; agency Helfo.

Everyone who lives in Norway has a place on a list, as far as the list has room (regulation of 29 August 2012
no. 843, § 2, lovdata.no/forskrift/2012-08-29-843). A child whose parents live together is placed on the
mother's list (regjeringen.no, "Barn og fastlege", id434764).
"""

from duly.law import AUTOMATIC, DAY, FIRST, Code, Enrolment, on, programme, review, rule, the, today

from .vocabulary import Person, Role

LAW = "Forskrift om pasient- og brukerrettigheter i fastlegeordningen § 2"


@rule(law=LAW)
def practitioner(person: Person) -> Code | None:
    """The list that you were on that day. | The list that {person} was on that day."""
    return the(practice.code for practice, listing in person.patient_of if listing.present)


@rule(law=LAW)
def mothers_practitioner(child: Person) -> Code | None:
    """The mother's list on the day the child was born."""
    return on(
        child.born,
        lambda: the(
            practitioner(parent)
            for parent, parenthood in child.parents
            if parenthood.present and parenthood.role == Role.MOTHER
        ),
    )


@programme(
    "fastlege.newborn",
    agency="helfo",
    law=LAW,
    every=DAY,
    delivery=AUTOMATIC,
    purpose="general-practitioner",
)
def newborn_place(child: Person) -> Enrolment | None:
    """A newborn child gets a place with the mother's general practitioner."""
    if today() < child.born:
        return None
    provider = mothers_practitioner(child)
    if provider is None:
        return None
    return Enrolment(provider=provider)


@review("fastlege.newborn", law=LAW, when=FIRST, reason="The practitioner's list is full.")
def list_is_full(child: Person) -> bool:
    """The list is full: a person has to find room or another list."""
    return any(
        any(practice.full for practice, listing in parent.patient_of if listing.present)
        for parent, parenthood in child.parents
        if parenthood.present and parenthood.role == Role.MOTHER
    )
