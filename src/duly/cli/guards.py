"""Every command is open to anybody, for a reason, or is a deed that the one who calls must be permitted.

On a command line the operating system says who that is. Whoever may read the keys of the installation keeps
it, and may propose law and ask to forget (whose steps need signatures of their own); nobody else may do
anything with it. In
the demonstration, where everything is made up, whoever calls is a keeper. A command that is not listed here
is for those who keep the keys.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import typer

from duly.access import Actor, Deed, doing
from duly.errors import Denied

if TYPE_CHECKING:
    from duly.app import Settings

__all__ = ["GUARDS", "Open", "commands", "guard", "guard_of"]

ROLES: Final = ("keeper", "lawyer", "approver")
SYSTEM: Final = "command line"
SOCKET: Final = "unix:"


class Open(NamedTuple):
    """Open to anybody, because of this."""

    why: str


_PACK: Final = Open("it reads a pack and files that the caller names, and no database")
_PUBLIC: Final = Open("the ledger tells of nobody, and whoever may read the database may verify it")
_OWN: Final = Open("it makes or uses a key of the caller's own, and opens nothing")
GUARDS: Final[Mapping[str, Open | Deed]] = {
    "check": _PACK,
    "evaluate": _PACK,
    "explain": _PACK,
    "missing": _PACK,
    "demo": Open("it makes a town of its own, of people who do not exist"),
    "intake": Deed.REPLAY,
    "inbox list": Deed.INSPECT,
    "inbox show": Deed.INSPECT,
    "inbox replay": Deed.REPLAY,
    "sources add": Deed.ADMIT,
    "sources list": Deed.INSPECT,
    "law diff": Open("law is public, whatever version of it"),
    "law propose": Deed.PROPOSE,
    "law dry-run": Deed.DRY_RUN,
    "law approve": Deed.SIGN,
    "law announce": Deed.ANNOUNCE,
    "law enact": Deed.ENACT,
    "law roll-back": Deed.ENACT,
    "law list": Deed.INSPECT,
    "law show": Deed.INSPECT,
    "law keys new": _OWN,
    "law keys register": Deed.VOUCH,
    "law keys retire": Deed.VOUCH,
    "law keys list": Deed.INSPECT,
    "backup": Deed.KEEP_KEYS,
    "restore": Deed.KEEP_KEYS,
    "forget list": Deed.INSPECT,
    "forget ask": Deed.FORGET,
    "forget take-up": Deed.FORGET,
    "forget approve": Deed.FORGET,
    "forget refuse": Deed.FORGET,
    "forget carry-out": Deed.KEEP_KEYS,
    "keys create": _OWN,
    "keys public": Deed.KEEP_KEYS,
    "keys serve": Deed.KEEP_KEYS,
    "keys list": Deed.KEEP_KEYS,
    "keys rotate": Deed.KEEP_KEYS,
    "keys retire": Deed.KEEP_KEYS,
    "departments list": Deed.INSPECT,
    "departments translate": Deed.KEEP_KEYS,
    "ledger verify": _PUBLIC,
    "ledger checkpoint": _PUBLIC,
    "ledger publish": Deed.PUBLISH,
    "ledger alarms": Deed.INSPECT,
    "ledger status": Deed.INSPECT,
    "ledger logs": Deed.INSPECT,
    "ledger close": Deed.KEEP_KEYS,
    "ledger begin": Deed.KEEP_KEYS,
    "ledger check-receipt": Open("it reads a receipt that the caller holds, and no database"),
    "witness key": _OWN,
    "witness run": Open("a witness is a program of somebody else, with keys of its own"),
    "sessions list": Deed.INSPECT,
    "sessions end": Deed.ADMIT,
    "run": Deed.RUN,
    "serve": Deed.SERVE,
}


def guard_of(path: str) -> Open | Deed:
    """The guard of a command; of one that is not listed the strictest."""
    return GUARDS.get(path, Deed.KEEP_KEYS)


def commands(app: typer.Typer, above: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its path, such as "law keys new"."""
    for info in app.registered_commands:
        assert info.callback is not None  # noqa: S101 - a command calls something
        name = info.name or info.callback.__name__.rstrip("_").replace("_", "-")
        yield f"{above}{name}", info
    for group in app.registered_groups:
        if group.typer_instance is not None:
            name = group.name or group.typer_instance.info.name
            yield from commands(group.typer_instance, f"{above}{name} ")


def guard(app: typer.Typer) -> None:
    """Put every command behind its guard."""
    for path, info in commands(app):
        info.callback = _guarded(info.callback, guard_of(path))


def _guarded(command: Callable[..., Any], asked: Open | Deed) -> Callable[..., Any]:
    if isinstance(asked, Open):
        return command

    @wraps(command)
    def guarded(*args: Any, **given: Any) -> Any:
        _require(asked, given)
        return command(*args, **given)

    return guarded


def _require(deed: Deed, given: Mapping[str, Any]) -> None:
    """Denied unless one of the roles that the caller has permits the deed at the installation's agency."""
    from duly.access import Policy  # heavy, with what follows, and not wanted where anybody may call
    from duly.app import Settings
    from duly.law.pack import find
    from duly.law.settings import settings_of

    told = {"directory": given.get("directory"), "mode": "demo" if given.get("demo") else None}
    settings = Settings.read(**{name: str(value) for name, value in told.items() if value})
    if not _keeps(settings):
        raise Denied(
            "This is for those who keep the installation",
            detail="Whoever calls may not read its keys.",
            where=str(settings.keys),
            hint="Call it as the user that Duly runs as, or name the right file in DULY_KEYS.",
        )
    pack = find(settings.pack)
    if not (pack / "policies").is_dir():
        return  # a pack of law only: without policies nothing can be opened, and the command says so
    policy, agency = Policy.load(pack / "policies"), str(settings_of(pack)["intake"]["organisation"])
    asked = [doing(_caller(agency, role), deed, agency) for role in ROLES]
    if not any(map(policy.permits, asked)):
        policy.require(asked[0])


def _keeps(settings: Settings) -> bool:
    """Whether the caller may read the keys, or there are none yet to be read."""
    place = Path(str(settings.keys).removeprefix(SOCKET))
    try:
        place.stat()
    except FileNotFoundError:
        return True
    except PermissionError:
        return settings.demo
    return settings.demo or os.access(place, os.R_OK, effective_ids=True)


def _caller(agency: str, role: str) -> Actor:
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return Actor(organisation=agency, system=SYSTEM, officer=name, role=role)
