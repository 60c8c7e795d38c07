"""The key file: drawn once, private, and of use to nobody who reads it wrongly."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from duly.errors import BadInput, Conflict, Denied, NotFound, OurFault
from duly.vault import FileKeys, RemoteKeys, serving


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_it_is_private_whatever_the_umask(path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        FileKeys.create(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_is_never_overwritten(path: Path) -> None:
    FileKeys.create(path)
    content = path.read_bytes()
    with pytest.raises(Conflict, match="already there"):
        FileKeys.create(path)
    assert path.read_bytes() == content


def test_it_is_not_written_through_a_link(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere"))
    with pytest.raises(Conflict):
        FileKeys.create(path)
    assert not path.with_name("elsewhere").exists()


def test_what_was_drawn_is_what_is_read(path: Path) -> None:
    drawn, read = FileKeys.create(path), FileKeys.read(path)
    data_keys = [(7, b"k" * 32), (8, b"l" * 32)]
    assert read.unwrap([(7, drawn.wrap(data_keys)[0])]) == [b"k" * 32]
    assert read.hash(1, [b"a", b"b"]) == drawn.hash(1, [b"a", b"b"])
    assert read.hash(1, [b"a"]) != read.hash(1, [b"b"])
    assert read.hash_versions() == (1,)
    assert read.signing_seed() == drawn.signing_seed()
    assert len(read.signing_seed()) == 32


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_it_is_refused_when_others_can_reach_it(path: Path, mode: int) -> None:
    FileKeys.create(path)
    path.chmod(mode)
    with pytest.raises(BadInput, match="chmod 600"):
        FileKeys.read(path)


def test_a_missing_file_is_bad_input(path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        FileKeys.read(path)


@pytest.mark.parametrize(
    "change",
    [{"wrapping": {}}, {"hashing": {}}, {"signing": "YQ=="}, {"more": 1}, {"wrapping": {"1": "YQ=="}}],
)
def test_a_file_that_is_no_key_file_is_refused_without_telling_it(
    path: Path, change: dict[str, object]
) -> None:
    FileKeys.create(path)
    content = json.loads(path.read_bytes())
    path.write_text(json.dumps({**content, **change}))
    with pytest.raises(BadInput, match="Not a key file") as refused:
        FileKeys.read(path)
    assert content["signing"] not in str(refused.value)


def test_a_wrapped_key_is_the_subjects_own(path: Path) -> None:
    keys = FileKeys.create(path)
    (wrapped,) = keys.wrap([(7, b"k" * 32)])
    for subject, key in [(8, wrapped), (7, wrapped[:-1]), (7, b""), (7, b"\0\0\0\x09" + wrapped[4:])]:
        with pytest.raises(OurFault, match="does not unwrap"):
            keys.unwrap([(subject, key)])


def test_other_keys_do_not_unwrap(path: Path) -> None:
    (wrapped,) = FileKeys.create(path).wrap([(7, b"k" * 32)])
    other = FileKeys.create(path.with_name("other.json"))
    with pytest.raises(OurFault, match="key file"):
        other.unwrap([(7, wrapped)])


def test_a_key_service_makes_a_department_s_identifiers_as_the_file_does(path: Path) -> None:
    file = FileKeys.create(path)
    socket, keeper = path.with_name("s"), path.with_name("k")
    with serving(file, socket, keeper):
        keys, kept = RemoteKeys(socket), RemoteKeys(keeper)
        assert keys.department_versions("ssb") == ()
        assert (kept.begin_department("ssb"), kept.begin_department("ssb")) == (1, 2)
        assert keys.department_versions("ssb") == file.department_versions("ssb") == (2, 1)
        made = keys.department("ssb", 1, [b"a", b"b"])
        assert made == file.department("ssb", 1, [b"a", b"b"])
        assert len({*made, *keys.department("ssb", 2, [b"a", b"b"])}) == 4
        for change in (lambda: keys.begin_department("ssb"), lambda: keys.destroy_department("ssb", 1)):
            with pytest.raises(Denied, match="Only a keeper"):
                change()
        with pytest.raises(Conflict, match="newest"):
            kept.destroy_department("ssb", 2)
        kept.destroy_department("ssb", 1)
        kept.destroy_department("lib", 1)
        with pytest.raises(NotFound, match="destroyed"):
            keys.department("ssb", 1, [b"a"])
    assert FileKeys.read(path).department_versions("ssb") == (2,)


def test_a_file_from_before_departments_had_keys_is_read(path: Path) -> None:
    FileKeys.create(path)
    assert "departments" not in json.loads(path.read_bytes())
