"""The only wiring: settings in, one application out. Nothing else reads the environment.

`Settings.read` takes them from DULY_* variables, `build` opens what they name and puts the stages together.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec
from sqlalchemy import func, select

from duly.access import Policy
from duly.clock import Clock, SimulatedClock, SystemClock, midnight
from duly.delivery.bank import SimulatedBank
from duly.delivery.reconcile import Delivery
from duly.entitlements import Profiles
from duly.entitlements.due import Law
from duly.entitlements.evaluate import Evaluator, Rules
from duly.entitlements.tables import law_in_force
from duly.errors import BadInput
from duly.events import Intake
from duly.events.sources import Sources, require_sources
from duly.events.tables import inbox
from duly.law import Pack
from duly.ledger import Ledger, Signer
from duly.notices.channels import Outbox
from duly.notices.tell import Teller
from duly.store import Store
from duly.timeline import from_iso
from duly.vault import FileKeys, Vault
from duly.worker import Worker

__all__ = ["App", "Settings", "build", "origin", "signer"]

DEMO: Final = "demo"
PREFIX: Final = "DULY_"
SECOND: Final = 1_000_000
MORNING: Final = 6 * 60 * 60 * SECOND


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything is.

    `directory` holds what is not named: database, keys, outbox, sources and compiled law. `begins` is the
    first day of the demo's simulated clock. In demo mode keys are made where there are none, and the bank is
    simulated too.
    """

    directory: Path
    database: str
    keys: Path
    pack: str
    mode: Literal["demo", "production"]
    host: str
    port: int
    sources: Path
    outbox: Path
    cache: Path
    begins: str

    @property
    def demo(self) -> bool:
        return self.mode == DEMO

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Settings:
        """From names such as "database"; what is left out lies in the directory. BadInput for a wrong one."""
        directory = Path(given.get("directory", ".duly"))
        told: dict[str, object] = {
            "directory": directory,
            "database": f"sqlite:///{directory / 'duly.db'}",
            "keys": directory / "keys.json",
            "pack": "norway",
            "mode": "production",
            "host": "127.0.0.1",
            "port": 8000,
            "sources": directory / "sources.toml",
            "outbox": directory / "outbox",
            "cache": directory / "law",
            "begins": "2024-02-01",
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
    """The stages, put together. `clock` is simulated in demo mode."""

    settings: Settings
    pack: Pack
    clock: Clock
    store: Store
    keys: FileKeys
    ledger: Ledger
    vault: Vault
    sources: Sources
    profiles: Profiles
    evaluator: Evaluator
    delivery: Delivery
    worker: Worker

    @property
    def intake(self) -> Intake:
        """Where events come in, through whatever door; the worker is woken."""
        return Intake(
            store=self.store,
            vault=self.vault,
            keys=self.keys,
            pack=self.pack,
            sources=self.sources,
            clock=self.clock,
            wake=self.worker.wake,
        )

    def close(self) -> None:
        """Stop the worker and close the database."""
        self.worker.stop()
        self.store.close()


def build(settings: Settings) -> App:
    """Open what the settings name. A wrong key file, pack or database is an error that says which."""
    pack = Pack.load(settings.pack)
    keys = _keys(settings)
    sources = _sources(settings, pack)
    store = Store.open(settings.database)
    store.migrate()
    clock = _clock(settings, pack, store)
    ledger = Ledger(store, signer(keys, pack.name), origin(pack.name), clock)
    vault = Vault(store, keys, ledger, Policy.load(pack.directory / "policies"), clock)
    profiles = Profiles(pack)
    delivery = Delivery(pack, profiles, vault, SimulatedBank() if settings.demo else None)
    law = Law(pack=pack, cache=settings.cache, fast=True)
    rules = Rules(back_months=delivery.paying.back_months)
    evaluator = Evaluator(law, profiles, vault, rules, delivery.paid_to)
    page = f"{settings.url}/me"
    teller = Teller(vault=vault, pack=pack, clock=clock, channel=Outbox(settings.outbox), page=page)
    worker = Worker(
        store=store,
        vault=vault,
        pack=pack,
        clock=clock,
        evaluator=evaluator,
        delivery=delivery,
        sequencer=ledger,
        teller=teller,
    )
    return App(
        settings=settings,
        pack=pack,
        clock=clock,
        store=store,
        keys=keys,
        ledger=ledger,
        vault=vault,
        sources=sources,
        profiles=profiles,
        evaluator=evaluator,
        delivery=delivery,
        worker=worker,
    )


def origin(pack: str) -> str:
    """What the ledger of a pack is called in its checkpoints."""
    return f"duly/{pack}"


def signer(keys: FileKeys, pack: str) -> Signer:
    """Who signs the ledger's checkpoints."""
    return Signer.from_seed(origin(pack), keys.signing_seed())


def _keys(settings: Settings) -> FileKeys:
    if settings.demo and not settings.keys.exists():
        settings.keys.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileKeys.create(settings.keys)
    return FileKeys.read(settings.keys)


def _sources(settings: Settings, pack: Pack) -> Sources:
    if settings.sources.exists():
        sources = Sources.read(settings.sources, pack)
    else:
        sources = Sources.open_to(pack) if settings.demo else Sources.none()
    require_sources(settings.mode, sources)
    return sources


def _clock(settings: Settings, pack: Pack, store: Store) -> Clock:
    """The machine's clock; in the demo one that begins where it stood when the server last ran."""
    if not settings.demo:
        return SystemClock(pack.zone)
    with store.read() as conn:
        day = conn.execute(select(func.max(law_in_force.c.known_to))).scalar()
        heard = conn.execute(select(func.max(inbox.c.received_at))).scalar()
    begins = from_iso(settings.begins)
    stood = midnight(begins if day is None else max(day, begins), pack.zone) + MORNING
    return SimulatedClock(pack.zone, max(stood, heard or 0))


def _decoded(kind: type, value: object) -> object:
    return kind(value)
