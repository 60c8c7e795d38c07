"""PostgreSQL shows rows about people to permitted uses only, exactly as the policies answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, create_engine, func, insert, make_url, select, text
from sqlalchemy.exc import ProgrammingError
from test_migrations import declare_everything

from duly.access import SELF, UNMARKED, Actor, Policy, Question, Relation, State, opening
from duly.access.permits import circumstances, context_of, standing_in, take_up
from duly.access.purposes import enumerated
from duly.app import Settings, build
from duly.errors import Denied, NotFound, OurFault
from duly.facts.tables import assertion, snapshot
from duly.law.kernel import KEPT
from duly.law.settings import settings_of
from duly.store import Context, Duty, Store, metadata, under
from duly.store.guards import OPEN, RULES
from duly.vault import FileKeys
from duly.vault.tables import identifier, subject

PACKS = sorted(path.parent.parent for path in Path("packs").glob("*/policies/*.cedar"))
SOMEBODY = 2**40 + 7
SHOWN = select(snapshot.c.category)
DAY = "Barnetrygdloven § 14"
DECIDES = Context("nav", "system", "", "child-benefit", DAY, "none", "")


@pytest.fixture
def guarded(postgres_url: str) -> Iterator[Store]:
    """A PostgreSQL with every table, as a role that is no superuser."""
    declare_everything()
    store = Store.open(postgres_url)
    store.migrate()
    yield store
    store.close()


@pytest.fixture
def two_roles(postgres_url: str) -> Iterator[tuple[str, str]]:
    """The addresses of a database for a role that works on it, and for the owner of its tables."""
    works = f"w{uuid4().hex}"
    superuser = create_engine(
        make_url(postgres_url).set(drivername="postgresql+psycopg", username="postgres")
    )
    with superuser.begin() as conn:
        conn.execute(text(f"CREATE ROLE {works} LOGIN"))
    yield postgres_url.replace("duly@", f"{works}@"), postgres_url
    with superuser.begin() as conn:
        conn.execute(text(f"DROP OWNED BY {works}"))
        conn.execute(text(f"DROP ROLE {works}"))
    superuser.dispose()


def permit(store: Store, pack: Path) -> None:
    with store.owning() as conn:
        take_up(conn, pack.resolve(), alone=True)


def told(conn: Connection, duty: str, uses: str) -> None:
    """What anybody with the role could say by hand."""
    conn.execute(
        text("SELECT set_config('duly.duty', :d, true), set_config('duly.uses', :u, true)"),
        {"d": duty, "u": uses},
    )


def a_row_in_every_table(store: Store) -> None:
    """One row about somebody in each table that is guarded, written by the superuser."""
    superuser = create_engine(store.url.set(username="postgres"))
    with superuser.begin() as conn:
        for name in RULES:
            table = metadata.tables[name]
            conn.execute(insert(table).values({c.name: _value(c, name) for c in table.columns}))
    superuser.dispose()


def _value(column: Any, table: str) -> Any:
    if column.name == "category":
        return "family"
    kind = column.type.python_type
    if kind is bytes:
        return b"\x07" * 32
    return SOMEBODY if column.type.__class__.__name__ == "BigInteger" else kind(7)


def counted(conn: Connection) -> Counter[str]:
    """How many rows of each guarded table the transaction sees."""
    one = select(func.count())
    return Counter({n: conn.execute(one.select_from(metadata.tables[n])).scalar_one() for n in RULES})


def bare(store: Store) -> Engine:
    """The database as somebody sees it who has the role, and connects by hand."""
    return create_engine(store.url)


def test_every_table_has_a_rule_or_a_reason_to_have_none() -> None:
    declare_everything()
    tables = {*metadata.tables, "alembic_version"}
    assert tables == RULES.keys() | OPEN.keys(), "a new table goes into duly.store.guards"
    assert not RULES.keys() & OPEN.keys()
    assert all(OPEN.values())


def test_the_rules_are_forced(guarded: Store) -> None:
    with guarded.read() as conn:
        rows = conn.execute(
            text(
                "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relkind = 'r' "
                "AND relnamespace = current_schema()::regnamespace"
            )
        ).all()
        role = conn.execute(
            text("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        ).one()
    assert {name for name, forced in rows if forced} == set(RULES)
    assert tuple(role) == (False, False)


def test_without_a_context_nobody_sees_a_row_of_any_table_about_people(guarded: Store) -> None:
    permit(guarded, Path("packs/norway"))
    a_row_in_every_table(guarded)
    engine = bare(guarded)
    with engine.begin() as conn:
        assert counted(conn) == Counter(dict.fromkeys(RULES, 0))
        assert conn.execute(subject.delete()).rowcount == 0
        assert conn.execute(subject.update().values(wrapped=None)).rowcount == 0
    with pytest.raises(ProgrammingError, match="row-level security"), engine.begin() as conn:
        conn.execute(insert(snapshot).values(subject=1, category="family", version=1, sealed=b""))
    engine.dispose()


@pytest.mark.parametrize(
    "change",
    [
        {"organisation": "nobody"},
        {"kind": "officer"},
        {"role": "approver"},
        {"purpose": "curiosity"},
        {"legal_basis": ""},
        {"legal_basis": "Barnetrygdloven § 99"},
        {"relation": "own"},
        {"state": "made up"},
    ],
)
def test_a_context_that_no_policy_permits_sees_nothing(guarded: Store, change: dict[str, str]) -> None:
    permit(guarded, Path("packs/norway"))
    a_row_in_every_table(guarded)
    with guarded.acting(DECIDES._replace(**change), duty=Duty.NONE).read() as conn:
        assert sum(counted(conn).values()) == 0


@pytest.mark.parametrize("said", ["", "[]", "[{}]", '[{"organisation": "nav"}]'])
def test_half_a_context_sees_nothing(guarded: Store, said: str) -> None:
    permit(guarded, Path("packs/norway"))
    a_row_in_every_table(guarded)
    engine = bare(guarded)
    with engine.begin() as conn:
        told(conn, "everything", said)
        assert sum(counted(conn).values()) == 0
    engine.dispose()


def test_scheduling_sees_neither_facts_nor_names_nor_keys(guarded: Store) -> None:
    permit(guarded, Path("packs/norway"))
    a_row_in_every_table(guarded)
    engine = bare(guarded)
    with engine.begin() as conn:
        told(conn, "scheduling", "")
        seen = counted(conn)
    engine.dispose()
    assert {name for name, count in seen.items() if not count} == {
        "assertion",
        "identifier",
        "snapshot",
        "subject",
    }


def test_keeping_keys_sees_keys_and_names_and_nothing_that_they_open(guarded: Store) -> None:
    permit(guarded, Path("packs/norway"))
    a_row_in_every_table(guarded)
    with guarded.acting(duty=Duty.KEYS).read() as conn:
        assert {name for name, count in counted(conn).items() if count} == {"identifier", "subject"}


def test_a_context_ends_with_its_transaction(guarded: Store) -> None:
    permit(guarded, Path("packs/norway"))
    a_row_in_every_table(guarded)
    engine = create_engine(guarded.url, pool_size=1, max_overflow=0)
    with engine.begin() as conn:
        told(conn, "scheduling", "")
        assert conn.execute(text("SELECT count(*) FROM mark")).scalar_one() == 1
    with engine.begin() as conn:
        assert conn.execute(text("SELECT count(*) FROM mark")).scalar_one() == 0
    engine.dispose()


def test_inside_one_use_the_others_of_the_transaction_are_not_seen(guarded: Store) -> None:
    permit(guarded, Path("packs/norway"))
    a_row_in_every_table(guarded)
    pays = Context("nav", "system", "", "pay", "Barnetrygdloven § 12", "none", "")
    with guarded.acting(DECIDES, pays).write() as conn:
        assert shown(conn, pays) == frozenset()
        assert shown(conn, DECIDES) == {"family"}
        assert conn.execute(SHOWN).scalars().all() == ["family"]


def test_an_error_leaves_the_context_as_it_was_around_it(guarded: Store) -> None:
    permit(guarded, Path("packs/norway"))
    a_row_in_every_table(guarded)
    pays = Context("nav", "system", "", "pay", "Barnetrygdloven § 12", "none", "")
    with guarded.acting(pays).write() as conn:
        with pytest.raises(NotFound):
            failing(conn)
        assert conn.execute(SHOWN).all() == []
        with pytest.raises(ProgrammingError), conn.begin_nested():
            broken(conn)
        assert conn.execute(SHOWN).all() == []


def failing(conn: Connection) -> None:
    with under(conn, [DECIDES]):
        raise NotFound("Nothing", detail="An error of our own.")


def broken(conn: Connection) -> None:
    with under(conn, [DECIDES]):
        conn.execute(text("SELECT no_such_function()"))


def test_our_own_code_is_told_when_it_forgets_to_say_for_what(guarded: Store) -> None:
    with guarded.read() as conn:
        for table in (assertion, identifier, snapshot):
            with pytest.raises(OurFault):
                conn.execute(select(func.count()).select_from(table))


# The walk


def asked(settings: dict[str, Any], categories: list[str]) -> Iterator[list[Question]]:
    """By actor, every question: each purpose on each legal basis that the pack names, and on none."""
    without_role = [Actor(organisation=name, system="s", officer="o") for name in settings["agencies"]]
    for actor in [*standing_in(settings), *without_role]:
        usual = circumstances(actor)[0]
        yield [
            opening(
                actor,
                purpose=purpose,
                legal_basis=basis,
                category=category,
                relation=usual[0],
                state=usual[1],
            )
            for purpose in settings["purposes"]
            for basis in ["", *settings["legal_bases"]]
            for category in categories
        ]


def shown(conn: Connection, context: Context) -> frozenset[str]:
    with under(conn, [context]):
        return frozenset(conn.execute(SHOWN).scalars())


def rows_of(store: Store, categories: list[str]) -> None:
    """A sealed row in every category, written by the superuser."""
    engine = create_engine(store.url.set(username="postgres"))
    with engine.begin() as conn:
        conn.execute(
            insert(snapshot),
            [{"subject": SOMEBODY, "category": c, "version": 1, "sealed": b"s"} for c in categories],
        )
    engine.dispose()


def agree(conn: Connection, policy: Policy, questions: list[Question]) -> int:
    """In each context those rows are seen whose categories the policies permit; how many those are."""
    permitted: dict[Context, set[str]] = {context_of(question): set() for question in questions}
    asked_for = {question.category for question in questions}
    for question in policy.permitted(questions):
        permitted[context_of(question)].add(question.category)
    for context, categories in permitted.items():
        assert shown(conn, context) & asked_for == categories, context
    return sum(map(len, permitted.values()))


@pytest.mark.parametrize("pack", PACKS, ids=lambda path: path.name)
def test_rows_are_seen_exactly_as_the_policies_permit(guarded: Store, pack: Path) -> None:
    """Every (organisation, role or system, purpose, legal basis, category) of the pack, through both."""
    policy, settings = Policy.load(pack / "policies"), settings_of(pack)
    categories = enumerated(pack / "policies", "Category")
    permit(guarded, pack)
    rows_of(guarded, categories)
    with guarded.acting(DECIDES).read() as conn:
        seen = [agree(conn, policy, questions) for questions in asked(settings, categories)]
    assert sum(seen) > 100
    assert seen[-1] == 0, "an officer without a role sees nobody"


@pytest.mark.parametrize("pack", PACKS, ids=lambda path: path.name)
def test_relation_and_state_count_there_as_in_the_policies(guarded: Store, pack: Path) -> None:
    """Whoever can be in several circumstances, in each of them, also in those that are nobody's."""
    policy, settings = Policy.load(pack / "policies"), settings_of(pack)
    categories = enumerated(pack / "policies", "Category")
    permit(guarded, pack)
    rows_of(guarded, categories)
    with guarded.acting(DECIDES).read() as conn:
        for actor in standing_in(settings):
            if actor.organisation == SELF or actor.officer:
                agree(conn, policy, in_circumstances(actor, settings, categories))


