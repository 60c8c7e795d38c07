"""The newborn's place on the mother's general practitioner's list (fastlegeforskriften; agency Helfo)."""

from duly.law import AUTOMATIC, DAY, Code, Enrolment, on, programme, review, rule, the, today

from .vocabulary import Parenthood, Person, Practice, Role


@rule(law="Fastlegeforskriften § 35")
def practitioner(person: Person) -> Code | None:
    """The list that {person} was on that day."""
    return the(practice.code for practice, listing in person.patient_of if listing.present)


@rule(law="Fastlegeforskriften § 35")
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
    law="Fastlegeforskriften § 35",
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


@review("fastlege.newborn", reason="The practitioner's list is full.")
def list_is_full(child: Person) -> bool:
    """The list is full: a person has to find room or another list."""
    return any(
        any(practice.full for practice, listing in parent.patient_of if listing.present)
        for parent, parenthood in child.parents
        if parenthood.present and parenthood.role == Role.MOTHER
    )
