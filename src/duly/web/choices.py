"""What a person may choose: how each service is delivered, and who receives what is due for a child.

A choice changes delivery, never what is due. A person may give what they receive to the other grown-up of the
child, or say that it stays; nobody can take it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from duly.errors import NotFound
from duly.facts import value_on
from duly.law import Pack
from duly.law.ir import Kind
from duly.notices.people import roles
from duly.web.circle import Circle
from duly.web.languages import Speech
from duly.web.said import DeliveryForm, forms
from duly.web.views import ChoiceShown, Option

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["choices_of", "delivery_form", "may_give_to"]

ME: Final = "me"
OTHER: Final = "other"


def choices_of(app: App, speech: Speech, circle: Circle) -> tuple[ChoiceShown, ...]:
    """All questions, with what holds today."""
    deliveries = [
        _delivery(app, speech, circle, name, form) for name, form in forms(app.pack).delivery.items()
    ]
    gifts = [_recipient(app, speech, circle, child) for child in sorted(circle.home)]
    return (*deliveries, *(gift for gift in gifts if gift is not None))


def delivery_form(pack: Pack, name: str, answer: str) -> DeliveryForm:
    """The form of this name, if it has this answer; else NotFound."""
    form = forms(pack).delivery.get(name)
    if form is None or answer not in _answers(pack, form):
        raise NotFound("No such choice", detail="The form has no such question, or no such answer.")
    return form


def may_give_to(pack: Pack, circle: Circle, child: int) -> int | None:
    """The one other grown-up that a child lives or lived with, if there is exactly one."""
    if child not in circle.home:
        return None
    others = set(circle.records[child].owners(roles(pack).cares_for)) - {circle.reader.subject, child}
    return others.pop() if len(others) == 1 else None


def _answers(pack: Pack, form: DeliveryForm) -> list[str]:
    kind = pack.vocabulary.attribute(form.attribute).type
    return (
        [str(member.value) for member in pack.vocabulary.choices[kind.name]]
        if kind.kind is Kind.CHOICE
        else []
    )


def _delivery(app: App, speech: Speech, circle: Circle, name: str, form: DeliveryForm) -> ChoiceShown:
    words, pack = speech.words, app.pack
    own = circle.records[circle.reader.subject]
    now = value_on(pack, own, form.attribute, app.clock.today())
    kind = pack.vocabulary.attribute(form.attribute).type
    return ChoiceShown(
        field=f"delivery-{name}",
        question=words.name_of("choices", form.attribute),
        hint=words.name_of("choices", "hint"),
        action=f"/me/choices/delivery/{name}",
        options=tuple(
            Option(
                value=answer,
                text=words.name_of("values", f"{kind.name}.{answer}"),
                hint="",
                chosen=answer == now,
            )
            for answer in _answers(pack, form)
        ),
    )


def _recipient(app: App, speech: Speech, circle: Circle, child: int) -> ChoiceShown | None:
    if may_give_to(app.pack, circle, child) is None:
        return None
    words = speech.words
    attribute = roles(app.pack).recipient
    now = value_on(app.pack, circle.records[circle.reader.subject], attribute, app.clock.today(), child)
    called = circle.called(child) or words.name_of("people", "child")
    return ChoiceShown(
        field=f"recipient-{child}",
        question=words.phrase("choices", "recipient", child=called),
        hint=words.name_of("choices", "recipient_hint"),
        action=f"/me/choices/recipient/{child}",
        options=(
            Option(value=ME, text=words.name_of("choices", ME), hint="", chosen=now is True),
            Option(value=OTHER, text=words.name_of("choices", OTHER), hint="", chosen=now is False),
        ),
    )
