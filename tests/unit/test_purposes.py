"""What `duly check` says of purposes, legal bases and roles: declared, used, and with a real term."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from duly.access import purposes
from duly.errors import BadInput
from duly.law import Pack
from duly.law.pack import find
from duly.law.settings import settings_of

PACKS = ("norway", "estonia", "portugal", "france")


@pytest.fixture
def norway(tmp_path: Path) -> Path:
    return Path(shutil.copytree(find("norway"), tmp_path / "norway"))


@pytest.mark.parametrize("name", PACKS)
def test_the_packs_are_right(name: str) -> None:
    assert list(purposes.findings(Pack.load(name))) == []


@pytest.mark.parametrize(
    ("file", "said", "wrong", "finding"),
    [
        ("purposes.toml", "dpv:PaymentManagement", "dpv:Paying", "pay has the term 'dpv:Paying'"),
        ("purposes.toml", '{ term = "eu-gdpr:A6-1-c" }', "{}", "has the term None, which is none"),
        ("purposes.toml", '"Barnetrygdloven § 12" =', '"Skatteloven § 1" =', "which is not declared"),
        (
            "purposes.toml",
            '"Barnetrygdloven § 12" =',
            '"Skatteloven § 1" =',
            "No purpose stands on 'Skattelov",
        ),
        ("purposes.toml", "[purposes.pay]", "[purposes.paying]", "Payment has the purpose pay, which"),
        ("purposes.toml", "[purposes.pay]", "[purposes.paying]", "Nothing is for the purpose paying"),
        (
            "purposes.toml",
            "[purposes.insight]",
            "[purposes.sight]",
            "purposes.toml does not have the purpose insight",
        ),
        ("purposes.toml", ', nb = "Å betale"', "", "pay has no title in nb"),
        ("pack.toml", '§§ 10-1, 10-2"', '§ 10"', "Intake stands on 'Folkeregisterloven § 10'"),
        ("pack.toml", '"keeper", "lawyer"', '"keeper", "clerk", "lawyer"', "to the role clerk"),
        (
            "vocabulary.py",
            "purposes={ACCESS}, absent",
            "purposes={INFORM}, absent",
            "Person.adoption_sealed marks who is sealed, and is not for the purpose access",
        ),
        ("policies/norway.cedar", 'Role::"lawyer"', 'Role::"layer"', "No agency has the role layer"),
    ],
)
def test_what_is_wrong_is_found(norway: Path, file: str, said: str, wrong: str, finding: str) -> None:
    text = (norway / file).read_text()
    assert said in text
    (norway / file).write_text(text.replace(said, wrong))
    found = list(purposes.findings(Pack.load(norway)))
    assert any(finding in one.what for one in found), found
    assert all(one.write_instead and one.line for one in found)


def test_purposes_are_said_in_one_place(norway: Path) -> None:
    with (norway / "pack.toml").open("a") as file:
        file.write("\n[purposes.more]\n")
    with pytest.raises(BadInput, match=r"pack\.toml says purposes too"):
        settings_of(norway)


@pytest.mark.parametrize("text", ["pay = 1", "[purpose.pay]", "[purposes]\npay = 1", "purposes = ["])
def test_a_file_of_purposes_that_says_something_else_is_refused(norway: Path, text: str) -> None:
    (norway / "purposes.toml").write_text(text)
    with pytest.raises(BadInput, match=r"purposes\.toml"):
        settings_of(norway)
