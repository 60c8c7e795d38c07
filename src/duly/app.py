"""The only wiring: settings in, one application out. Nothing else reads the environment.

`Settings.read` takes them from DULY_* variables, `build` opens what they name and puts the stages together.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Annotated, Final, Literal

import msgspec
from sqlalchemy import func, select

from duly.access import Policy
from duly.access.permits import take_up
from duly.anew import origin_in
from duly.clock import Clock, SimulatedClock, SystemClock, midnight
from duly.delivery.bank import SimulatedBank
from duly.delivery.corrections import Corrections
from duly.delivery.reconcile import Delivery, Paying
from duly.delivery.registers import Requests
from duly.entitlements import Profiles
from duly.entitlements.due import Law
from duly.entitlements.evaluate import Approved, Evaluator, Rules
from duly.entitlements.exchanges import Exchanges
from duly.entitlements.tables import law_in_force
from duly.errors import BadInput, Denied, NotFound
from duly.events import Intake
from duly.events.renewal import drop_unreadable
from duly.events.sources import Sources, require_sources
from duly.events.tables import inbox
from duly.facts import States, intake_use
from duly.forget import Wishes
from duly.law import Pack
from duly.law.bundle import content_hash
from duly.law.pack import find
from duly.law.settings import settings_of
from duly.ledger import Keeper, Ledger, Signer, Witnesses
from duly.notices.channels import Outbox
from duly.notices.tell import Teller
from duly.reform import Standing, Versions, by_hand, change_of, install, keep, require_lawful, standing
from duly.reform.approvals import approved_run
from duly.reform.dry_run import Sides, run_dry
from duly.reform.figures import Figures, document_of, read_document
from duly.reform.passage import base_of, newest_run, record_run
from duly.reform.procedure import require_may_run
from duly.reform.steady import steady
from duly.runs import Everyone
from duly.store import Store
from duly.timeline import from_iso
from duly.vault import Departments, FileKeys, KeyStore, Vault, known_by, open_keys
from duly.vault.key_service import SCHEME
from duly.vault.rehash import rehash
from duly.vault.sheets import Applied, apply_sheet, require_openable
from duly.vault.tables import identifier, subject
from duly.worker import Stages, Worker

__all__ = ["App", "Restored", "Settings", "build", "keeper_of", "origin", "restored", "signer"]

DEMO: Final = "demo"
PROCEDURE: Final = "procedure"
REQUESTS: Final = "corrections"
PREFIX: Final = "DULY_"
SECOND: Final = 1_000_000
MORNING: Final = 6 * 60 * 60 * SECOND
Rate = Annotated[int, msgspec.Meta(ge=1)]
"""So many a minute."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything is.

    `owner` is the database as the owner of its tables, who migrates it; "" where that is who works on it.
    `directory` holds what is not named: database, keys, outbox, sources, witnesses and compiled law. `public`
    is the address that others know this server by, "" where that is host and port. `begins` is the
    first day of the demo's simulated clock. In demo mode keys are made where there are none, and the bank is
    simulated too. `reform` says how another pack on disk comes into force: by the procedure, or, for a
    developer, by hand. `processors` is how many this process may evaluate law on, None for all: workers that
    share a machine divide them. `hosts` are the server's names, `proxies` the addresses of trusted proxies,
    with commas between, and so are those of X-Road; the rates are per minute and process.
    """

    directory: Path
    database: str
    owner: str
    keys: Path
    pack: str
    mode: Literal["demo", "production"]
    log: Literal["text", "json"]
    reform: Literal["procedure", "by-hand"]
    host: str
    port: int
    public: str
    sources: Path
    witnesses: Path
    metrics: Path
    sign_in: Path
    outbox: Path
    cache: Path
    processors: Annotated[int, msgspec.Meta(ge=1)] | None
    begins: str
    hosts: str
    proxies: str
    x_road_servers: str
    x_road_clients: str
    rate_pages: Rate
    rate_account: Rate
    rate_sign_in: Rate
    rate_intake: Rate

    @property
    def demo(self) -> bool:
        return self.mode == DEMO

    @property
    def url(self) -> str:
        """Where this server listens."""
        return f"http://{self.host}:{self.port}"

    @property
    def address(self) -> str:
        """What everybody else knows it by."""
        return self.public.rstrip("/") or self.url

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Settings:
        """From names such as "database"; what is left out lies in the directory. BadInput for a wrong one."""
        directory = Path(given.get("directory", ".duly"))
        told: dict[str, object] = {
            "directory": directory,
            "database": f"sqlite:///{directory / 'duly.db'}",
            "owner": "",
            "keys": directory / "keys.json",
            "pack": "norway",
            "mode": "production",
            "log": "text",
            "reform": PROCEDURE,
            "host": "127.0.0.1",
            "port": 8000,
            "public": "",
            "sources": directory / "sources.toml",
            "witnesses": directory / "witnesses.toml",
            "metrics": directory / "metrics.key",
            "sign_in": directory / "sign-in.toml",
            "outbox": directory / "outbox",
            "cache": directory / "law",
            "processors": None,
            "begins": "2024-02-01",
            "hosts": "",
            "proxies": "",
            "x_road_servers": "",
            "x_road_clients": "",
            "rate_pages": 600,
            "rate_account": 300,
            "rate_sign_in": 60,
            "rate_intake": 60_000,
        }
        try:
            return msgspec.convert({**told, **given}, cls, strict=False, dec_hook=_decoded)
        except msgspec.ValidationError as error:
            raise BadInput(
                "A setting is wrong",
                detail=str(error),
                hint=f"They are {', '.join(PREFIX + name.upper() for name in told)}.",
            ) from error

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None, /, **options: str) -> Settings:
        """From DULY_* variables (of this process, if none are given); options go before them."""
        variables = os.environ if environment is None else environment
        named = {
            name.removeprefix(PREFIX).lower(): value
            for name, value in variables.items()
            if name.startswith(PREFIX)
        }
        known = set(cls.__struct_fields__)
        return cls.of({**{name: value for name, value in named.items() if name in known}, **options})


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The stages, put together. `clock` is simulated in demo mode.

    What depends on the law is that of the version in force, and changes with it.
    """

    settings: Settings
    clock: Clock
    store: Store
    keys: KeyStore
    ledger: Ledger
    keeper: Keeper
    laws: Wiring
    worker: Worker

    @property
    def pack(self) -> Pack:
        return self.worker.stages.pack

    @property
    def vault(self) -> Vault:
        return self.worker.stages.vault

    @property
    def policy(self) -> Policy:
        """Who may do what, as the law in force has it; whatever is done asks `require` of it first."""
        return self.worker.stages.policy

    @property
    def sources(self) -> Sources:
        return self.worker.stages.sources

    @property
    def profiles(self) -> Profiles:
        return self.worker.stages.profiles

    @property
    def evaluator(self) -> Evaluator:
        return self.worker.stages.evaluator

    @property
    def delivery(self) -> Delivery:
        return self.worker.stages.delivery

    @property
    def another_installed(self) -> str:
        """The hash of the pack on disk where that is not the law in force, else ""."""
        return self.laws.another_than(self.pack.hash)

    def dry_run(self, number: int, progress: Callable[[int], None] = lambda _: None) -> Figures:
        """Run a proposed change dry about everybody, and keep what came of it."""
        now, today = self.clock.now(), self.clock.today()
        with self.store.read() as conn:
            change = change_of(conn, number)
            require_may_run(conn, change, today)
            base = base_of(conn, change.pack, change.effective)
        sides = self.laws.sides(self.laws.kept(base), self.laws.kept(change.hash))
        figures = run_dry(self.store, sides, change, now=now, today=today, progress=progress)
        with self.store.read() as conn:
            last = newest_run(conn, number)
        figures = steady(read_document(last.document) if last else None, figures)
        id_, document = document_of(figures)
        with self.store.write() as conn:
            require_may_run(conn, change_of(conn, number), today)
            record_run(conn, change, id_, document, base, holds=figures.holds, now=now)
        return figures

    def law_of(self, version: str) -> Law:
        """The law of any version that was ever kept, to run a decision again. NotFound for another one."""
        return self.laws.law(self.laws.kept(version))

    @property
    def intake(self) -> Intake:
        """Where events come in, through whatever door; the worker is woken."""
        return Intake(
            store=self.store,
            policy=self.policy,
            vault=self.vault,
            keys=self.keys,
            pack=self.pack,
            sources=self.sources,
            clock=self.clock,
            wake=self.worker.wake,
        )

    @property
    def departments(self) -> Departments:
        """What each department calls people."""
        return Departments(self.vault, self.keys, known_by(self.pack))

    def everyone(self) -> Everyone:
        """Runs over everybody."""
        return Everyone(self.store, self.clock, self.worker)

    def approved(self, dry_run: str) -> Approved:
        """The programmes that an approved dry run releases; an error where it is none."""
        with self.store.read() as conn:
            return approved_run(conn, self.pack, dry_run)

    def close(self) -> None:
        """Stop the worker and close the database."""
        self.worker.stop()
        self.store.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """Of a restored database: whose keys are there, who was forgotten since, messages to be sent again."""

    kept: int
    forgotten: int
    lost: int


