"""A notice says what changed: amount, reason, rule, what to do if it is wrong, in its reader's language."""

from __future__ import annotations

import stat
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from web_people import day, grant

from duly.entitlements import Cause, Decision, Key
from duly.errors import NotFound, OurFault
from duly.law.pack import Pack
from duly.notices import Change, ChangeKind, Outbox, Posted, Words, compose, load
from duly.notices.tell import News, hanging_together

PACK = Pack.load("norway")
EN, NB = load(PACK, "en"), load(PACK, "nb")
PAGE = "http://127.0.0.1:8000/me"


def change(**changes: object) -> Change:
    values: dict[str, object] = {
        "programme": "barnetrygd.ordinary",
        "agency": "nav",
        "law": "Barnetrygdloven §§ 2, 10, 11",
        "sentence": "Child benefit for each child under 18 who lives with you.",
        "about": "Emma",
        "kind": ChangeKind.GRANTED,
        "first": day("2025-04-01"),
        "last": None,
        "record": grant(176600),
        "monthly": True,
        "arrears": 0,
        "provisional": None,
        "by_person": False,
    }
    return Change(**{**values, **changes})  # type: ignore[arg-type] - a record built from a table


def test_one_notice_tells_of_two_agencies() -> None:
    place = change(
        programme="fastlege.newborn",
        agency="helfo",
        law="Forskrift § 2",
        record={"provider": "P1001"},
        monthly=False,
        first=day("2025-03-03"),
    )
    told = compose(EN, name="Ingrid Berg", page=PAGE, changes=[change(arrears=353200), place])
    assert told.title == "2 decisions for you"
    for part in (
        "Hello Ingrid Berg",
        "Child benefit for Emma",
        "You get 1,766\xa0kr a month from April 2025.",
        "For the months that have passed you get 3,532\xa0kr at once.",
        "Why: Child benefit for each child under 18",
        "The rule: Barnetrygdloven §§ 2, 10, 11.",
        "The place is ready from 3 March 2025: practitioner's list P1001.",
        "The rule: Forskrift § 2.",
        "If something is wrong",
        PAGE,
        "NAV",
        "Helfo",
    ):
        assert part in told.body


def test_norwegian_reads_norwegian() -> None:
    told = compose(
        NB, name="Ingrid", page=PAGE, changes=[change(record=grant(88300, 50), last=day("2042-02-28"))]
    )
    assert told.title == "Barnetrygd: dette har vi vedtatt"
    assert (
        "Du får 883\xa0kr i måneden (halvparten av 1\xa0766\xa0kr) fra april 2025 til og med februar 2042."
        in told.body
    )


def test_what_is_taken_is_not_called_done_for_you() -> None:
    stop = change(kind=ChangeKind.STOPPED, last=day("2025-06-30"), record={})
    told = compose(EN, name="", page=PAGE, changes=[stop])
    assert "It stops. The last month is June 2025." in told.body
    assert "without you having to apply" not in told.body
    assert told.body.startswith("Hello\n")


def test_a_grant_of_nothing_is_said_as_a_grant() -> None:
    told = compose(EN, name="", page=PAGE, changes=[change(record=grant(0, 100))])
    assert "nothing to pay (0\xa0kr a month)" in told.body


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            EN,
            (
                "From February 2027 the amount is provisional: rates for then are not set yet, "
                "and may change it.\nWhy: "
            ),
        ),
        (
            NB,
            (
                "Fra og med februar 2027 er beløpet foreløpig: satsene for den tiden er ikke fastsatt "
                "ennå, og kan endre det.\nHvorfor: "
            ),
        ),
    ],
)
def test_an_amount_that_rests_on_no_rate_yet_is_said_to_be_provisional_once(words: Words, said: str) -> None:
    later = change(kind=ChangeKind.RAISED, first=day("2030-01-01"), provisional=day("2030-01-01"))
    sooner = change(last=day("2029-12-31"), provisional=day("2027-02-01"))
    told = compose(words, name="", page=PAGE, changes=[later, sooner])
    assert told.body.count(said) == 1
    assert "provisional" not in compose(EN, name="", page=PAGE, changes=[change()]).body


