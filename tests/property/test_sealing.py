"""Sealing, over any values: a box opens as what it was sealed as, and as nothing else."""

from __future__ import annotations

import os

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from duly.errors import OurFault
from duly.vault.sealing import Box, Plain, cipher, nonces, open_box, seal_plain

NUMBERS = st.integers(0, 2**63 - 1)
VERSIONS = st.integers(-(2**63), 2**63 - 1)
CATEGORIES = st.text(max_size=20)
PLAIN = st.builds(
    Plain,
    subject=st.just(0) | NUMBERS,
    category=CATEGORIES,
    version=VERSIONS,
    data=st.binary(max_size=200),
)
KEY = os.urandom(32)


def sealed(plain: Plain) -> Box:
    box = seal_plain(cipher(plain.subject, KEY), plain, nonces(1)[0])
    return Box(subject=plain.subject, category=plain.category, version=plain.version, sealed=box)


def opens(box: Box, key: bytes = KEY) -> bytes:
    return open_box(cipher(box.subject, key), box)


@given(PLAIN)
def test_it_opens_as_what_it_was_sealed_as(plain: Plain) -> None:
    assert opens(sealed(plain)) == plain.data


@given(PLAIN, NUMBERS, CATEGORIES, VERSIONS)
def test_it_opens_as_nothing_else(plain: Plain, subject: int, category: str, version: int) -> None:
    box = sealed(plain)
    other = structs.replace(box, subject=subject, category=category, version=version)
    assume(other != box)
    with pytest.raises(OurFault, match="does not open"):
        opens(other)


@given(PLAIN, NUMBERS, CATEGORIES, VERSIONS)
def test_one_difference_is_enough(plain: Plain, subject: int, category: str, version: int) -> None:
    box = sealed(plain)
    for other in (
        structs.replace(box, subject=subject),
        structs.replace(box, category=category),
        structs.replace(box, version=version),
    ):
        if other != box:
            with pytest.raises(OurFault):
                opens(other)


@given(PLAIN, st.data())
def test_one_bit_is_enough(plain: Plain, data: st.DataObject) -> None:
    box = sealed(plain)
    bit = data.draw(st.integers(0, len(box.sealed) * 8 - 1))
    altered = bytearray(box.sealed)
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(OurFault):
        opens(structs.replace(box, sealed=bytes(altered)))


@given(PLAIN, st.integers(0, 300))
def test_a_part_does_not_open(plain: Plain, length: int) -> None:
    box = sealed(plain)
    assume(length < len(box.sealed))
    with pytest.raises(OurFault):
        opens(structs.replace(box, sealed=box.sealed[:length]))


@given(PLAIN)
def test_another_key_does_not_open(plain: Plain) -> None:
    with pytest.raises(OurFault):
        opens(sealed(plain), os.urandom(32))


@given(st.integers(1, 200), st.sampled_from([0, 1]))
@settings(max_examples=20)
def test_no_two_boxes_of_the_same_are_alike(count: int, subject: int) -> None:
    plain = Plain(subject=subject, category="family", version=1, data=b"the same")
    key = cipher(subject, KEY)
    assert len({seal_plain(key, plain, nonce) for nonce in nonces(count)}) == count
