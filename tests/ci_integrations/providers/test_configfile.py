"""`orchestrate.yaml`: what is read, and how a wrong file is refused."""

from pathlib import Path

import pytest

from ci_integrations.configfile import (
    LONGEST_OF_CONNECTION,
    LONGEST_OF_REPOSITORY,
    RepositorySpec,
    expand,
    parse_config,
    read_config,
)
from ci_integrations.errors import ConfigError
from ci_integrations.models import Connection, Repository

MINIMAL = b"""
ci:
  provider: custom
  config:
    trigger_url: https://ci.example.com/api/trigger
    status_url: https://ci.example.com/api/status/{run_id}
    auth:
      type: bearer
      token: ${CI_TOKEN}
"""


def test_the_documented_file_is_one_connection_with_one_repository(tmp_path: Path) -> None:
    path = tmp_path / "orchestrate.yaml"
    path.write_bytes(MINIMAL)
    (spec,) = read_config(path)
    assert (spec.name, spec.provider, spec.place) == ("custom", "custom", "orchestrate.yaml: ci")
    assert spec.repositories == (RepositorySpec("custom", "custom", "", "main"),)
    assert spec.config["auth"]["token"] == "${CI_TOKEN}"


def test_a_list_of_named_connections_keeps_its_order() -> None:
    raw = b"""
ci:
  - name: one
    provider: custom
    repositories:
      - name: team/app
        clone_url: https://git.example.com/app.git
        default_branch: trunk
        external_id: "17"
      - name: team/lib
  - {name: two, provider: custom, config: {}}
"""
    one, two = parse_config(raw, source="orchestrate.yaml")
    assert one.repositories == (
        RepositorySpec("17", "team/app", "https://git.example.com/app.git", "trunk"),
        RepositorySpec("team/lib", "team/lib", "", "main"),
    )
    assert (two.name, two.place) == ("two", "orchestrate.yaml: ci[1]")


@pytest.mark.parametrize(
    ("raw", "place", "said"),
    [
        (b"", "o.yaml", "expected a mapping with the key `ci`"),
        (b"{}", "o.yaml", "the key `ci` is missing"),
        (b"ci: {provider: x}\nfix: {}", "o.yaml: fix", "unknown key; known here: ci"),
        (b"ci: []", "o.yaml: ci", "at least one"),
        (b"ci: [{name: a}]", "o.yaml: ci[0].provider", "is missing; expected a text"),
        (b"ci: {provider: 5}", "o.yaml: ci.provider", "expected a text, found a number"),
        (b"ci: {provider: x, config: []}", "o.yaml: ci.config", "expected a mapping, found a list"),
        (b"ci: {provider: x, url: y}", "o.yaml: ci.url", "unknown key"),
        (b"ci: {provider: x, repositories: [{}]}", "o.yaml: ci.repositories[0].name", "is missing"),
        (b"ci: {provider: x, repositories: [{name: a}, {name: a}]}", "o.yaml: ci.repositories", "used twice"),
        (b"ci: [{provider: x}, {provider: x}]", "o.yaml: ci[1]", "the name 'x' is used twice"),
        (b"ci: {1: x}", "o.yaml: ci", "not a text; put it in quotes"),
        (b"ci: {provider: [", "o.yaml", "not valid YAML (line 1)"),
        (b"ci: !!python/object/apply:os.system [id]", "o.yaml", "not valid YAML (line 1)"),
        (b"ci: \xff\xfe\x00", "o.yaml", "not valid YAML"),
        (b"ci: " + b"[" * 5000, "o.yaml", "not valid YAML"),
        (b"# " + b"x" * 300_000, "o.yaml", "larger than 256 KiB"),
        ((b"a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
         b"d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\nci: [*d,*d,*d]"), "o.yaml", "use fewer aliases"),
        (b"ci: &a [*a]", "o.yaml", "use fewer aliases"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_place(raw: bytes, place: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_config(raw, source="o.yaml")
    assert caught.value.place == place
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{place}: ")


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("since: 2026-01-02", "config.since"),
        ("since: 2026-01-02T03:04:05Z", "config.since"),
        ("a: {b: [1, {c: !!binary aGVsbG8=}]}", "config.a.b[1].c"),
        ("a: !!set {x}", "config.a"),
        ("a: !!omap [{x: 1}]", "config.a[0]"),
        ("a: .nan", "config.a"),
        ("a: [-.inf]", "config.a[0]"),
        ("a: {2026-01-02: x}", "config.a"),
        ("a: {!!binary aGVsbG8=: x}", "config.a"),
    ],
)
def test_a_value_that_json_does_not_have_is_refused(value: str, place: str) -> None:
    with pytest.raises(ConfigError, match="put it in quotes") as caught:
        parse_config(f"ci: [{{provider: x, config: {{{value}}}}}]".encode(), source="o.yaml")
    assert caught.value.place == f"o.yaml: ci[0].{place}"


def test_keys_and_values_that_json_has_are_fine() -> None:
    (spec,) = parse_config(b"ci: {provider: x, config: {states: {-1: running, 0: success, null: a, true: b, 1.5: c}}}",
                           source="o.yaml")  # fmt: skip
    assert spec.config["states"] == {-1: "running", 0: "success", None: "a", True: "b", 1.5: "c"}


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ("name: NNN, provider: x", "name"),
        ("provider: NNN", "provider"),
        ("provider: x, repositories: [{name: NNN}]", "repositories[0].name"),
        ("provider: x, repositories: [{name: a, external_id: NNN}]", "repositories[0].external_id"),
        ("provider: x, repositories: [{name: a, clone_url: NNN}]", "repositories[0].clone_url"),
        ("provider: x, repositories: [{name: a, default_branch: NNN}]", "repositories[0].default_branch"),
    ],
)
@pytest.mark.parametrize("text", ["n" * 600, '"a\\0b"', '"a\\uD800"'])
def test_a_text_that_no_row_can_hold_is_refused(entry: str, place: str, text: str) -> None:
    with pytest.raises(ConfigError, match="expected a text of at most") as caught:
        parse_config(f"ci: {{{entry.replace('NNN', text)}}}".encode(), source="o.yaml")
    assert caught.value.place == f"o.yaml: ci.{place}"


