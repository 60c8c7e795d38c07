"""What happens in the town on a day, at the country's pace, and what its registers say about it.

Yearly numbers per 1,000 residents (Statistics Norway, "Population", 25 February 2025, for 2024: 54,013
births, 44,242 deaths, 66,082 immigrations and 31,999 emigrations among 5,572,000; moves between
municipalities 46.0 in 2020; "Marriages and divorces", 6 May 2024, for 2023: 19,988 marriages, 9,224
separations). Break-ups of cohabiting couples, changes of account, list and language, and how late or wrong
registers are: assumed.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from . import messages
from .households import arriving, newborn
from .messages import Message
from .places import MUNICIPALITIES
from .residents import PRACTICES, Care, Resident, age
from .town import Town

__all__ = ["birth", "happenings", "known", "transitional"]

BIRTHS, DEATHS, ARRIVALS, DEPARTURES, MOVES = 9.7, 7.9, 11.9, 5.7, 46.0
MARRIAGES, BREAK_UPS = 3.6, 4.0
NEW_ACCOUNTS, NEW_LISTS, NEW_LANGUAGES, CHOICES, NEW_PARTNERS = 20.0, 40.0, 2.0, 1.0, 1.5
PERMITS_RENEWED = 0.92
REPORTED_LATE = 0.10
REPORTED_WRONGLY = 0.05
PEOPLE_IN_A_HOME = 2.1


def _born(town: Town) -> Iterator[Message]:
    """A birth, reported after some days; one in twenty only after months."""
    mothers = [w for w in town.any_of_us() if w.female and 20 <= age(w, town.day) <= 43]
    if not mothers:
        return
    weights = [1.0 if w.partner is None else 9.0 for w in mothers]
    mother = town.draw(mothers, weights)
    late = town.between(60, 150) if town.chance(0.05) else town.between(1, 9)
    yield from birth(town, mother, told=town.day + timedelta(days=late))


def birth(town: Town, mother: Resident, *, told: date) -> Iterator[Message]:
    """A child of a mother and the partner she lives with; it gets its name some weeks later."""
    father = None if mother.partner in town.gone else mother.partner
    child = newborn(town.drawing, mother, father, town.names_at_home_of(mother.identity))
    town.join(child, mother.identity)
    carers = (mother.identity,) if father is None else (mother.identity, father)
    for carer, role in zip(carers, ("mother", "father"), strict=False):
        town.cares[carer, child.identity] = Care(carer=carer, child=child.identity, role=role, shared=False)
    place = town.place_of(mother.identity)
    yield messages.born(child, municipality=place, lives_with=carers, told=told)
    yield messages.named(child, since=child.born, told=told + timedelta(days=town.between(5, 60)))


def _died(town: Town) -> Iterator[Message]:
    """A death: ever likelier with age."""
    people = town.any_of_us()
    dead = town.draw(people, [1.1 ** age(person, town.day) for person in people])
    yield messages.died(dead, on=town.day, told=town.day + timedelta(days=town.between(1, 6)))
    town.go(dead.identity)


def _moved(town: Town) -> Iterator[Message]:
    """A whole home to another municipality; sometimes told late, sometimes with the wrong day."""
    number = town.one_of(town.homes_of_us())
    home = town.homes[number]
    target = town.one_of([code for code in MUNICIPALITIES if code != home.municipality])
    told = town.day + timedelta(
        days=town.between(20, 90) if town.chance(REPORTED_LATE) else town.between(0, 8)
    )
    wrong = town.chance(REPORTED_WRONGLY)
    said = town.day + timedelta(days=town.between(10, 40)) if wrong else town.day
    home.municipality, home.since = target, town.day
    for identity in home.members:
        moved = messages.moved(town.people[identity], to=target, since=said, told=max(told, said))
        yield moved
        if wrong:
            right = messages.moved(town.people[identity], to=target, since=town.day, told=moved.told)
            yield right.correcting(moved, told=moved.told + timedelta(days=town.between(15, 60)))


def _left(town: Town) -> Iterator[Message]:
    """A whole home abroad, mostly people who had come from there."""
    homes = town.homes_of_us()
    foreign = [town.people[town.homes[number].members[0]].origin == "arrived" for number in homes]
    number = town.draw(homes, [8.0 if arrived else 1.0 for arrived in foreign])
    for identity in list(town.homes[number].members):
        yield messages.emigrated(town.people[identity], since=town.day, told=town.day + timedelta(days=3))
        town.go(identity)


def _arrived(town: Town) -> Iterator[Message]:
    """A household from abroad: every register hears of its members for the first time."""
    home = arriving(town.drawing)
    town.settle(home.municipality, home.members)
    town.cares.update({(care.carer, care.child): care for care in home.cares})
    for person in home.members:
        yield from known(person, home.municipality, since=town.day, told=town.day + timedelta(days=4))
    for care in home.cares:
        yield messages.cares(care, since=town.day, told=town.day + timedelta(days=4))


def known(person: Resident, municipality: str, *, since: date, told: date) -> Iterator[Message]:
    """All that the registers know of somebody whom they have not spoken of before."""
    if person.mother is None:
        yield messages.registered(person, municipality, since=since, told=told)
    else:
        yield messages.born(person, municipality=None, lives_with=(), told=told)
        yield messages.moved(person, to=municipality, since=since, told=told)
    yield messages.listed(person, person.practice, left=None, since=since, told=told)
    if person.language != "nb":
        yield messages.speaks(person, person.language, since=since, told=told)
    if person.permit_until is not None:
        yield messages.permitted(person, since=since, until=person.permit_until, pending=False, told=told)
    if person.account is not None:
        yield messages.account(person, person.account, since=since, told=told)
    if person.protected and person.mother is not None:
        yield messages.hidden(person, since=since, told=told)


def _married(town: Town) -> Iterator[Message]:
    """A wedding of two who live together already."""
    pairs = [(her, him) for her, him in town.couples() if not her.married]
    if not pairs:
        return
    her, him = town.one_of(pairs)
    for person in (her, him):
        town.change(person.identity, married=True)
    yield messages.married(her, him, since=town.day, told=town.day + timedelta(days=town.between(2, 12)))


def _broke_up(town: Town) -> Iterator[Message]:
    """Parents part: he moves out, and they share the children's residence, or the children stay with her."""
    pairs = [(her, him) for her, him in town.couples() if town.children_of(her.identity)]
    if not pairs:
        return
    her, him = town.one_of(pairs)
    told = town.day + timedelta(days=town.between(1, 20))
    home = town.homes[town.home_of[her.identity]]
    town.move(him.identity, home.municipality)
    yield messages.moved(him, to=home.municipality, since=town.day, told=told)
    shared = town.chance(0.43)
    for child in town.children_of(her.identity):
        yield from _parted(town, child, her, him, shared, told)
    if her.married:
        later = town.day + timedelta(days=380)
        yield messages.divorced(her, him, since=later, told=later + timedelta(days=5))
    for person in (her, him):
        town.change(person.identity, partner=None, married=False)
    yield from _alone(town, her, told)
    if shared:
        yield from _alone(town, him, told)


