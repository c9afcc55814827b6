"""Settings from the environment: what is refused, with which words, and what production insists on."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from holdfast.platform.config import BadConfiguration, load_config

KEY = base64.b64encode(bytes(32)).decode()
PRODUCTION = {"HOLDFAST_ENV": "production", "HOLDFAST_SECRET_KEY": "s" * 32, "HOLDFAST_MASTER_KEY": KEY}


def test_nothing_need_be_set_in_development(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config({})
    assert not config.is_production
    assert config.data_folder == tmp_path / ".holdfast"
    assert (config.host, config.port, config.base_domain) == ("127.0.0.1", 8000, "localhost")
    assert (config.web_workers, config.web_threads, config.rate_limits_on) == (1, 8, True)
    assert len(config.master_key) == 32
    assert not list(tmp_path.iterdir()), "reading the settings writes nothing"


def test_secrets_of_development_lie_in_the_data_folder(tmp_path: Path) -> None:
    stored = {
        "HOLDFAST_SECRET_KEY": "from the file",
        "HOLDFAST_MASTER_KEY": base64.b64encode(b"k" * 32).decode(),
    }
    (tmp_path / "secrets.json").write_text(json.dumps(stored))
    config = load_config({"HOLDFAST_DATA": str(tmp_path)})
    assert (config.secret_key, config.master_key) == ("from the file", b"k" * 32)
    config = load_config({"HOLDFAST_DATA": str(tmp_path), "HOLDFAST_SECRET_KEY": "from the environment"})
    assert config.secret_key == "from the environment"


def test_production_reads_no_secrets_from_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text(json.dumps(PRODUCTION))
    with pytest.raises(BadConfiguration, match="HOLDFAST_SECRET_KEY must be set"):
        load_config({"HOLDFAST_ENV": "production", "HOLDFAST_DATA": str(tmp_path)})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"HOLDFAST_SECRET_KEY": ""}, "HOLDFAST_SECRET_KEY must be set"),
        ({"HOLDFAST_SECRET_KEY": "short"}, "HOLDFAST_SECRET_KEY is too short"),
        ({"HOLDFAST_MASTER_KEY": ""}, "HOLDFAST_MASTER_KEY must be set"),
        ({"HOLDFAST_MASTER_KEY": "A" * 44}, "HOLDFAST_MASTER_KEY must be 32 random bytes"),
        ({"HOLDFAST_MASTER_KEY": "not base64, but it is long enough"}, "must be 32 random bytes"),
        ({"HOLDFAST_RATE_LIMITS": "off"}, "development only"),
    ],
)
def test_production_insists(changed: dict[str, str], message: str) -> None:
    assert load_config(PRODUCTION).is_production
    with pytest.raises(BadConfiguration, match=message):
        load_config({**PRODUCTION, **changed})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOLDFAST_ENV", "prod"),
        ("HOLDFAST_PORT", "eighty"),
        ("HOLDFAST_PORT", "-1"),
        ("HOLDFAST_WEB_THREADS", "1.5"),
        ("HOLDFAST_TRUSTED_PROXIES", "all"),
        ("HOLDFAST_MASTER_KEY", "short"),
    ],
)
def test_a_bad_value_is_named(name: str, value: str) -> None:
    with pytest.raises(BadConfiguration, match=name):
        load_config({name: value})


def test_a_broken_file_of_secrets_is_named(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(BadConfiguration, match=r"secrets\.json cannot be read"):
        load_config({"HOLDFAST_DATA": str(tmp_path)})


def test_rate_limits_can_be_off_in_development() -> None:
    assert load_config({"HOLDFAST_RATE_LIMITS": "off"}).rate_limits_on is False
    assert load_config({"HOLDFAST_RATE_LIMITS": "on"}).rate_limits_on is True
