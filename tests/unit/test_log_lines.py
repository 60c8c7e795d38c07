"""Lines of the log: whole on one line, the instant in UTC, in either form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import structlog

from duly.cli.lines import Form, log_lines

INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"


@pytest.fixture(autouse=True)
def undone() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def line(form: Form, capsys: pytest.CaptureFixture[str]) -> str:
    log_lines(form)
    structlog.get_logger("duly.web").warning("turned away", title="a\nb", status=403)
    written = capsys.readouterr().out
    assert written.count("\n") == 1
    return written


def test_json_is_read_by_machines(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(line("json", capsys))
    assert re.fullmatch(INSTANT, told.pop("timestamp"))
    assert told == {"event": "turned away", "level": "warning", "status": 403, "title": "a\nb"}


def test_text_has_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    told = line("text", capsys)
    assert re.match(rf"timestamp='{INSTANT}' level='warning' event='turned away' ", told)
    assert r"title='a\nb' status=403" in told