class Wiring:
    """Puts together what depends on the law, for whatever version of it."""

    def __init__(
        self,
        *,
        settings: Settings,
        store: Store,
        keys: KeyStore,
        ledger: Ledger,
        clock: Clock,
        installed: Path,
    ) -> None:
        self._settings, self._store, self._keys = settings, store, keys
        self._ledger, self._clock, self._installed = ledger, clock, installed
        self._versions = Versions(settings.directory / "versions")

    def kept(self, version: str) -> Pack:
        """A version as a pack: the one that is installed from where it lies, any other from the store."""
        if content_hash(self._installed) == version:
            return Pack.load(self._installed)
        with self._store.read() as conn:
            return self._versions.load(conn, version)

    def another_than(self, version: str) -> str:
        """The hash of what is installed where that is another version, else ""."""
        there = content_hash(self._installed)
        return "" if there == version else there

    def version(self, hash_: str) -> Pack | None:
        """See `Laws`."""
        try:
            return self.kept(hash_)
        except NotFound:
            return None

    def law(self, pack: Pack) -> Law:
        """The pack, and how it is evaluated."""
        settings = self._settings
        return Law(pack=pack, cache=settings.cache, fast=True, processors=settings.processors)

    def stages(self, standing: Standing) -> Stages:
        """See `Laws`. Denied where the version's signatures do not verify."""
        with self._store.read() as conn:
            require_lawful(conn, standing.change)
        pack = self.kept(standing.hash)
        self._permit(pack, alone=True)
        return self.stages_of(pack, standing)

    def stages_of(self, pack: Pack, standing: Standing) -> Stages:
        """The stages for a version, whether or not it is in force."""
        settings, policy = self._settings, Policy.load(pack.directory / "policies")
        page = f"{settings.address}/me"
        vault = self._vault(policy, pack)
        profiles = Profiles(pack)
        delivery = Delivery(pack, profiles, vault, SimulatedBank() if settings.demo else None)
        rules = Rules(back_months=delivery.paying.back_months, holds_takes=standing.holds)
        return Stages(
            standing=standing,
            pack=pack,
            policy=policy,
            vault=vault,
            sources=_sources(settings, pack),
            profiles=profiles,
            evaluator=Evaluator(self.law(pack), profiles, vault, rules, delivery.paid_to),
            delivery=delivery,
            corrections=Corrections(
                pack,
                profiles,
                vault,
                Requests(settings.outbox / REQUESTS),
                Departments(vault, self._keys, known_by(pack)),
            ),
            wishes=Wishes(pack, vault, page),
            teller=Teller(
                vault=vault,
                pack=pack,
                clock=self._clock,
                channel=Outbox(settings.outbox),
                page=page,
            ),
            exchanges=Exchanges(
                pack=pack, profiles=profiles, vault=vault, keys=self._keys, clock=self._clock
            ),
        )

    def sides(self, old: Pack, new: Pack) -> Sides:
        """What asks two versions for a dry run: nothing is paid by it, and nothing held."""
        self._permit(new, alone=False)
        vault = self._vault(Policy.load(new.directory / "policies"), new)
        return Sides(old=self._looking(old, vault), new=self._looking(new, vault), vault=vault)

    def _looking(self, pack: Pack, vault: Vault) -> Evaluator:
        rules = Rules(back_months=Paying.of(pack).back_months, holds_takes=False)
        return Evaluator(self.law(pack), Profiles(pack), vault, rules, lambda _conn, _keys: {})

    def _permit(self, pack: Pack, *, alone: bool) -> None:
        with self._store.owning() as conn:
            take_up(conn, pack.directory, alone=alone)

    def _vault(self, policy: Policy, pack: Pack) -> Vault:
        states = States(pack, self._clock.today)
        return Vault(self._store, self._keys, self._ledger, policy, self._clock, states)


