"""The decisions of `holdfast up` before anything is started."""

from pathlib import Path

import pytest

from holdfast.main.up.command import child_environment, read_configuration, up
from holdfast.main.up.terminal import Stop
from holdfast.platform.embedded.postgres import EmbeddedPostgres
from tests.cluster import free_ports


def test_the_data_folder_and_its_keys_are_made_and_private(tmp_path: Path) -> None:
    config, keys = read_configuration({"HOLDFAST_DATA": str(tmp_path / "a" / "data")})
    assert config.data_folder == tmp_path / "a" / "data"
    assert config.secret_key == keys.secret_key
    for name in (".", "logs"):
        assert (config.data_folder / name).stat().st_mode & 0o077 == 0


def test_the_processes_never_see_the_operators_address(tmp_path: Path) -> None:
    environ = {
        "HOLDFAST_DATA": str(tmp_path),
        "DATABASE_URL": "postgresql://operator@db.test/shop",
        "PGPASSWORD": "theirs",
        "REDIS_URL": "redis://cache.test",
    }
    config, keys = read_configuration(environ)
    given = child_environment(environ, config, keys, "postgresql://holdfast_app@db.test/shop")
    assert given["HOLDFAST_APP_DATABASE_URL"] == "postgresql://holdfast_app@db.test/shop"
    assert given["HOLDFAST_MASTER_KEY"] == keys.master_key
    assert given["REDIS_URL"] == "redis://cache.test"
    assert given["PYTHONTZPATH"] == ""
    assert not {"DATABASE_URL", "PGPASSWORD"} & set(given)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"HOLDFAST_PORT": "eighty"}, "HOLDFAST_PORT"),
        ({"HOLDFAST_ENV": "staging"}, "HOLDFAST_ENV"),
        ({"HOLDFAST_MASTER_KEY": "short"}, "HOLDFAST_MASTER_KEY"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, variables: dict[str, str], message: str) -> None:
    with pytest.raises(Stop, match=message):
        read_configuration({"HOLDFAST_DATA": str(tmp_path), **variables})


def test_a_data_folder_that_cannot_be_made_is_named() -> None:
    with pytest.raises(Stop, match="/proc/holdfast cannot be made") as stop:
        read_configuration({"HOLDFAST_DATA": "/proc/holdfast"})
    assert "HOLDFAST_DATA" in stop.value.remedy


def test_production_refuses_several_web_processes_without_redis(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {
        "HOLDFAST_ENV": "production",
        "HOLDFAST_DATA": str(tmp_path),
        "HOLDFAST_SECRET_KEY": "x" * 48,
        "HOLDFAST_MASTER_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "HOLDFAST_WEB_WORKERS": "2",
    }
    assert up(environ) == 1
    said = capsys.readouterr().err
    assert "HOLDFAST_WEB_WORKERS=2 needs a Redis" in said
    assert "REDIS_URL" in said
    assert not (tmp_path / "postgres").exists()


def test_a_folder_in_use_is_refused_before_its_ports_are_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = EmbeddedPostgres(tmp_path / "postgres", log_file=tmp_path / "logs" / "postgres.log")
    first.start()
    try:
        assert up({"HOLDFAST_DATA": str(tmp_path), "HOLDFAST_PORT": str(free_ports(3))}) == 1
    finally:
        first.stop()
    assert "Another holdfast" in capsys.readouterr().err
