"""Law is changed in the open: kept whole, signed by two, run dry, announced, and effective from its day."""

from duly.reform.changes import Change, Kind, Standing, all_changes, by_hand, change_of, install, standing
from duly.reform.keys import LawKey
from duly.reform.signing import require_lawful
from duly.reform.versions import Versions, keep

__all__ = [
    "Change",
    "Kind",
    "LawKey",
    "Standing",
    "Versions",
    "all_changes",
    "by_hand",
    "change_of",
    "install",
    "keep",
    "require_lawful",
    "standing",
]
