"""Settings: the file, the environment above it, the command line above both."""

from pathlib import Path

import pytest

from ambit.graph.errors import Invalid
from ambit.server.settings import read


def test_the_command_line_stands_above_the_environment_and_that_above_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ambit.toml").write_text("port = 1001\n[limits]\nviews = 3\nquery_seconds = 2.5\n")
    assert read(tmp_path).port == 1001
    monkeypatch.setenv("AMBIT_PORT", "1002")
    monkeypatch.setenv("AMBIT_LIMITS__VIEWS", "4")
    assert read(tmp_path).port == 1002
    assert read(tmp_path).limits.views == 4
    assert read(tmp_path).limits.query_seconds == 2.5
    assert read(tmp_path, port=1003, host=None).port == 1003


def test_the_data_folder_lies_in_the_workspace_unless_set(tmp_path: Path) -> None:
    assert read(tmp_path).data == (tmp_path / ".ambit").resolve()
    (tmp_path / "ambit.toml").write_text('data = "elsewhere"')
    assert read(tmp_path).data == (tmp_path / "elsewhere").resolve()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = 99999", "port"),
        ("colour = 1", "unknown setting `colour`$"),
        ("[limits]\nquery_second = 3", "unknown setting `limits.query_second`$"),
        ("[limits]\nviews = 0", "limits.views"),
        ("port =", "not TOML"),
        ('durability = "never"', "durability"),
        ('durability = "durable"\ndurable = false', "contradicts"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "ambit.toml").write_text(text)
    with pytest.raises(Invalid, match=said) as refused:
        read(tmp_path)
    assert refused.value.code == "settings-invalid"
    assert str(tmp_path) in refused.value.hint and "docs/server.md" in refused.value.hint


@pytest.mark.parametrize("name", ["AMBIT_PROT", "ambit_prot", "AMBIT_LIMIT__VIEWS", "AMBIT_LIMITS__VIEW"])
def test_a_variable_that_would_set_nothing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "3")
    with pytest.raises(Invalid, match="unknown setting") as refused:
        read(tmp_path)
    assert refused.value.code == "settings-invalid" and "AMBIT_*" in refused.value.hint
    monkeypatch.delenv(name)
    monkeypatch.setenv("AMBIT_TOKEN", "a command's")
    for cluster in ("SERVICE_HOST", "SITES_SERVICE_PORT", "PORT_7575_TCP_ADDR", "VERSION"):
        monkeypatch.setenv(f"AMBIT_{cluster}", "a cluster's")
    monkeypatch.setenv("AMBIT_LOCATIONS__LAKE", "a part of a setting")
    assert read(tmp_path).port == 7575


def test_a_missing_workspace_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        read(tmp_path / "none")
    assert "ambit init" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "durable"),
    [("", False), ('durability = "durable"', True), ("durable = true", True), ("durable = false", False)],
)
def test_the_earlier_name_of_durability_still_counts(tmp_path: Path, text: str, durable: bool) -> None:
    (tmp_path / "ambit.toml").write_text(text)
    assert read(tmp_path).is_durable is durable
