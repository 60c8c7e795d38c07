"""Who may send."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OKPKey
from typer.testing import CliRunner

from duly.cli import app
from duly.errors import BadInput, Denied
from duly.events import DEMO, Source, Sources, new_key, require_sources
from duly.law import Pack

URI = "https://folkeregisteret.example"


@pytest.fixture(scope="module")
def norway() -> Pack:
    return Pack.load("norway")


def listed(*keys: str) -> Sources:
    source = Source(uri=URI, register="folkeregisteret", keys=keys)
    return Sources(listed={URI: source}, open_registers=frozenset())


def test_intake_does_not_start_without_source_keys_outside_demo_mode(norway: Pack) -> None:
    for sources in (Sources.none(), Sources.open_to(norway), listed(), listed(new_key()[1])):
        require_sources(DEMO, sources)
        with pytest.raises(Denied, match="does not start without source keys"):
            require_sources("production", sources)


def test_a_key_is_known_by_its_digest_only() -> None:
    key, digest = new_key()
    sources = listed(new_key()[1], digest)
    found = sources.holding(key)
    assert found is not None
    assert found.uri == URI
    assert sources.holding(digest) is None
    assert sources.holding("") is None
    assert key not in repr(sources)


def test_a_source_is_what_the_file_says(tmp_path: Path, norway: Pack) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(listed(new_key()[1]).text())
    assert Sources.read(file, norway).named(URI, "nav") == Sources.read(file, norway).listed[URI]
    assert Sources.read(file, norway).named("https://other.example", "nav") is None
    assert Sources.open_to(norway).named("https://other.example", "nav") is not None
    assert Sources.open_to(norway).named("https://other.example", "odd") is None


WRONG = {
    "no file": None,
    "no TOML": "[[source",
    "a key in clear": f'[[source]]\nsource = "{URI}"\nregister = "nav"\nkeys = ["secret"]',
    "another register": f'[[source]]\nsource = "{URI}"\nregister = "navv"\nkeys = []',
    "a field too many": f'[[source]]\nsource = "{URI}"\nregister = "nav"\nkeys = []\nkey = "x"',
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_sources_file_is_named(tmp_path: Path, norway: Pack, case: str) -> None:
    file = tmp_path / "sources.toml"
    text = WRONG[case]
    if text is not None:
        file.write_text(text)
    with pytest.raises(BadInput) as caught:
        Sources.read(file, norway)
    assert str(file) in caught.value.where
    assert caught.value.hint


def test_a_sender_s_published_set_of_keys_is_taken_and_a_private_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DULY_DIRECTORY", str(tmp_path))
    keys = [OKPKey.generate_key("Ed25519", {"kid": "k1"}), ECKey.generate_key("P-256", {"kid": "k2"})]
    asked = ["sources", "add", URI, "folkeregisteret", "--dci", "crvs", "--public-key"]
    for private, wanted in ((True, 2), (False, 0)):
        file = tmp_path / "set.json"
        file.write_text(json.dumps({"keys": [key.as_dict(private=private) for key in keys]}))
        done = CliRunner().invoke(app, [*asked, str(file)])
        assert (done.exit_code != 0) == (wanted != 0)
    listed = Sources.read(tmp_path / "sources.toml", Pack.load("norway")).listed
    assert [key.id for key in listed[URI].signing] == ["k1", "k2"]
    assert listed[URI].dci == "crvs"