def in_circumstances(actor: Actor, settings: dict[str, Any], categories: list[str]) -> list[Question]:
    chosen = categories[:: 5 if actor.officer else 3]
    return [
        opening(
            actor,
            purpose=purpose,
            legal_basis=said["legal_basis"],
            category=category,
            relation=relation,
            state=state,
        )
        for purpose, said in settings["purposes"].items()
        for category in chosen
        for relation in Relation
        for state in (UNMARKED, frozenset({State.PROTECTED}), frozenset(State))
    ]


# Roles


def test_a_worker_can_neither_permit_itself_anything_nor_switch_the_rules_off(
    two_roles: tuple[str, str],
) -> None:
    declare_everything()
    works, owns = two_roles
    store = Store.open(works, owns)
    store.migrate()
    permit(store, Path("packs/norway"))
    a_row_in_every_table(store)
    engine = create_engine(store.url)
    for attempt in (
        "INSERT INTO access_permit SELECT * FROM access_permit",
        "UPDATE access_permit SET organisation = 'x'",
        "DELETE FROM access_permit",
        "ALTER TABLE snapshot DISABLE ROW LEVEL SECURITY",
        "DROP POLICY duly_context ON snapshot",
        "CREATE OR REPLACE FUNCTION duly_duty() RETURNS text LANGUAGE sql AS $$ SELECT 'scheduling' $$",
        "UPDATE alembic_version SET version_num = '0000'",
    ):
        with (
            pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
            engine.begin() as conn,
        ):
            conn.execute(text(attempt))
    engine.dispose()
    store.close()
    store = Store.open(works)
    store.scrub(subject, identifier)
    with store.acting(DECIDES).write() as conn:
        assert conn.execute(SHOWN).scalars().all() == ["family"]
    store.close()


