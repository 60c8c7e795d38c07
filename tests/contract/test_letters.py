"""Letters are sealed, numbered for each subject, and handed over once, on both databases."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from duly.access import Actor
from duly.notices.channels import Posted
from duly.notices.letters import Letter, hand_over, keep, letters_of
from duly.store import Store
from duly.vault import Identifier, Use, Vault, Wanted

INFORM = Use(
    actor=Actor(organisation="nav", system="duly", officer=""),
    purpose="inform",
    legal_basis="Forvaltningsloven § 27",
    categories=frozenset({"notice"}),
    about="notice",
)


@dataclass
class Box:
    """A channel that keeps what it is given, and breaks down when it is told to."""

    broken: bool = False
    given: list[Posted] = field(default_factory=list[Posted])

    def hand_over(self, posted: Posted) -> str:
        if self.broken:
            raise OSError("the disk is full")
        self.given.append(posted)
        return str(posted.number)


def letter(title: str) -> Letter:
    return Letter(name="Ingrid", language="nb", sender="Norge", title=title, body=f"{title}\n")


@pytest.fixture
def somebody(store: Store, vault: Vault) -> int:
    wanted = Wanted(identifier=Identifier("no.fnr", "01019012345"), kind="Person", near=None)
    with store.write() as conn:
        return vault.ensure(conn, [wanted])[wanted.identifier]


def test_letters_are_numbered_from_one_and_read_newest_first(
    store: Store, vault: Vault, somebody: int
) -> None:
    for at, titles in ((10, ["one", "two"]), (20, ["three"])):
        with store.write() as conn:
            assert keep(conn, vault, {somebody: [letter(t) for t in titles]}, at) == len(titles)
    with store.write() as conn:
        found = letters_of(conn, vault, INFORM, somebody)
    assert [(number, at, one.title) for number, at, one in found] == [
        (3, 20, "three"),
        (2, 10, "two"),
        (1, 10, "one"),
    ]


def test_nothing_is_kept_of_nothing(store: Store, vault: Vault, somebody: int) -> None:
    with store.write() as conn:
        assert keep(conn, vault, {somebody: []}, 10) == 0
        assert letters_of(conn, vault, INFORM, somebody) == []


def test_a_letter_is_handed_over_once(store: Store, vault: Vault, somebody: int) -> None:
    with store.write() as conn:
        keep(conn, vault, {somebody: [letter("one"), letter("two")]}, 10)
    box = Box()
    for limit, left in ((1, 1), (5, 1), (5, 0)):
        with store.write() as conn:
            assert hand_over(conn, vault, INFORM, box, limit) == left
    assert [posted.title for posted in box.given] == ["one", "two"]


def test_a_channel_that_breaks_down_loses_nothing(store: Store, vault: Vault, somebody: int) -> None:
    with store.write() as conn:
        keep(conn, vault, {somebody: [letter("one")]}, 10)
    with pytest.raises(OSError, match="disk is full"), store.write() as conn:
        hand_over(conn, vault, INFORM, Box(broken=True), 5)
    box = Box()
    with store.write() as conn:
        assert hand_over(conn, vault, INFORM, box, 5) == 1
    assert box.given[0].body == "one\n"


def test_what_a_letter_says_is_not_in_the_database(store: Store, vault: Vault, somebody: int) -> None:
    from duly.notices.tables import notice

    with store.write() as conn:
        keep(conn, vault, {somebody: [letter("Barnetrygd")]}, 10)
        (row,) = conn.execute(notice.select()).all()
    assert b"Barnetrygd" not in row.sealed
    assert b"Ingrid" not in row.sealed