def build(settings: Settings) -> App:
    """Open what the settings name. A wrong key file, pack or database is an error that says which."""
    installed = find(settings.pack)
    keys = _keys(settings)
    store = Store.open(settings.database, settings.owner)
    try:
        return _wired(settings, store, keys, installed)
    except BaseException:
        store.close()
        raise


def restored(database: str, sheet: Path | None) -> Restored:
    """Make a restored database fit for use: it forgets whom the key sheet does not have.

    Conflict where it does not open without a newer sheet.
    """
    settings = Settings.read(None, database=database)
    installed = find(settings.pack)
    keys, pack, store = _keys(settings), Pack.load(installed), Store.open(database, settings.owner)
    try:
        store.migrate()
        with store.owning() as conn:
            take_up(conn, installed, alone=True)
        applied = Applied(0, 0, False) if sheet is None else apply_sheet(store, keys, sheet)
        require_openable(store, keys)
        with store.write() as conn:
            lost = drop_unreadable(conn) if applied.system_lost else 0
        clock = SystemClock(pack.zone)
        ledger = _ledger(store, keys, pack.name, clock)
        policy = Policy.load(pack.directory / "policies")
        use = intake_use(pack, {"identifier"}, "restore")
        rehash(store, Vault(store, keys, ledger, policy, clock), keys, use)
        store.scrub(subject, identifier, inbox)
    finally:
        store.close()
    return Restored(kept=applied.kept, forgotten=applied.forgotten, lost=lost)


