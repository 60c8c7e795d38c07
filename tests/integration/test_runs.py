"""A run over everybody comes to what the steps came to, twice to nothing, and each can prove being in it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from intake_events import CHILD, FATHER, MOTHER, birth
from looking import looking
from people import account, moved, registered
from recomputed import lives, state, tell_all
from sqlalchemy import select, update
from town import Town, town
from typer.testing import CliRunner

from duly.cli import app as duly
from duly.entitlements.evaluate import Approved
from duly.entitlements.segments import Kind
from duly.errors import Conflict
from duly.facts import apply
from duly.law.kernel import KEPT
from duly.ledger.verify import bulk_uses, inclusion
from duly.runs import Run, everyone
from duly.vault import commitment
from duly.vault.tables import bulk_leaf, bulk_use, use_entry
from duly.web.circle import insight


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path, "2025-03-01")
    yield made
    made.app.close()


def run_all(place: Town, *programmes: str, approved: Approved | None = None) -> Run:
    everybody = place.app.everyone()
    going = everybody.begin(programmes, "A test.", approved)
    while going.state == "running":
        going = everybody.step(going)
    place.app.worker.run_until_idle()
    return going


@pytest.mark.parametrize("seed", range(4))
def test_a_run_finds_what_the_steps_found(place: Town, seed: int) -> None:
    tell_all(place, lives(seed, 14), seed)
    before = state(place)
    ended = run_all(place)
    assert ended.changed == 0
    assert state(place) == before
    again = run_all(place)
    assert (again.changed, again.different) == (0, again.different)
    assert again.different <= ended.different
    assert state(place) == before


def family(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), registered(FATHER, "1988-01-01"), account(MOTHER))
    place.tell(birth(lives_with=[MOTHER, FATHER]))


def test_nothing_that_was_decided_is_opened_where_nothing_is_different(place: Town) -> None:
    family(place)
    run_all(place)
    before = own_uses(place)
    again = run_all(place)
    assert (again.passed, again.different, again.changed) == (3, 0, 0)
    assert own_uses(place) == before


def own_uses(place: Town) -> int:
    with place.app.store.read() as conn:
        return len(conn.execute(select(use_entry.c.id)).all())


def test_who_was_never_looked_at_is_decided_by_a_run(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), registered(FATHER, "1988-01-01"), account(MOTHER))
    place.hear(birth())
    with looking(place.app.store).write() as conn:
        apply(conn, place.app.vault, place.app.pack, 10)  # the step is cut off before it marks anybody
    assert place.entitlement(place.key(MOTHER, about=CHILD)) is None
    ended = run_all(place)
    assert ended.changed > 0
    granted = place.stands(place.key(MOTHER, about=CHILD), "2025-04-01")
    assert granted is not None
    assert granted["amount"] == 176600
    assert [cause.source for cause in place.decisions(place.key(MOTHER, about=CHILD))[-1].causes] == ["run"]


def taken(place: Town) -> None:
    """The mother has left the country, and no step has looked at it."""
    family(place)
    run_all(place)
    place.hear(moved(MOTHER, "2025-02-15", "m1"))
    with looking(place.app.store).write() as conn:
        apply(conn, place.app.vault, place.app.pack, 10)


def test_what_a_run_would_take_waits_for_a_human(place: Town) -> None:
    taken(place)
    run_all(place)
    assert [case.kind for case in place.open_cases()] == ["takes"]
    assert place.stands(place.key(MOTHER, about=CHILD), "2025-06-01") is not None


def of_everything(place: Town) -> Approved:
    """An approved dry run of the law in force."""
    pack = place.app.pack
    return Approved(dry_run="d1", law=pack.hash, programmes=frozenset(pack.programmes))


def test_approval_lets_no_machine_take_what_no_law_lets_it(place: Town) -> None:
    taken(place)
    run_all(place, approved=of_everything(place))
    assert [case.kind for case in place.open_cases()] == ["takes"]
    assert place.stands(place.key(MOTHER, about=CHILD), "2025-06-01") is not None


def test_a_machine_takes_what_its_law_lets_it_once_released(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluator, name = place.app.evaluator, "barnetrygd.ordinary"
    profile = evaluator.profiles[name]
    lets = msgspec.structs.replace(profile.terms, machine=frozenset({Kind.STOPPED}))
    monkeypatch.setattr(evaluator, "profiles", {name: msgspec.structs.replace(profile, terms=lets)})
    assert evaluator.terms(name).machine == {Kind.STOPPED}
    assert evaluator.terms(name, frozenset()).machine == frozenset()
    assert evaluator.terms(name, of_everything(place).programmes).machine == {Kind.STOPPED}


def test_another_law_than_was_approved_is_refused(place: Town) -> None:
    approved = Approved(dry_run="d1", law="0" * 64, programmes=frozenset())
    with pytest.raises(Conflict, match="Another law was approved"):
        run_all(place, approved=approved)


def test_cut_off_a_run_goes_on_behind_its_cursor(place: Town) -> None:
    family(place)
    everyone.AT_ONCE, before = 1, everyone.AT_ONCE
    try:
        first = place.app.everyone()
        going = first.step(first.begin((), "A test.", None))
        assert (going.state, going.passed) == ("running", 1)
        ended = run_all(place)
    finally:
        everyone.AT_ONCE = before
    assert (ended.number, ended.passed) == (going.number, 3)
    with place.app.store.read() as conn:
        assert bulk_uses(conn) == (1, [])
    for person in (MOTHER, FATHER, CHILD):
        proved(place, person)


def proved(place: Town, person: str) -> None:
    """The person's leaf leads to the run's root, and that to the log's checkpoint, by the verifier alone."""
    app, number = place.app, place.desk.number(person)
    assert number is not None
    use = insight(app.pack)
    with app.store.read() as conn:
        uses = [one for one in app.vault.uses(conn, use, number) if one.bulk is not None]
        assert uses
        entries = set[bytes]()
        for used in uses:
            assert used.bulk is not None
            path = app.vault.path(conn, used.bulk)
            promised, text = conn.execute(
                select(bulk_use.c.commitment, bulk_use.c.text).where(bulk_use.c.id == used.bulk.number)
            ).one()
            leaf = sha256(b"\x00" + commitment(number, used.salt, used.text)).digest()
            inclusion(
                leaf_hash=leaf, index=path.place, size=path.size, proof=list(path.hashes), root=path.root
            )
            entry = sha256(b"duly.bulk.v1" + path.size.to_bytes(8) + path.root + text).digest()
            assert entry == promised
            entries.add(entry)
    head = app.ledger.checkpoint()
    assert head is not None
    for entry in entries:
        index = app.ledger.index_of(entry)
        assert index is not None
        proof = app.ledger.inclusion_proof(index, head.size)
        logged = sha256(b"\x00" + entry).digest()
        inclusion(leaf_hash=logged, index=index, size=head.size, proof=proof, root=head.root)
    assert {used.use.purpose for used in uses} <= {"child-benefit", "general-practitioner"}


