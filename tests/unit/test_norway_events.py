"""Every event type of Norway's pack, with a payload as a register sends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest
from intake_events import CHILD, FATHER, MOTHER

from duly.errors import BadInput
from duly.events import CivilRecord, EventTypes, Message, day_of
from duly.law import Pack
from duly.timeline import BEGIN

NORWAY = Pack.load("norway")
TYPES = EventTypes.of(NORWAY)
TODAY = date(2026, 3, 1)
SINCE = {"since": "2025-01-01"}
PERSON = {"person": MOTHER, **SINCE}
CARE = {"carer": MOTHER, "child": CHILD, **SINCE}

CONFIRMING = ("folkeregisteret", "udi", "krr", "kontoregisteret", "fastlegeregisteret", "nav")
CONFIRMED = {**PERSON, "contest": "0" * 32, "words": "We have looked."}
SETTLED = {**PERSON, "contest": "0" * 32, "verdict": "right", "reason": "I saw the lease."}

PAYLOADS: dict[str, dict[str, Any]] = {
    "no.folkeregisteret.birth.v1": {
        "child": CHILD,
        "born": "2024-11-03",
        "mother": MOTHER,
        "father": FATHER,
        "lives_with": [MOTHER, FATHER],
        "municipality": "0301",
        "name": "Ada",
        "protected": True,
    },
    "no.folkeregisteret.death.v1": {"person": MOTHER, "died": "2025-01-01"},
    "no.folkeregisteret.registration.v1": {
        **PERSON,
        "born": "1990-01-01",
        "name": "Kari",
        "municipality": "0301",
        "married": True,
        "protected": True,
    },
    "no.folkeregisteret.move.v1": {**PERSON, "municipality": "5601", "protected": True},
    "no.folkeregisteret.emigration.v1": PERSON,
    "no.folkeregisteret.marriage.v1": {**PERSON, "spouse": FATHER},
    "no.folkeregisteret.divorce.v1": {**PERSON, "spouse": FATHER},
    "no.folkeregisteret.parenthood.v1": {"child": CHILD, "parent": MOTHER, "role": "mother", **SINCE},
    "no.folkeregisteret.care.v1": {**CARE, "role": "mother", "shared": "split"},
    "no.folkeregisteret.care-ended.v1": CARE,
    "no.folkeregisteret.name.v1": {**PERSON, "name": "Kari"},
    "no.folkeregisteret.protection.v1": PERSON,
    "no.folkeregisteret.sealed-adoption.v1": PERSON,
    "no.folkeregisteret.guardianship.v1": PERSON,
    "no.krr.language.v1": {**PERSON, "language": "en"},
    "no.udi.permit.v1": {**PERSON, "permit": "valid", "until": "2025-12-31"},
    "no.nav.lone-parent.v1": PERSON,
    "no.nav.transitional.v1": {**PERSON, "transitional": "full", "until": "2025-12-31"},
    "no.nav.abroad-benefit.v1": PERSON,
    "no.nav.child-abroad.v1": CARE,
    "no.nav.competence-finding.v1": {**CARE, "competence": "norway_is_secondary"},
    "no.nav.foreign-benefit.v1": {**CARE, "amount": "500.50", "currency": "PLN", "interval": "weekly"},
    "no.nav.exchange-rate.v1": {**CARE, "currency": "PLN", "rate": "2.7621453460"},
    "no.nav.moved-from-legacy.v1": {"person": MOTHER, "moved": "2020-01-01"},
    "no.nav.finding.v1": {**PERSON, "condition": "resident", "holds": True},
    "no.nav.care-finding.v1": {**CARE, "lives_with": True},
    "no.nav.place-finding.v1": {**PERSON, "place": "svalbard"},
    "no.nav.override.v1": {**CARE, "reason": "already_paid", "percent": 0},
    "no.kontoregisteret.account.v1": {**PERSON, "account": "00001234567"},
    "no.fastlegeregisteret.practice.v1": {"practice": "P1001", "full": True, **SINCE},
    "no.fastlegeregisteret.listing.v1": {**PERSON, "practice": "P1001", "left": "P1002"},
    "no.self.recipient.v1": {"child": CHILD, "recipient": FATHER, "instead_of": MOTHER, **SINCE},
    "no.self.delivery.v1": {**PERSON, "service": "child_benefit", "delivery": "ask_me_first"},
    "no.self.contest.v1": {**PERSON, "contest": "I live in Oslo."},
    "no.folkeregisteret.parental-responsibility.v1": {
        "child": CHILD,
        "parent": MOTHER,
        "responsible": False,
        **SINCE,
    },
    "no.folkeregisteret.appointed-guardian.v1": {**PERSON, "guardian": CHILD, "until": "2026-12-31"},
    "no.self.guardian-delivery.v1": {
        **PERSON,
        "guardian": CHILD,
        "service": "practitioner",
        "delivery": "ask_me_first",
    },
    "no.self.right-given.v1": {
        **PERSON,
        "to": CHILD,
        "called": "My sister",
        "programmes": "barnetrygd.ordinary fastlege.newborn",
        "acts": True,
        "until": "2027-12-31",
    },
    "no.self.right-taken-back.v1": {**PERSON, "to": CHILD},
    "no.self.right-accepted.v1": {**PERSON, "to": CHILD},
    "no.self.fact-contest.v1": {
        **PERSON,
        "fact": "Care.present",
        "end": f"no.fnr {CHILD}",
        "first": "2024-11-03",
        "until": "2025-01-31",
        "held": "true",
        "words": "The child never lived with me.",
        "right": "false",
    },
    "no.self.erasure.v1": PERSON,
    "no.self.human-asked.v1": {**PERSON, "programme": "fastlege.newborn", "words": "Please call me."},
    **{f"no.{register}.confirmed.v1": CONFIRMED for register in CONFIRMING},
    **{f"no.{agency}.contest-settled.v1": SETTLED for agency in ("nav", "helfo")},
    "no.nav.case-answer.v1": {"case": "17", "officer": "z1", "verdict": "approve", "reason": "Agreed."},
    "no.helfo.case-answer.v1": {"case": "17", "officer": "z1", "verdict": "differ", "reason": "No room."},
}
MORE: list[tuple[str, dict[str, Any]]] = [
    ("no.nav.finding.v1", {**PERSON, "condition": condition, "holds": False})
    for condition in ("lawful_residence", "unmarried", "under_18", "lone_parent")
] + [
    ("no.nav.override.v1", {"carer": MOTHER, "reason": "already_paid", "percent": 0, **SINCE}),
    ("no.folkeregisteret.birth.v1", {"child": "01240112345", "born": "2024-11-03", "mother": "01019000000"}),
    ("no.self.delivery.v1", {**PERSON, "service": "practitioner", "delivery": "only_when_claimed"}),
]


def read(name: str, payload: dict[str, Any]) -> Message:
    return TYPES.read_payload(name, msgspec.json.encode(payload))


@pytest.mark.parametrize("name", sorted(TYPES.classes))
def test_every_type_takes_its_payload_and_says_what_its_register_may(name: str) -> None:
    message = read(name, PAYLOADS[name])
    TYPES.checked(message, day_of(TODAY))
    assert list(message.says())


def test_every_attribute_of_the_vocabulary_comes_with_some_event() -> None:
    told = [*PAYLOADS.items(), *MORE]
    said = {one.attribute for name, payload in told for one in read(name, payload).says()}
    assert said == NORWAY.vocabulary.attributes.keys()


def test_what_nobody_reads_is_refused_with_its_field() -> None:
    unread = replace(TYPES, read=TYPES.read - {"Person.municipality"})
    move = "no.folkeregisteret.move.v1"
    with pytest.raises(BadInput, match="Nobody reads this") as caught:
        unread.checked(read(move, PAYLOADS[move]), day_of(TODAY))
    assert caught.value.where == "data.municipality"
    assert "Person.municipality" in caught.value.detail


IMPOSSIBLE = {
    "data.died": ("no.folkeregisteret.death.v1", {"person": MOTHER, "died": "2026-03-02"}),
    "data.until": ("no.nav.lone-parent.v1", {**PERSON, "until": "2024-12-31"}),
    "data.since": (
        "no.folkeregisteret.move.v1",
        {"person": MOTHER, "municipality": "0301", "since": "0001-01-01"},
    ),
    "data.parent": (
        "no.folkeregisteret.parenthood.v1",
        {"child": CHILD, "parent": CHILD, "role": "mother", **SINCE},
    ),
    "data.carer": ("no.folkeregisteret.care.v1", {"child": CHILD, "carer": CHILD, "role": "mother", **SINCE}),
    "data.lives_with": (
        "no.folkeregisteret.birth.v1",
        {"child": CHILD, "born": "2025-01-01", "mother": MOTHER, "lives_with": [CHILD]},
    ),
    "data.spouse": ("no.folkeregisteret.marriage.v1", {**PERSON, "spouse": MOTHER}),
    "data.renewal_pending": ("no.udi.permit.v1", {**PERSON, "permit": "valid", "renewal_pending": True}),
    "data.percent": ("no.nav.override.v1", {**CARE, "reason": "already_paid", "percent": 101}),
    "data.reason": ("no.nav.override.v1", {**CARE, "reason": "none", "percent": 0}),
    "data.instead_of": (
        "no.self.recipient.v1",
        {"child": CHILD, "recipient": MOTHER, "instead_of": MOTHER, **SINCE},
    ),
    "data.words": ("no.self.fact-contest.v1", {**PERSON, "fact": "Person.married", "held": "true"}),
    "data.left": ("no.fastlegeregisteret.listing.v1", {**PERSON, "practice": "P1", "left": "P1"}),
}


@pytest.mark.parametrize("field", IMPOSSIBLE)
def test_what_cannot_be_true_is_refused_with_its_field(field: str) -> None:
    name, payload = IMPOSSIBLE[field]
    with pytest.raises(BadInput) as caught:
        TYPES.checked(read(name, payload), day_of(TODAY))
    assert caught.value.where == field
    assert caught.value.status == 422


def test_a_role_of_oneself_is_the_only_one_in_which_a_child_is_its_own_carer() -> None:
    alone = {"child": CHILD, "carer": CHILD, "role": "self", **SINCE}
    with pytest.raises(BadInput, match="cannot be true"):
        TYPES.checked(read("no.folkeregisteret.care.v1", alone), day_of(TODAY))


def test_a_day_is_half_open_in_a_statement_and_inclusive_in_a_payload() -> None:
    message = read("no.nav.lone-parent.v1", {**PERSON, "until": "2025-06-30"})
    [said] = message.says()
    assert (said.start, said.end) == (day_of(date(2025, 1, 1)), day_of(date(2025, 7, 1)))
    [always] = read("no.folkeregisteret.death.v1", PAYLOADS["no.folkeregisteret.death.v1"]).says()
    assert (always.start, always.end) == (BEGIN, None)


@pytest.mark.parametrize(
    ("number", "kind"),
    [("01240112345", "legacy_case"), ("01320112345", "legacy_case"), ("01019000000", "bare_birth_date")],
)
def test_numbers_that_are_not_ordinary_are_told(number: str, kind: str) -> None:
    message = read("no.folkeregisteret.birth.v1", {"child": number, "born": "2024-11-03"})
    assert [one.value for one in message.says() if one.attribute == "Person.number"] == [kind]


def test_the_first_parent_of_a_civil_record_is_the_mother() -> None:
    record = CivilRecord(
        happened="birth",
        field="message",
        identifiers={"BRN": "7", "UIN": CHILD},
        name="",
        sex="",
        born=date(2024, 11, 3),
        died=None,
        parents=({"UIN": MOTHER}, {"NIN": "A-1"}),
        places=("TH", "0301"),
    )
    message: Any = TYPES.from_civil("folkeregisteret", record)
    assert (message.child, message.mother, message.father) == (CHILD, MOTHER, "NIN:A-1")
    assert (message.municipality, message.name) == ("0301", None)
    with pytest.raises(BadInput, match="Unknown vital event"):
        TYPES.from_civil("nav", record)