def test_order_of_changes_makes_no_difference() -> None:
    changes = [change(), change(about="Jonas"), change(kind=ChangeKind.RAISED, first=day("2025-05-01"))]
    assert compose(EN, name="A", page=PAGE, changes=changes) == compose(
        EN, name="A", page=PAGE, changes=changes[::-1]
    )


def posted(**changes: object) -> Posted:
    values: dict[str, object] = {
        "number": 7,
        "subject": 42,
        "name": "Åse Øverland",
        "language": "nb",
        "composed": 1_763_900_000_000_000,
        "sender": "Norge",
        "title": "Barnetrygd: dette har vi vedtatt",
        "body": "Hei, Åse\n\nDu får 1\xa0766\xa0kr.\n",
    }
    return Posted(**{**values, **changes})  # type: ignore[arg-type] - a record built from a table


def test_outbox_writes_a_mail_that_only_its_owner_reads(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox")
    name = outbox.hand_over(posted())
    file = tmp_path / "outbox" / name
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert mail["Subject"] == "Barnetrygd: dette har vi vedtatt"
    assert mail["Content-Language"] == "nb"
    assert "Åse Øverland" in str(mail["To"])
    body = mail.get_body()
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == posted().body


def test_handing_over_twice_leaves_one_same_file(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    first = (tmp_path / outbox.hand_over(posted())).read_bytes()
    assert (tmp_path / outbox.hand_over(posted())).read_bytes() == first
    assert [file.name for file in tmp_path.iterdir()] == ["42-7.eml"]


def test_a_name_cannot_add_a_header(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"line|header|CR|LF"):
        Outbox(tmp_path).hand_over(posted(name="A\r\nBcc: all@example.org"))


def test_a_missing_word_is_our_fault_and_a_missing_language_is_not_found() -> None:
    with pytest.raises(OurFault, match="programmes"):
        EN.name_of("programmes", "nonsense")
    with pytest.raises(NotFound):
        load(PACK, "xx")


@pytest.mark.parametrize("words", [EN, NB], ids=lambda words: words.language)
def test_the_pack_names_all_that_it_declares(words: object) -> None:
    assert isinstance(words, type(EN))
    for name in PACK.vocabulary.attributes:
        assert words.name_of("attributes", name)
    for choice in PACK.vocabulary.choices.values():
        for member in choice:
            assert words.name_of("values", f"{choice.__name__}.{member.value}")
    for function in PACK.functions.values():
        if function.declaration.programme and function.declaration.agency:
            assert words.name_of("programmes", function.declaration.programme)
    for section in ("agencies", "registers", "purposes", "categories"):
        for key in PACK.section(section):
            assert words.name_of(section, key)


def test_both_languages_say_the_same_things() -> None:
    for section, said in EN.sections.items():
        assert said.keys() == NB.sections[section].keys(), section


def news(holder: int, programme: str, *causes: str) -> News:
    made = Decision(
        at=0, law="", known_at=0, first=0, until=1, causes=tuple(Cause("register", one) for one in causes),
        acted=(), waiting=(), review="", read=(), by_person=False,
    )  # fmt: skip
    return News(key=Key(holder, programme, holder), decision=made)


def test_what_shares_a_cause_hangs_together_and_nothing_else() -> None:
    birth, place, move = news(1, "a", "birth"), news(2, "b", "birth"), news(1, "c", "move")
    assert hanging_together([birth, move, place]) == [[move], [birth, place]]
    both = news(1, "d", "move", "birth")
    (one,) = hanging_together([birth, move, place, both])
    assert {item.key.programme for item in one} == {"a", "b", "c", "d"}