def test_one_bit_of_a_leaf_is_found(place: Town) -> None:
    family(place)
    run_all(place)
    with place.app.store.write() as conn:
        leaves = bytes(conn.execute(select(bulk_leaf.c.commitments)).scalar_one())
        conn.execute(update(bulk_leaf).values(commitments=bytes([leaves[0] ^ 1]) + leaves[1:]))
        count, wrong = bulk_uses(conn)
    assert count == 1
    assert any("another root" in one.what for one in wrong)


KILLED = """
import os, signal, sys
from duly.app import Settings, build
from duly.runs import everyone

everyone.AT_ONCE = 1
app = build(Settings.of({"directory": sys.argv[1], "database": sys.argv[2], "mode": "demo",
                         "begins": "2025-03-01", "cache": sys.argv[3]}))
running = app.everyone()
going = running.step(running.begin((), "A test.", None))
cover = type(running._opening).cover
def killed(*given):
    cover(*given)
    os.kill(os.getpid(), signal.SIGKILL)
type(running._opening).cover = killed
running.step(going)
"""


def test_killed_in_the_middle_of_a_range_it_loses_and_repeats_nothing(place: Town, store_url: str) -> None:
    taken(place)
    before = len(place.decisions(place.key(MOTHER, about=CHILD)))
    directory = str(place.app.settings.directory)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, directory, store_url, str(place.app.settings.cache)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    ended = run_all(place)
    assert (ended.number, ended.passed, ended.state) == (2, 3, "ended")
    with place.app.store.read() as conn:
        assert bulk_uses(conn) == (2, [])
    assert [case.kind for case in place.open_cases()] == ["takes"]
    assert len(place.decisions(place.key(MOTHER, about=CHILD))) == before + 1
    for person in (MOTHER, FATHER, CHILD):
        proved(place, person)


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    place = town(f"sqlite:///{tmp_path}/duly.db", tmp_path, "2025-03-01")
    family(place)
    place.app.close()
    variables = {"DULY_DIRECTORY": str(tmp_path), "DULY_MODE": "demo", "DULY_CACHE": str(KEPT)}
    asked = CliRunner().invoke(duly, ["run", "--all", "--reason", "A test.", "--json"], env=variables)
    assert asked.exit_code == 0, asked.output
    told = json.loads(asked.stdout)
    assert (told["run"], told["subjects"], told["changed"]) == (1, 3, 0)
    again = CliRunner().invoke(duly, ["run", "--all"], env=variables)
    assert "Run 2 has looked at 3 subjects" in again.output.replace("\n", " ")
    sound = CliRunner().invoke(duly, ["ledger", "verify"], env=variables)
    assert sound.exit_code == 0, sound.output


