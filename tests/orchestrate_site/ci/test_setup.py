"""connect and providers: what is connected is shown, secrets never are."""

from pathlib import Path

import pytest

from ci_integrations.models import Connection
from tests.orchestrate_site.ci.harness import ci

pytestmark = pytest.mark.django_db
SECRET = "s3cr3t-value-0815"
FILE = """
ci:
  provider: custom
  config:
    trigger_url: https://ci.example.com/api/trigger
    status_url: https://ci.example.com/api/status/{run_id}
    auth:
      type: bearer
      token: ${CI_TEST_TOKEN}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The documented file, with its variable set."""
    monkeypatch.setenv("CI_TEST_TOKEN", SECRET)
    path = tmp_path / "orchestrate.yaml"
    path.write_text(FILE)
    return path


def test_connect_stores_what_the_file_describes(file: Path) -> None:
    result = ci("connect", "-f", file)

    connection = Connection.objects.get()
    assert result.code == 0
    assert result.out.splitlines()[0] == f"{connection}" == "custom:custom"
    assert connection.config["auth"]["token"] == "${CI_TEST_TOKEN}"


def test_connecting_again_changes_the_same_connection(file: Path) -> None:
    ci("connect", "-f", file)
    file.write_text(FILE.replace("ci.example.com", "other.example.com"))
    ci("connect", "-f", file)

    assert Connection.objects.get().config["trigger_url"] == "https://other.example.com/api/trigger"


@pytest.mark.parametrize("text", ["ci: 5", "nothing: here", "ci: {provider: nobody}", "ci: [", FILE + "    more: 1\n"])
def test_a_wrong_file_is_refused_and_nothing_is_stored(file: Path, text: str) -> None:
    file.write_text(text)
    result = ci("connect", "-f", file, "--json")

    assert (result.code, result.error["code"]) == (7, "config")
    assert not Connection.objects.exists()


def test_a_file_with_one_wrong_connection_stores_none(file: Path) -> None:
    good = "{name: good, provider: custom, config: {trigger_url: 'https://a.example/t', status_url: 'https://a.example/{run_id}'}}"
    file.write_text(f"ci:\n- {good}\n- {{name: bad, provider: nobody}}\n")

    assert ci("connect", "-f", file).code == 7
    assert not Connection.objects.exists()


def test_an_unset_variable_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI_TEST_TOKEN")
    result = ci("connect", "-f", file)

    assert result.code == 7
    assert "CI_TEST_TOKEN" in result.err


def test_a_missing_file_is_a_bad_configuration(tmp_path: Path) -> None:
    assert ci("connect", "-f", tmp_path / "none.yaml").code == 7


def test_providers_shows_the_connections_without_secrets(file: Path) -> None:
    ci("connect", "-f", file)
    connection = Connection.objects.get()
    shown, as_json = ci("providers"), ci("providers", "--json")

    assert "installed: circleci, custom, github, gitlab" in shown.out
    assert "trigger" in shown.out
    assert SECRET not in shown.out + shown.err + as_json.out + as_json.err
    assert set(as_json.json) == {"providers", "connections", "webhooks", "access"}
    assert as_json.json["webhooks"] == {
        f"{connection.pk}": f"http://127.0.0.1:8000/webhooks/custom/{connection.key}",
    }
    assert set(as_json.json["connections"][0]) == {
        "id", "provider", "name", "is_active", "capabilities", "trouble", "repositories",
    }  # fmt: skip


def test_a_connection_that_no_longer_works_says_why(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ci("connect", "-f", file)
    monkeypatch.delenv("CI_TEST_TOKEN")
    result = ci("providers")

    assert result.code == 0
    assert "trouble: " in result.out
    assert "CI_TEST_TOKEN" in result.out


def test_without_connections_the_next_step_is_said(db: None) -> None:
    assert "orchestrate ci connect -f FILE" in ci("providers").err
    assert ci("trigger", "--workflow", "ci").code == 5
