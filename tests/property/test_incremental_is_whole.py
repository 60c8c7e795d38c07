"""After any events, corrections and cancellations: looking at everybody again changes nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from recomputed import lives, recompute, state, tell_all
from town import town


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(0, 14))
def test_recomputing_everybody_changes_nothing(seed: int, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = town(f"sqlite:///{folder}/duly.db", Path(folder), "2025-03-01")
        try:
            tell_all(place, lives(seed, count), seed)
            before = state(place)
            recompute(place)
            assert state(place) == before
        finally:
            place.app.close()
