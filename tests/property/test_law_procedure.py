"""In whatever order people ask, law changes only in the one that is lawful; every refusal says what to do."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import duly.reform.tables
from duly.errors import BadInput, Conflict, Denied, DulyError
from duly.reform import Kind, LawKey, all_changes, install, require_lawful, standing
from duly.reform.changes import Change, in_force
from duly.reform.keys import Ending, names_of, register, registered_keys
from duly.reform.passage import Stage, base_of, passage, record_run
from duly.reform.procedure import announce, approve, enact, propose, roll_back
from duly.reform.retirements import retire_key
from duly.reform.signing import Act, acts_of, counted, signed_with
from duly.store import Store

PACK = "land"
NAMES = ("Ada", "Grace", "Mary")
VERSIONS = ("a" * 64, "b" * 64, "c" * 64)
names = st.sampled_from(NAMES)


class Procedure(RuleBasedStateMachine):
    """People and clocks do what they like."""

    def __init__(self) -> None:
        super().__init__()
        self.home = tempfile.TemporaryDirectory()
        assert duly.reform.tables.law_change is not None
        self.store = Store.open(f"sqlite:///{self.home.name}/law.db")
        self.store.create_all()
        self.today, self.now = 20_000, 1
        keys = {name: LawKey.create(name, Path(self.home.name) / f"{name}.json") for name in NAMES}
        self.keys, self.made = keys, 0
        with self.store.write() as conn:
            for name in NAMES:
                both = [keys["Ada"], keys["Grace"]] if name == "Mary" else []
                register(conn, name, keys[name].public, both, today=self.today, now=1)
            install(conn, PACK, VERSIONS[0], 1)

    def teardown(self) -> None:
        self.store.close()
        self.home.cleanup()

    @property
    def when(self) -> dict[str, int]:
        self.now += 1
        return {"today": self.today, "now": self.now}

    def changes(self) -> list[Change]:
        with self.store.read() as conn:
            return all_changes(conn, PACK)

    def signs(self, name: str) -> bool:
        """Whether somebody's newest key may sign today."""
        with self.store.read() as conn:
            mine = [one for one in registered_keys(conn) if one.public == self.keys[name].public]
        return mine[0].signs(self.today)

    def attempt(self, what: Any, *given: Any, legal: bool, **more: Any) -> None:
        """It succeeds exactly where it is legal and signed by a key that still signs.

        A refusal changes nothing, and says why and what to do.
        """
        before, refusal = self.changes(), None
        keys = [one for one in given if isinstance(one, LawKey)]
        legal = legal and all(self.signs(one.name) for one in keys)
        try:
            with self.store.write() as conn:
                what(conn, *given, **more, **self.when)
        except DulyError as error:
            refusal = error
        assert legal is (refusal is None), refusal
        if refusal is not None:
            assert isinstance(refusal, Conflict | Denied | BadInput)
            assert all((refusal.detail, refusal.where, refusal.hint))
            assert self.changes() == before

    def open_ones(self) -> list[Change]:
        return [c for c in self.changes() if c.kind is Kind.REFORM and not c.enacted_at and not c.undone_at]

    def enacted_ones(self) -> list[Change]:
        return [c for c in self.changes() if c.kind is Kind.REFORM and c.enacted_at and not c.undone_at]

    def at(self, number: int) -> Any:
        with self.store.read() as conn:
            found = next(one for one in all_changes(conn, PACK) if one.number == number)
            at = passage(conn, found, self.today)
            fresh = at.run is not None and at.run.base == base_of(conn, PACK, found.effective)
        return at, fresh

    @rule(version=st.sampled_from(VERSIONS), days=st.integers(-2, 4), author=names)
    def propose(self, version: str, days: int, author: str) -> None:
        self.propose_one(version, days, author)

    def propose_one(self, version: str, days: int, author: str) -> None:
        with self.store.read() as conn:
            day = self.today + days
            current = standing(conn, PACK, self.today)
            assert current is not None
            same = base_of(conn, PACK, day) == version and not (current.hash == version and current.holds)
        self.attempt(propose, PACK, version, day, "Why.", self.keys[author], legal=days >= 0 and not same)

    @precondition(lambda self: self.open_ones())
    @rule(data=st.data())
    def run_dry(self, data: st.DataObject) -> None:
        self.look(data.draw(st.sampled_from(self.open_ones())))

    def look(self, change: Change) -> None:
        with self.store.write() as conn:
            self.now += 1
            base = base_of(conn, PACK, change.effective)
            id_ = f"run-{change.number}-{base[:4]}-{self.today}"
            record_run(conn, change, id_, b"{}", base, holds=False, now=self.now)

    @rule(data=st.data(), other=names, days=st.integers(0, 4), steps=st.sampled_from((1, 2, 3, 4, 4, 4)))
    def forward(self, data: st.DataObject, other: str, days: int, steps: int) -> None:
        """Some way in the right order, as far as that leads."""
        if not self.open_ones():
            self.propose_one(data.draw(st.sampled_from(VERSIONS)), days, "Ada")
        if not self.open_ones():
            return
        change = data.draw(st.sampled_from(self.open_ones()))
        self.look(change)
        for step in range(steps):
            at, _ = self.at(change.number)
            name = change.author if step == 0 else other
            if step < 2:
                legal = name not in at.signed
                self.attempt(approve, change.number, self.keys[name], legal=legal)
            elif step == 2:
                legal = at.stage is Stage.APPROVED
                self.attempt(announce, change.number, self.keys[other], legal=legal)
            else:
                self.may_enact(change.number, other)

    @precondition(lambda self: self.enacted_ones())
    @rule(data=st.data(), by=st.sampled_from((("Ada", "Grace"), ("Mary", "Mary"), ("Mary", "Ada"))))
    def undo(self, data: st.DataObject, by: tuple[str, str]) -> None:
        """Two signatures, one after another, mostly of two people."""
        number = data.draw(st.sampled_from(self.enacted_ones())).number
        for name in by:
            self.back(number, name)

    @rule(data=st.data(), name=names)
    def approve(self, data: st.DataObject, name: str) -> None:
        number = data.draw(st.sampled_from(self.changes())).number
        at, fresh = self.at(number)
        open_ = at.stage in (Stage.RUN_DRY, Stage.APPROVED, Stage.ANNOUNCED)
        self.attempt(approve, number, self.keys[name], legal=open_ and fresh and name not in at.signed)

    @rule(data=st.data(), name=names)
    def announce(self, data: st.DataObject, name: str) -> None:
        number = data.draw(st.sampled_from(self.changes())).number
        at, fresh = self.at(number)
        self.attempt(announce, number, self.keys[name], legal=at.stage is Stage.APPROVED and fresh)

    @rule(data=st.data(), name=names)
    def enact(self, data: st.DataObject, name: str) -> None:
        self.may_enact(data.draw(st.sampled_from(self.changes())).number, name)

    def may_enact(self, number: int, name: str) -> None:
        at, fresh = self.at(number)
        valid = [one for one in self.changes() if one.enacted_at and not one.undone_at]
        last = all(one.effective <= at.change.effective for one in valid)
        legal = at.stage is Stage.ANNOUNCED and fresh and last and at.change.effective >= self.today
        self.attempt(enact, number, self.keys[name], legal=legal)

    @rule(data=st.data(), name=names)
    def roll_back(self, data: st.DataObject, name: str) -> None:
        self.back(data.draw(st.sampled_from(self.changes())).number, name)

    def back(self, number: int, name: str) -> None:
        changes = self.changes()
        at, _ = self.at(number)
        begun = [one for one in changes if one.undoes == number and not one.enacted_at]
        with self.store.read() as conn:
            signed = name in counted(acts_of(conn, begun[0]), Act.ROLL_BACK) if begun else False
            others = set(counted(acts_of(conn, begun[0]), Act.ROLL_BACK)) - {name} if begun else set[str]()
        undoable = at.stage in (Stage.ENACTED, Stage.IN_FORCE) and at.change.kind is Kind.REFORM
        self.attempt(roll_back, number, "A mistake.", self.keys[name], legal=undoable and not signed)
        after, _ = self.at(number)
        if others and undoable and not signed and self.signs(name):
            assert after.stage in (Stage.PAST, Stage.UNDONE)

    @rule(whose=names, ending=st.sampled_from(Ending), ago=st.integers(-2, 3), by=st.permutations(NAMES))
    def retire(self, whose: str, ending: Ending, ago: int, by: list[str]) -> None:
        """Two people retire somebody's key, who then gets another."""
        if not (self.signs(by[0]) and self.signs(by[1])):
            return
        old, day = self.keys[whose].public, self.today - ago
        before = {c.number: c for c in self.changes()}
        with self.store.read() as conn:
            touched = signed_with(conn, old)
            (mine,) = [one for one in registered_keys(conn) if one.public == old]
        known = ending is Ending.COMPROMISED
        legal = (not mine.compromised_at and ago >= 0) if known else not mine.retired
        for name in by[:2]:
            self.attempt(retire_key, whose, ending, "Why.", day, self.keys[name], legal=legal)
        for change in self.changes():
            was = before[change.number]
            counts = was.kind is Kind.REFORM and was.enacted_at and not was.undone_at
            to_come = counts and was.effective > self.today
            if ending is Ending.COMPROMISED and legal and to_come and change.number in touched:
                assert not change.enacted_at
            if was.enacted_at and was.effective <= self.today:
                assert change == was
        if not self.signs(whose) and all(self.signs(name) for name in NAMES if name != whose):
            self.attempt(propose, PACK, VERSIONS[1], self.today + 9, "Why.", self.keys[whose], legal=True)
            self.another_key(whose, [name for name in NAMES if name != whose])

    def another_key(self, name: str, vouchers: list[str]) -> None:
        self.made += 1
        key = LawKey.create(name, Path(self.home.name) / f"{name}-{self.made}.json")
        vouch = [self.keys[one] for one in vouchers]
        self.attempt(register, name, key.public, vouch[:1], legal=False)
        self.attempt(register, name, key.public, vouch, legal=True)
        self.keys[name] = key

    @rule(days=st.integers(1, 3))
    def wait(self, days: int) -> None:
        self.today += days

    @invariant()
    def what_is_in_force_was_installed_or_signed_by_two(self) -> None:
        with self.store.read() as conn:
            changes = all_changes(conn, PACK)
            days = range(self.today - 3, self.today + 6)
            for found in {
                one.number: one for one in (in_force(changes, day) for day in days) if one
            }.values():
                require_lawful(conn, found)
                if found.kind is Kind.REFORM:
                    acts = acts_of(conn, found)
                    signed = counted(acts, Act.APPROVE, found.announced_run)
                    assert found.author in signed
                    assert len(signed) >= 2
                    for act in (Act.ANNOUNCE, Act.ENACT):
                        assert counted(acts, act, found.announced_run)
            assert all(in_force(changes, day) for day in days)

    @invariant()
    def three_people_may_sign(self) -> None:
        with self.store.read() as conn:
            may = names_of(registered_keys(conn), self.today)
        assert set(may) == {name for name in NAMES if self.signs(name)}

    @invariant()
    def the_past_stays(self) -> None:
        """What was in force on a past day is not changed by what is done later."""
        seen: dict[int, str] = self.__dict__.setdefault("_seen", {})
        with self.store.read() as conn:
            changes = all_changes(conn, PACK)
        for day in range(self.today - 5, self.today):
            found = in_force(changes, day)
            assert found is not None
            assert seen.setdefault(day, found.hash) == found.hash


TestProcedure = Procedure.TestCase
TestProcedure.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