def _parted(
    town: Town, child: Resident, her: Resident, him: Resident, shared: bool, told: date
) -> Iterator[Message]:
    """Who the child lives with from now on."""
    for carer, role in ((her, "mother"), (him, "father")):
        if town.cares.pop((carer.identity, child.identity), None) is None:
            continue
        care = Care(carer=carer.identity, child=child.identity, role=role, shared=shared)
        if shared or role == "mother":
            town.cares[carer.identity, child.identity] = care
            yield messages.cares(care, since=town.day, told=told)
        else:
            yield messages.cares_no_more(care, since=town.day, told=told)


def _alone(town: Town, person: Resident, told: date) -> Iterator[Message]:
    """A lone parent says so to the agency; some with small children get transitional benefit."""
    town.alone_since[person.identity] = town.day
    told += timedelta(days=town.between(3, 40))
    yield messages.lone(person, since=town.day, until=None, told=told)
    yield from transitional(town, person, since=town.day, told=told + timedelta(days=20))


def transitional(town: Town, person: Resident, *, since: date, told: date) -> Iterator[Message]:
    """Four in ten lone parents of a child under three have transitional benefit, for three years."""
    youngest = min((age(child, town.day) for child in town.children_of(person.identity)), default=18.0)
    if youngest < 3 and (person.identity in town.reserved or town.chance(0.4)):
        until = since + timedelta(days=3 * 365)
        yield messages.transitional(person, "full", since=since, until=until, told=told)


