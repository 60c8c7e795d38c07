"""Sessions in the database: the key alone opens one, and they outlive the process that began them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from duly.errors import Denied
from duly.store import Store
from duly.vault import FileKeys
from duly.web import sessions as kept
from duly.web.session import NOBODY, Outside, Session
from duly.web.sessions import GRACE, IDLE, LIFE, RENEWED, Sessions
from duly.web.tables import web_session

AT_ONCE = 1


class Machine:
    """The machine's time, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_772_362_800_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def sessions(store: Store, keys: FileKeys, machine: Machine) -> Sessions:
    return Sessions(store, keys, machine)


def begin(sessions: Sessions, subject: int = 7) -> str:
    return sessions.begin(subject=subject, name="Ingrid Berg", browser="Firefox").key


def found(sessions: Sessions, key: str) -> Session:
    session = sessions.find(key)
    assert session is not None
    return session


def test_a_session_is_its_keys_and_nobody_elses(sessions: Sessions) -> None:
    key = begin(sessions)
    assert found(sessions, key).subject == 7
    assert found(sessions, key).name == "Ingrid Berg"
    for other in ("", "invented", key[:-1], key[:-1] + "é", "A" * 43):
        assert sessions.find(other) is None
    sessions.end(key)
    sessions.end(key)
    assert sessions.find(key) is None


def test_it_outlives_the_process_and_is_seen_by_another_one(
    store: Store, keys: FileKeys, machine: Machine, sessions: Sessions
) -> None:
    key = begin(sessions)
    other = Sessions(store, keys, machine)
    assert found(other, key) == found(sessions, key)
    other.end(key)
    assert sessions.find(key) is None


def test_the_database_holds_neither_key_nor_token_nor_name(store: Store, sessions: Sessions) -> None:
    outside = Outside(provider="eid", session="sid-1", person="sub-1")
    made = sessions.begin(subject=7, name="Ingrid Berg", outside=outside)
    with store.read() as conn:
        row = repr(conn.execute(select(web_session)).one())
    for secret in (made.key, made.token, "Ingrid", "sid-1", "sub-1"):
        assert secret not in row


@pytest.mark.parametrize(("step", "limit"), [(IDLE, IDLE), (IDLE // 2, LIFE)])
def test_it_ends_unused_or_at_the_latest(sessions: Sessions, machine: Machine, step: int, limit: int) -> None:
    key, begun = begin(sessions), machine.now
    while machine.now + step < begun + limit:
        machine.now += step
        key = found(sessions, key).key
    machine.now = begun + limit - AT_ONCE
    key = found(sessions, key).key
    machine.now = begun + limit + (0 if limit == LIFE else IDLE)
    assert sessions.find(key) is None
    assert sessions.of_person(7) == []


def test_a_key_is_changed_and_the_one_before_is_good_for_a_moment(
    sessions: Sessions, machine: Machine
) -> None:
    key = begin(sessions)
    token = found(sessions, key).token
    machine.now += RENEWED
    fresh = found(sessions, key)
    assert fresh.key != key
    assert fresh.token == token
    assert found(sessions, key).key == key, "a second request was under way with it"
    assert found(sessions, fresh.key).key == fresh.key
    machine.now += GRACE
    assert sessions.find(key) is None
    assert sessions.find(fresh.key) is None, "two hold it, and one of them is not its owner"


def test_an_answer_that_never_came_does_not_sign_anybody_out(sessions: Sessions, machine: Machine) -> None:
    key = begin(sessions)
    machine.now += RENEWED
    lost = found(sessions, key).key
    machine.now += GRACE
    again = found(sessions, key).key
    assert again not in (key, lost)
    assert sessions.find(lost) is None
    assert found(sessions, again).subject == 7


def test_looking_writes_nothing(store: Store, sessions: Sessions, machine: Machine) -> None:
    key = begin(sessions)
    machine.now += RENEWED
    with store.read() as conn:
        before = conn.execute(select(web_session)).one()
    assert sessions.look(key) == found(Sessions(store, sessions._keys, lambda: machine.now - RENEWED), key)  # pyright: ignore[reportPrivateUsage] - the same keys
    with store.read() as conn:
        after = conn.execute(select(web_session)).one()
    assert before.digest == after.digest
    machine.now += LIFE
    assert sessions.look(key) is None


def test_ones_sessions_are_listed_and_ended_and_no_other(sessions: Sessions, machine: Machine) -> None:
    mine = [begin(sessions)]
    machine.now += 1
    mine, other = [*mine, begin(sessions)], begin(sessions, 8)
    listed = sessions.of_person(7)
    assert [one.browser for one in listed] == ["Firefox", "Firefox"]
    assert sessions.end_of([listed[0].id]) == 1
    assert sessions.find(mine[0]) is None
    assert found(sessions, mine[1]).subject == 7
    assert found(sessions, other).subject == 8
    assert sessions.of_person(NOBODY) == []


def test_a_keeper_sees_an_agencys_officers(sessions: Sessions, machine: Machine) -> None:
    sessions.begin(agency="nav", officer="Z1", role="caseworker", name="Kari")
    machine.now += 1
    sessions.begin(agency="helfo", officer="Z1", role="caseworker", name="Ola")
    begin(sessions)
    assert [one.agency for one in sessions.of_officers("")] == ["nav", "helfo"]
    assert [(one.agency, one.role) for one in sessions.of_officer("nav", "Z1")] == [("nav", "caseworker")]
    assert sessions.of_officer("nav", "") == []


def test_a_provider_ends_a_session_or_all_of_a_person(sessions: Sessions) -> None:
    def of(session: str, person: str, provider: str = "eid") -> str:
        return sessions.begin(
            subject=7, outside=Outside(provider=provider, session=session, person=person)
        ).key

    one, two, other, elsewhere = of("s1", "p1"), of("s2", "p1"), of("s3", "p2"), of("s1", "p1", "another")
    begin(sessions)
    assert sessions.end_outside("eid", session="s1") == 1
    assert sessions.find(one) is None
    assert sessions.end_outside("eid", person="p1") == 1
    assert sessions.find(two) is None
    assert sessions.end_outside("eid") == 0
    assert found(sessions, other)
    assert found(sessions, elsewhere)


def test_nobodys_sessions_give_way_and_no_one_elses(
    sessions: Sessions, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_TOO_MANY", kept._TOO_MANY.offset(2))  # pyright: ignore[reportPrivateUsage] - a small bound
    signed_in = begin(sessions)
    made: list[str] = []
    for _ in range(4):
        machine.now += 1
        made.append(sessions.begin().key)
    assert [sessions.find(key) is None for key in made] == [True, False, False, False]
    assert found(sessions, signed_in)


def test_only_the_sessions_own_token_passes(sessions: Sessions) -> None:
    one, other = sessions.begin(), sessions.begin()
    one.check(one.token)
    for wrong in (other.token, one.key, "", one.token[:-1], "æøå"):
        with pytest.raises(Denied):
            one.check(wrong)
