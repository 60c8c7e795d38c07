"""Errors say what was wrong, where, and what to do."""

from __future__ import annotations

import pytest

from duly.errors import (
    BadInput,
    Conflict,
    Denied,
    DulyError,
    NotFound,
    OurFault,
    TooLarge,
    TryAgain,
    near_miss,
)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (BadInput, 400),
        (Denied, 403),
        (NotFound, 404),
        (Conflict, 409),
        (TooLarge, 413),
        (OurFault, 500),
        (TryAgain, 503),
    ],
)
def test_the_kind_gives_the_status(kind: type[DulyError], status: int) -> None:
    assert kind("t", detail="d").status == status
    assert kind("t", detail="d", status=422).status == 422


def test_it_reads_as_a_sentence() -> None:
    error = BadInput("Not a date", detail="There is no 30 February.", where="born", hint="Write yyyy-mm-dd.")
    assert str(error) == "Not a date (born): There is no 30 February. Write yyyy-mm-dd."
    assert str(OurFault("Broken", detail="It broke.")) == "Broken: It broke."


def test_retry_and_give_up_are_different_types() -> None:
    assert not issubclass(TryAgain, OurFault)
    assert not issubclass(OurFault, TryAgain)


def test_the_near_miss_is_suggested() -> None:
    assert near_miss("famly", ["identity", "family"]) == "Did you mean 'family'?"
    assert near_miss("xyz", ["identity", "family"]) == ""