def _found_a_partner(town: Town) -> Iterator[Message]:
    """A lone parent lives with somebody again."""
    alone = [identity for identity in town.alone_since if identity not in town.gone | town.reserved]
    if not alone:
        return
    person = town.people[town.one_of(alone)]
    del town.alone_since[person.identity]
    yield messages.lone_no_more(person, since=town.day, told=town.day + timedelta(days=town.between(5, 50)))


def _new_account(town: Town) -> Iterator[Message]:
    person = town.one_of(town.grown())
    number = town.drawing.account()
    town.change(person.identity, account=number)
    yield messages.account(person, number, since=town.day, told=town.day)


def _new_list(town: Town) -> Iterator[Message]:
    """Somebody changes to another list that has room."""
    person = town.one_of(town.any_of_us())
    targets = [
        practice.code for practice in PRACTICES if not practice.full and practice.code != person.practice
    ]
    target = town.one_of(targets)
    yield messages.listed(person, target, left=person.practice, since=town.day, told=town.day)
    town.change(person.identity, practice=target)


def _new_language(town: Town) -> Iterator[Message]:
    person = town.one_of(town.grown())
    language = "nb" if person.language == "en" else "en"
    town.change(person.identity, language=language)
    yield messages.speaks(person, language, since=town.day, told=town.day)


def _chose(town: Town) -> Iterator[Message]:
    """Parents who live together name the father to receive the benefit of a child."""
    pairs = [(her, him) for her, him in town.couples() if town.children_of(her.identity)]
    if not pairs:
        return
    her, him = town.one_of(pairs)
    for child in town.children_of(him.identity):
        yield messages.receives(him, her, child, since=town.day, told=town.day)


PER_1000_A_YEAR: tuple[tuple[float, Callable[[Town], Iterator[Message]]], ...] = (
    (BIRTHS, _born),
    (DEATHS, _died),
    (MOVES / PEOPLE_IN_A_HOME, _moved),
    (DEPARTURES / PEOPLE_IN_A_HOME, _left),
    (ARRIVALS / PEOPLE_IN_A_HOME, _arrived),
    (MARRIAGES, _married),
    (BREAK_UPS, _broke_up),
    (NEW_PARTNERS, _found_a_partner),
    (NEW_ACCOUNTS, _new_account),
    (NEW_LISTS, _new_list),
    (NEW_LANGUAGES, _new_language),
    (CHOICES, _chose),
)


def happenings(town: Town) -> Iterator[Message]:
    """Everything that happens on the town's day, in the order of the table; then permits that run out."""
    for rate, happening in PER_1000_A_YEAR:
        for _ in range(int(town.random.poisson(rate * len(town.here()) / 1000 / 365.25))):
            yield from happening(town)
    yield from _permits(town)


def _permits(town: Town) -> Iterator[Message]:
    """A month before a permit ends most ask for another; the answer for two years may come after the end."""
    for person in town.here():
        ends = person.permit_until
        if ends is None or (ends - town.day).days != 30 or not town.chance(PERMITS_RENEWED):
            continue
        yield messages.permitted(person, since=town.day, until=ends, pending=True, told=town.day)
        since, until = ends + timedelta(days=1), ends + timedelta(days=730)
        told = town.day + timedelta(days=town.between(10, 80))
        yield messages.permitted(person, since=since, until=until, pending=False, told=told)
        town.change(person.identity, permit_until=until)
