"""Made-up dossiers for the tests of the pages: what a reader may know, with nothing left to leave out."""

from __future__ import annotations

from datetime import date

from duly.web.dossier import Dossier, Held, Paid, Step, Unknown, UseMade, Waiting
from duly.web.views import FactShown, Frame, Missing, Reason, Tab


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()


TODAY = day("2025-11-23")
NOW = TODAY * 86_400_000_000 + 8 * 3_600_000_000
BORN = FactShown(
    what="date of birth",
    who="Emma",
    value="3 March 2024",
    since="",
    source="the Population Register",
    recorded="recorded on 4 March 2024",
    contested="",
)
HOME = FactShown(
    what="municipality",
    who="you",
    value="0301",
    since="since 1 June 2020",
    source="the Population Register",
    recorded="recorded on 2 June 2020",
    contested="",
)


def grant(amount: int, percent: int = 100) -> dict[str, object]:
    return {
        "rate": amount * 100 // percent,
        "percent": percent,
        "before": amount,
        "amount": amount,
        "override": "none",
    }


def reason() -> Reason:
    under = Reason(
        sentence="Emma is under 18.",
        law="Barnetrygdloven § 2",
        result="Yes",
        facts=(BORN,),
        rates=(),
        alike="",
        parts=(),
    )
    lives = Reason(
        sentence="You live in Norway.",
        law="Barnetrygdloven § 4",
        result="Yes",
        facts=(HOME,),
        rates=(),
        alike="",
        parts=(),
    )
    return Reason(
        sentence="The child is under 18, unmarried and lives with you, and you both live lawfully in Norway.",
        law="Barnetrygdloven §§ 2, 4",
        result="Yes",
        facts=(),
        rates=(),
        alike="",
        parts=(under, lives),
    )


def benefit(**changes: object) -> Held:
    values: dict[str, object] = {
        "key": "barnetrygd.ordinary/7",
        "programme": "barnetrygd.ordinary",
        "agency": "nav",
        "law": "Barnetrygdloven §§ 2, 10, 11",
        "sentence": "Child benefit for each child under 18 who lives with you.",
        "about": "Emma",
        "monthly": True,
        "steps": (
            Step(start=day("2024-03-01"), value=None),
            Step(start=day("2024-04-01"), value=grant(176600)),
            Step(start=day("2025-05-01"), value=grant(196800)),
            Step(start=day("2026-02-01"), value=grant(201200)),
            Step(start=day("2042-03-01"), value=None),
        ),
        "provisional": None,
        "waiting": Waiting.NO,
        "missing": (),
        "different": (),
        "facts": (BORN, HOME),
        "reason": reason(),
        "payments": (
            Paid(month=day("2025-10-01"), day=day("2025-10-28"), amount=196800),
            Paid(month=day("2025-11-01"), day=day("2025-11-21"), amount=196800),
        ),
        "decided": NOW,
        "by_person": False,
        "law_version": "4f2a9c0d11aa22bb",
        "cause": "A birth was reported by the Population Register.",
    }
    return Held(**{**values, **changes})  # type: ignore[arg-type] - a record built from a table


def place() -> Held:
    return benefit(
        key="fastlege.newborn/7",
        programme="fastlege.newborn",
        agency="helfo",
        law="Forskrift om pasient- og brukerrettigheter i fastlegeordningen § 2",
        sentence="A newborn child gets a place with the mother's general practitioner.",
        monthly=False,
        steps=(Step(start=day("2024-03-03"), value={"provider": "P1001"}),),
        payments=(),
        facts=(BORN,),
    )


def not_due() -> Held:
    return benefit(
        key="barnetrygd.small_child/1",
        programme="barnetrygd.small_child",
        law="Barnetrygdloven §§ 9, 10",
        sentence="A supplement for a lone parent with a child up to 3 and full transitional benefit.",
        about="",
        steps=(Step(start=day("2024-03-01"), value=None),),
        different=("You are alone with the child.",),
        payments=(),
    )


def not_known() -> Held:
    return benefit(
        key="barnetrygd.extended/1",
        programme="barnetrygd.extended",
        about="",
        steps=(Step(start=day("2024-03-01"), value=Unknown.UNKNOWN),),
        missing=(Missing(what="alone with children", who="you", register="NAV"),),
        payments=(),
        reason=None,
    )


def waits() -> Held:
    return benefit(key="barnetrygd.ordinary/8", about="Jonas", waiting=Waiting.PERSON)


def uses() -> tuple[UseMade, ...]:
    common = {
        "at": NOW,
        "legal_basis": "Barnetrygdloven § 14",
        "about": "",
        "reason": "",
        "own": False,
        "mark": "ab",
        "system": "duly",
        "words": "",
        "seal": None,
    }
    return (
        UseMade(
            organisation="nav",
            officer="Z990001",
            purpose="child-benefit",
            categories=("family", "identity"),
            index=None,
            **common,
        ),  # type: ignore[arg-type] - a record built from a table
        UseMade(
            organisation="nav",
            officer="",
            purpose="child-benefit",
            categories=("family", "residence"),
            index=1043,
            **common,
        ),  # type: ignore[arg-type] - a record built from a table
        UseMade(
            organisation="self",
            officer="",
            purpose="insight",
            categories=("family",),
            index=12,
            **{**common, "own": True},
        ),  # type: ignore[arg-type] - a record built from a table
    )


def dossier(*held: Held, account: bool = True) -> Dossier:
    return Dossier(name="Ingrid Berg", today=TODAY, account=account, held=held, uses=uses())


def frame(language: str = "en", **changes: object) -> Frame:
    values: dict[str, object] = {
        "language": language,
        "direction": "ltr",
        "languages": (
            Tab(text="English", href="/language/en?next=/me", here=language == "en"),
            Tab(text="Norsk", href="/language/nb?next=/me", here=language == "nb"),
        ),
        "place": "Norway",
        "home": "/me",
        "tabs": (
            Tab(text="Your page", href="/me", here=True),
            Tab(text="Who used your data", href="/me/uses", here=False),
            Tab(text="Notices", href="/me/notices", here=False),
            Tab(text="Choices", href="/me/choices", here=False),
        ),
        "signed_in": "Ingrid Berg",
        "demo": True,
        "token": "token",
        "path": "/me",
    }
    return Frame(**{**values, **changes})  # type: ignore[arg-type] - a record built from a table
