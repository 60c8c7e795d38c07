"""Random law with exceptions: a rule or a programme, its exceptions, their conditions and priorities.

The law follows from its seed alone; it is text, so that it is read, woven, and called as plain Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

__all__ = ["OTHERS", "random_law"]

CONDITIONS = {
    "wed": "person.married",
    "red": "person.colour == Colour.RED",
    "not_green": "person.colour != Colour.GREEN",
    "rich": "person.wage > kroner(100)",
    "always": "True",
    "red_and_rich": "red(person) and rich(person)",
}
OTHERS = {
    **CONDITIONS,
    "near_the_wed": "any(other.married for other, _ in person.knows)",
    "of_age": "not under(person.born, 4, leap=UP)",
    "heavy": "sum(bond.weight for _, bond in person.knows) > 20",
    "dear": "rates.PLAIN > kroner(105)",
    "late": "rates.LATE is not None",
}
"""Conditions that turn with others' facts, with an age, and with a rate, too."""
AMOUNTS = ("kroner(1)", "kroner(2)", "kroner(2)", "person.wage", "rates.PLAIN", "None")
SINCE = ("", "", "", "2024-01-10", "2024-02-01")


def random_law(seed: int, conditions: Mapping[str, str] = CONDITIONS) -> str:
    """A programme called `due`; what it gives each person has exceptions."""
    random = Random(seed)
    whole = random.random() < 0.5
    names = [f"but_{n}" for n in range(random.choice([1, 2, 2, 3, 4]))]
    general = "due" if whole else "amount"
    parts = [_condition(name, test) for name, test in conditions.items()]
    parts += [_amount(random.choice(AMOUNTS)), _programme()]
    for place, name in enumerate(names):
        over = random.sample(names[:place], random.randint(0, place)) if random.random() < 0.6 else []
        parts.append(_exception(random, name, general, over, list(conditions), record=whole))
    return "\n\n".join(parts)


def _condition(name: str, test: str) -> str:
    return f'@rule(law="Act § 2")\ndef {name}(person: Person) -> bool:\n    """So."""\n    return {test}\n'


def _amount(amount: str) -> str:
    head = '@rule(law="Act § 1")\ndef amount(person: Person) -> Money | None:\n    """The amount."""\n'
    return f"{head}    return {amount}\n"


def _programme() -> str:
    head = (
        '@programme("due", agency="office", law="Act § 1", every=DAY, delivery=AUTOMATIC, purpose="help")\n'
    )
    return (
        head
        + 'def due(person: Person) -> Grant | None:\n    """What is due."""\n'
        + _granting("amount(person)")
    )


def _granting(amount: str) -> str:
    if amount == "None":
        return "    return None\n"
    given = "rate=found, percent=100, before=found, amount=found, override=Colour.RED"
    test = "    if found is None:\n        return None\n" if amount == "amount(person)" else ""
    return f"    found = {amount}\n{test}    return Grant({given})\n"


def _exception(
    random: Random, name: str, general: str, over: list[str], conditions: list[str], *, record: bool
) -> str:
    when, since = random.choice(conditions), random.choice(SINCE)
    before = f", over=({', '.join(over)},)" if over else ""
    begins = f', since="{since}"' if since else ""
    amount = random.choice(AMOUNTS)
    result, body = ("Grant", _granting(amount)) if record else ("Money", f"    return {amount}\n")
    head = f'@exception(to={general}, when={when}, law="Act § 3"{before}{begins})\n'
    return f'{head}def {name}(person: Person) -> {result} | None:\n    """But."""\n{body}'
