"""What somebody reads: the attributes that programmes with their reviews read, and those of declared readers.

Data that nobody reads is not taken in. Readers that are no law (who tells people, who pays) are declared in
pack.toml as `[readers.<name>]` with the attributes that they read.
"""

from __future__ import annotations

from duly.law import Pack
from duly.law.plan import reads

__all__ = ["read_by_somebody"]


def read_by_somebody(pack: Pack) -> frozenset[str]:
    """Full names of all attributes that a programme, a review or a declared reader reads."""
    by_law = {path.attribute for programme in pack.programmes for path in reads(pack, programme)}
    declared = {name for reader in pack.settings.get("readers", {}).values() for name in reader["reads"]}
    return frozenset(by_law | declared)