HELD = """
import sys
from duly.app import Settings, build
from duly.runs import everyone

def of_process(what):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(what))

everyone.AT_ONCE = 300
app = build(Settings.of({"directory": sys.argv[1], "mode": "demo", "begins": "2025-03-01",
                         "cache": sys.argv[2]}))
running = app.everyone()
going = running.begin((), "A test.", None)
with app.store.write() as conn:
    conn.exec_driver_sql("PRAGMA cache_size = -1000")  # what SQLite keeps of the file has a bound of its own
before = of_process("VmRSS")
while going.state == "running":
    going = running.step(going)
print(going.passed, going.changed, of_process("VmHWM") - before)
"""


def held(directory: Path, families: int) -> tuple[int, int, int]:
    """A first run over so many families, in its own process: subjects, changes, kB that it came to hold."""
    directory.mkdir()
    place = town(f"sqlite:///{directory}/duly.db", directory, "2025-03-01")
    for begin in range(0, families, 500):
        people = [[f"{who}{at:010}" for who in (1, 2, 3)] for at in range(begin, min(begin + 500, families))]
        place.hear(*(registered(mother, "1990-05-05") for mother, _, _ in people))
        place.hear(*(birth(f"b{child}", child=child, mother=m, father=f) for m, child, f in people))
    with looking(place.app.store).write() as conn:
        while apply(conn, place.app.vault, place.app.pack, 500).count:
            pass
    place.app.close()
    told = subprocess.run(
        [sys.executable, "-c", HELD, str(directory), str(KEPT)], check=True, capture_output=True, text=True
    )
    passed, changed, kilobytes = map(int, told.stdout.split())
    return passed, changed, kilobytes


@pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells what a process held at most.")
def test_what_a_first_run_holds_does_not_grow_with_the_population(tmp_path: Path) -> None:
    """No object, ready cipher or buffer outlives its range: what is held is what the system says."""
    few, many = (held(tmp_path / str(families), families) for families in (300, 3_000))
    assert (few[:2], many[:2]) == ((900, 1_800), (9_000, 18_000))
    assert many[2] < 1.3 * few[2]
