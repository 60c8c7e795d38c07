"""An actor is a system of an organisation, or an officer who works through one.

People who look at their own data act for no agency: their organisation is `SELF`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SELF: Final = "self"
"""The organisation of people who see to their own affairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: the agency (or `SELF`), the system, the officer ("" when a system acts by itself), the role.

    A role is what an officer is for the agency, which declares it in pack.toml. Systems have none, and an
    officer without one may do nothing.
    """

    organisation: str
    system: str
    officer: str
    role: str = ""