def _wired(settings: Settings, store: Store, keys: KeyStore, installed: Path) -> App:
    head = settings_of(installed)
    named = str(head["name"])
    store.migrate()
    _require_second_line(settings, store)
    clock = _clock(settings, store, str(head["zone"]))
    ledger = _ledger(store, keys, named, clock)
    laws = Wiring(settings=settings, store=store, keys=keys, ledger=ledger, clock=clock, installed=installed)
    stages = laws.stages(_law_in_force(settings, store, clock, installed))
    keeper = Keeper(ledger, _witnesses(settings), monotonic)
    worker = Worker(store=store, clock=clock, sequencer=keeper, stages=stages, laws=laws)
    return App(
        settings=settings,
        clock=clock,
        store=store,
        keys=keys,
        ledger=ledger,
        keeper=keeper,
        laws=laws,
        worker=worker,
    )


@contextmanager
def keeper_of(settings: Settings) -> Generator[Keeper]:
    """What keeps the ledger of an installation, without the rest of it, to look at how it stands."""
    head = settings_of(find(settings.pack))
    store = Store.open(settings.database)
    try:
        named, clock = str(head["name"]), SystemClock(str(head["zone"]))
        yield Keeper(_ledger(store, _keys(settings), named, clock), _witnesses(settings), monotonic)
    finally:
        store.close()


