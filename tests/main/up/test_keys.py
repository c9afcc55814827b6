"""Where the secrets come from, and who may read them."""

import base64
import json
from pathlib import Path

import pytest

from holdfast.main.up.keys import load_keys
from holdfast.main.up.terminal import Stop


def test_development_makes_keys_once_and_keeps_them_private(tmp_path: Path) -> None:
    made = load_keys(tmp_path, {}, is_production=False)
    assert load_keys(tmp_path, {}, is_production=False) == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]
    assert len(base64.b64decode(made.master_key)) == 32
    assert len({made.secret_key, made.master_key, made.app_password, made.backup_password}) == 4


def test_the_environment_goes_first(tmp_path: Path) -> None:
    keys = load_keys(tmp_path, {"HOLDFAST_SECRET_KEY": "mine"}, is_production=False)
    assert keys.secret_key == "mine"
    assert json.loads((tmp_path / "secrets.json").read_text())["HOLDFAST_SECRET_KEY"] != "mine"


def test_production_wants_its_keys_from_the_environment(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="HOLDFAST_SECRET_KEY and HOLDFAST_MASTER_KEY must be set") as stop:
        load_keys(tmp_path, {}, is_production=True)
    assert "openssl rand -base64 32" in stop.value.remedy
    assert list(tmp_path.iterdir()) == []


def test_production_derives_the_same_passwords_on_every_machine(tmp_path: Path) -> None:
    environ = {"HOLDFAST_SECRET_KEY": "s", "HOLDFAST_MASTER_KEY": "m"}
    here = load_keys(tmp_path / "here", environ, is_production=True)
    there = load_keys(tmp_path / "there", environ, is_production=True)
    assert here == there
    assert here.app_password != here.backup_password
    other = load_keys(tmp_path, {**environ, "HOLDFAST_MASTER_KEY": "n"}, is_production=True)
    assert other.app_password != here.app_password


@pytest.mark.parametrize("content", ["", "{", "[]", '{"HOLDFAST_SECRET_KEY": "only"}'])
def test_a_damaged_file_of_keys_is_never_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)
    with pytest.raises(Stop, match="is damaged") as stop:
        load_keys(tmp_path, {}, is_production=False)
    assert "backup" in stop.value.remedy
    assert (tmp_path / "secrets.json").read_text() == content
