"""One place reads the environment, and a wrong setting is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from duly.app import Settings, build
from duly.errors import BadInput, Denied
from duly.vault import FileKeys


def test_what_is_not_named_lies_in_the_directory() -> None:
    settings = Settings.read({"DULY_DIRECTORY": "/srv/duly"})
    assert settings.database == "sqlite:////srv/duly/duly.db"
    assert settings.keys == Path("/srv/duly/keys.json")
    assert settings.mode == "production"
    assert not settings.demo


def test_options_go_before_variables_and_others_are_nobodys() -> None:
    settings = Settings.read({"DULY_PORT": "9000", "DULY_HOST": "::1", "PATH": "/bin"}, port="9001")
    assert (settings.port, settings.host) == (9001, "::1")


def test_law_is_evaluated_on_as_many_processors_as_are_given(tmp_path: Path) -> None:
    given = {"directory": str(tmp_path), "mode": "demo"}
    for told, processors in (({"processors": "1"}, 1), ({"processors": "3"}, 3), ({}, None)):
        app = build(Settings.of({**given, **told}))
        assert app.evaluator.law.processors == app.law_of(app.pack.hash).processors == processors
        app.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DULY_PORT", "many"),
        ("DULY_MODE", "test"),
        ("DULY_PROCESSORS", "0"),
        ("DULY_PROCESSORS", "-1"),
        ("DULY_PROCESSORS", "all"),
    ],
)
def test_a_wrong_setting_is_bad_input(name: str, value: str) -> None:
    with pytest.raises(BadInput, match="A setting is wrong"):
        Settings.read({name: value})


def test_production_does_not_start_without_keys(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="key file"):
        build(Settings.of({"directory": str(tmp_path)}))


def test_production_does_not_start_with_an_intake_that_anybody_could_use(tmp_path: Path) -> None:
    FileKeys.create(tmp_path / "keys.json")
    with pytest.raises(Denied, match="source keys"):
        build(Settings.of({"directory": str(tmp_path)}))


def test_the_demo_makes_its_keys_and_its_clock_goes_on_where_it_stood(tmp_path: Path) -> None:
    settings = Settings.of({"directory": str(tmp_path), "mode": "demo", "begins": "2024-02-01"})
    app = build(settings)
    first = app.clock.today()
    app.worker.step()
    app.close()
    later = build(Settings.of({"directory": str(tmp_path), "mode": "demo", "begins": "2023-01-01"}))
    assert later.clock.today() == first
    later.close()
