"""Between agencies a yes, a no or an amount travels, by declared exchange, and never the record.

An exchange, in [exchanges.NAME] of pack.toml, says which programme of an agency may be asked, what is told of
it, into which attribute that goes, to which agency, and the law that lets it. The asking law reads the
attribute as any fact; what it was worked out from it never sees.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

import msgspec

from duly.errors import BadInput

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["EXCHANGES", "YES_OR_NO", "Exchange", "exchanges", "hears"]

EXCHANGES: Final = "exchanges"
YES_OR_NO: Final = "yes or no"
"""What is told where it is not a field of the grant: whether there is one."""


class Exchange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`asks` is a programme, `tells` YES_OR_NO or a field of its grants, `answer` the attribute for it.

    `to` is the agency that is told, on the legal basis `law` of the programme's purpose; `title` says by
    language what people read of it.
    """

    asks: str
    tells: str
    answer: str
    to: str
    law: str
    title: dict[str, str]


@lru_cache(maxsize=16)
def exchanges(pack: Pack) -> Mapping[str, Exchange]:
    """The exchanges of a pack by name. BadInput where one says too much or too little."""
    told = cast(Mapping[str, object], pack.settings.get(EXCHANGES, {}))
    try:
        return msgspec.convert(told, dict[str, Exchange])
    except msgspec.ValidationError as error:
        raise BadInput(
            "An exchange is not complete",
            detail=str(error),
            where=f"{pack.name}/pack.toml",
            hint=f"[{EXCHANGES}.NAME] says {', '.join(Exchange.__struct_fields__)}.",
        ) from error


def hears(pack: Pack) -> dict[str, set[str]]:
    """By purpose: the purposes of other agencies that it is told answers of, and has to wait for."""
    found = {programme.purpose: set[str]() for programme in pack.programmes.values()}
    for one in exchanges(pack).values():
        for purpose in pack.vocabulary.attribute(one.answer).purposes & found.keys():
            found[purpose].add(pack.programme(one.asks).purpose)
    return found