def origin(pack: str) -> str:
    """What the ledger of a pack is called in its checkpoints, as long as no other was begun."""
    return f"duly/{pack}"


def signer(keys: KeyStore, pack: str) -> Signer:
    """Who signs the ledger's checkpoints."""
    return Signer(name=origin(pack), key=keys.signing_key())


def _require_second_line(settings: Settings, store: Store) -> None:
    """In production the database itself refuses rows: Denied where its role could pass that by."""
    role = None if settings.demo else store.standing()
    if role is not None and (role.passes_by or role.permits_itself):
        what = "passes row-level security by" if role.passes_by else "owns what the policies permit it to see"
        raise Denied(
            "The database's role may do too much",
            detail=f"{role.name} {what}, so that no second line would hold.",
            where="DULY_DATABASE",
            hint="Let a role work that only uses the tables; their owner goes into DULY_OWNER: "
            "docs/howto/run-it.md says how.",
        )


def _ledger(store: Store, keys: KeyStore, named: str, clock: Clock) -> Ledger:
    with store.read() as conn:
        called = origin_in(conn, origin(named))
    return Ledger(store, signer(keys, named), called, clock)


def _keys(settings: Settings) -> KeyStore:
    if settings.demo and not str(settings.keys).startswith(SCHEME) and not settings.keys.exists():
        settings.keys.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileKeys.create(settings.keys)
    return open_keys(settings.keys)


def _witnesses(settings: Settings) -> Witnesses:
    """Those in the file, where there is one."""
    return Witnesses.read(settings.witnesses) if settings.witnesses.exists() else Witnesses.none()


def _sources(settings: Settings, pack: Pack) -> Sources:
    if settings.sources.exists():
        sources = Sources.read(settings.sources, pack)
    else:
        sources = Sources.open_to(pack) if settings.demo else Sources.none()
    require_sources(settings.mode, sources)
    return sources


def _clock(settings: Settings, store: Store, zone: str) -> Clock:
    """The machine's clock; in the demo one that begins where it stood when the server last ran."""
    if not settings.demo:
        return SystemClock(zone)
    with store.read() as conn:
        day = conn.execute(select(func.max(law_in_force.c.known_to))).scalar()
        heard = conn.execute(select(func.max(inbox.c.received_at))).scalar()
    begins = from_iso(settings.begins)
    stood = midnight(begins if day is None else max(day, begins), zone) + MORNING
    return SimulatedClock(zone, max(stood, heard or 0))


def _law_in_force(settings: Settings, store: Store, clock: Clock, installed: Path) -> Standing:
    """The law of today. The first that is installed is in force at once; a later one on disk is not.

    Only with the developer's setting `reform = by-hand` another one on disk comes into force without the
    procedure; that is recorded, and what it takes is held.
    """
    named, today = str(settings_of(installed)["name"]), clock.today()
    with store.read() as conn:
        found = standing(conn, named, today)
    if found is not None and (settings.reform == PROCEDURE or found.hash == content_hash(installed)):
        return found
    pack = Pack.load(installed)
    with store.write() as conn:
        version = keep(conn, named, installed, clock.now())
        if found is None:
            install(conn, named, version, clock.now())
        else:
            by_hand(conn, found.change, version, today, clock.now())
        made = standing(conn, pack.name, today)
    assert made is not None  # noqa: S101 - it was enacted above
    return made


def _decoded(kind: type, value: object) -> object:
    return kind(value)