def test_the_longest_texts_fit_their_rows() -> None:
    columns = {"connection": (Connection, LONGEST_OF_CONNECTION), "repository": (Repository, LONGEST_OF_REPOSITORY)}
    for model, longest in columns.values():
        for name, limit in longest.items():
            assert limit == model._meta.get_field(name).max_length  # type: ignore[union-attr]  # text columns


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: the file cannot be read: No such file"):
        read_config(tmp_path / "nowhere.yaml")


def test_a_connection_does_not_show_its_config() -> None:
    (spec,) = parse_config(b"ci: {provider: x, config: {token: canary-4711}}", source="o.yaml")
    assert "canary-4711" not in repr(spec)


def test_variables_are_resolved_anywhere_in_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_HOST", "ci.example.com")
    monkeypatch.setenv("CI_TOKEN", "canary-4711")
    seen: set[str] = set()
    value = {"url": "https://${CI_HOST}/x", "list": ["${CI_TOKEN}", 5, None], "${CI_HOST}": "$${CI_HOST} $5 ${"}
    assert expand(value, "p", seen=seen) == {
        "url": "https://ci.example.com/x",
        "list": ["canary-4711", 5, None],
        "${CI_HOST}": "${CI_HOST} $5 ${",
    }
    assert seen == {"ci.example.com", "canary-4711"}


def test_a_value_is_not_expanded_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTER", "${INNER}")
    assert expand("${OUTER}", "p") == "${INNER}"


def test_an_unset_variable_is_named_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI_TOKEN", raising=False)
    with pytest.raises(ConfigError) as caught:
        expand({"auth": {"keys": ["${CI_TOKEN}"]}}, "orchestrate.yaml: ci.config")
    assert str(caught.value) == (
        "orchestrate.yaml: ci.config.auth.keys[0]: the environment variable CI_TOKEN is not set"
    )


@pytest.mark.parametrize("text", ["${}", "${A B}", "${1A}", "${A:-x}"])
def test_a_strange_variable_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="name of a variable"):
        expand(text, "p")