def test_production_works_as_a_role_that_only_uses_the_tables(
    two_roles: tuple[str, str], tmp_path: Path
) -> None:
    works, owns = two_roles
    FileKeys.create(tmp_path / "keys.json")
    given = {"directory": str(tmp_path), "database": works, "mode": "production", "cache": str(KEPT)}
    with pytest.raises(Denied, match="tables' owner"):
        build(Settings.of(given))
    app = build(Settings.of({**given, "owner": owns, "mode": "demo"}))
    assert app.worker.step() == 0
    app.close()
    for wrong in (owns, owns.replace("duly@", "postgres@")):
        with pytest.raises(Denied, match="role may do too much"):
            build(Settings.of({**given, "database": wrong}))
    with pytest.raises(Denied, match="source keys"):  # which is the next that it asks for
        build(Settings.of(given))


def test_a_law_whose_permits_nobody_wrote_is_not_taken_up(two_roles: tuple[str, str]) -> None:
    works, owns = two_roles
    declare_everything()
    owner = Store.open(works, owns)
    owner.migrate()
    owner.close()
    store = Store.open(works)
    with pytest.raises(Denied, match="tables' owner") as refused:
        permit(store, Path("packs/norway"))
    assert "DULY_OWNER" in refused.value.hint
    store.close()
