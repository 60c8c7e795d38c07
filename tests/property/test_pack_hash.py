"""The same files give the same hash, wherever and however they lie; any other file gives another."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from random import Random

import law_packs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duly.access import Policy
from duly.errors import BadInput
from duly.law import Pack
from duly.law.bundle import content_hash, files_of
from duly.law.pack import find

SEEDS = st.integers(0, 2**32)
PACKS = sorted(path.parent.name for path in find("norway").parent.glob("*/pack.toml"))
LEFT = (
    "__pycache__/law.cpython-311.pyc",
    "cases/__pycache__/x",
    "old.pyc",
    ".DS_Store",
    ".law.py.swp",
    ".git/config",
    "law.py~",
    "#law.py#",
    "policies/.#x.cedar",
)
"""What Python, editors and systems leave behind."""
PROGRAM = "import sys; from duly.law import Pack; print(Pack.load(sys.argv[1]).hash)"


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = law_packs.write(tmp_path_factory.mktemp("packs") / "small", law_packs.rule("return True"))
    (directory / "cases").mkdir()
    (directory / "cases" / "ø.json").write_bytes(b"{}\r\n\x00")
    (directory / "cases" / "empty").write_bytes(b"")
    return directory


def _changed(directory: Path, random: Random) -> str:
    """One change of one file; what it was."""
    file = directory / random.choice(list(files_of(directory)))
    content = file.read_bytes()
    way = random.choice(["byte", "cut", "more", "rename", "move", "remove", "add", "swap"])
    if way == "byte" and content:
        at = random.randrange(len(content))
        file.write_bytes(content[:at] + bytes([content[at] ^ (1 << random.randrange(8))]) + content[at + 1 :])
    elif way == "cut" and content:
        file.write_bytes(content[:-1])
    elif way == "rename":
        file.rename(file.with_name(f"{file.name}2"))
    elif way == "move":
        (directory / "deeper").mkdir()
        file.rename(directory / "deeper" / file.name)
    elif way == "remove":
        file.unlink()
    elif way == "add":
        (directory / "added").write_bytes(b"")
    elif way == "swap" and content:
        """The end of one file becomes the beginning of the next."""
        names = list(files_of(directory))
        following = directory / names[(names.index(file.relative_to(directory).as_posix()) + 1) % len(names)]
        file.write_bytes(content[:-1])
        following.write_bytes(content[-1:] + following.read_bytes())
    else:
        file.write_bytes(content + b"\n")
    return way


@settings(max_examples=150, deadline=None)
@given(seed=SEEDS)
def test_any_change_gives_another_hash(pack: Path, seed: int) -> None:
    copy = shutil.copytree(pack, pack.parent / f"copy{seed}")
    assert content_hash(copy) == content_hash(pack)
    way = _changed(copy, Random(seed))
    assert content_hash(copy) != content_hash(pack), way
    shutil.rmtree(copy)


def test_what_is_left_behind_is_no_part_of_it(pack: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(pack, tmp_path / "copy")
    for name in LEFT:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes(b"anything")
    os.utime(copy / "law.py", (0, 0))
    (copy / "law.py").chmod(0o400)
    assert content_hash(copy) == content_hash(pack)
    assert Pack.load(copy).hash == content_hash(pack)


def test_a_policy_that_is_no_part_of_the_pack_permits_nothing(tmp_path: Path) -> None:
    shutil.copy(find("norway") / "policies" / "categories.cedarschema", tmp_path)
    (tmp_path / ".#x.cedar").write_text("permit (principal, action, resource);")
    with pytest.raises(BadInput, match="No policies"):
        Policy.load(tmp_path)


@pytest.mark.parametrize(
    ("environment", "mask"),
    [({"LC_ALL": "C", "PYTHONHASHSEED": "1"}, 0o077), ({"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"}, 0o002)],
)
def test_another_process_gives_the_same(
    pack: Path, tmp_path: Path, environment: dict[str, str], mask: int
) -> None:
    """In another place, with another locale, other hashes of Python and another mask for new files."""
    before = os.umask(mask)
    try:
        copy = shutil.copytree(pack, tmp_path / "elsewhere", copy_function=shutil.copy)
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(copy)],
            env={**os.environ, **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
    finally:
        os.umask(before)
    assert done.stdout.strip() == content_hash(pack)


@pytest.mark.parametrize("name", PACKS)
def test_packs_that_come_with_duly_are_loaded_twice_as_one(name: str, tmp_path: Path) -> None:
    first = Pack.load(name)
    assert Pack.load(name) is first
    copy = shutil.copytree(first.directory, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    assert content_hash(copy) == first.hash
