"""The `config:` of a custom connection: what it makes possible, and how a wrong one is refused."""

from typing import Any

import pytest

from ci_integrations.domain import Capability, JobRef, RetryRequest, RetryScope, RunRef
from ci_integrations.errors import ConfigError, NotSupported
from tests.ci_integrations.providers.connections import MINIMAL, REPO, connect
from tests.fakes.ci_server import FakeCI

SECRET = "canary-secret-4711"
STATUS = {"url": "https://ci.example.com/{run_id}"}


def refused(config: dict[str, Any], *repositories: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        connect(config, *repositories)
    return caught.value


def test_the_minimal_form_can_trigger_and_nothing_else() -> None:
    provider = connect({**MINIMAL, "auth": {"type": "bearer", "token": "x"}})
    assert provider.capabilities == Capability.TRIGGER | Capability.INPUTS
    run = RunRef(REPO, "1")
    with pytest.raises(NotSupported, match="`cancel`"):
        provider.cancel(run)
    with pytest.raises(NotSupported, match=r"`retry\.all`"):
        provider.retry(RetryRequest(run, RetryScope.ALL))
    with pytest.raises(NotSupported, match="`logs`"):
        provider.read_log(JobRef(run, "1"))
    with pytest.raises(NotSupported, match="`webhooks`"):
        provider.authenticate_webhook({}, b"{}")
    with pytest.raises(NotSupported, match="`runs`"):
        list(provider.list_runs(REPO))


def test_each_endpoint_brings_its_capability() -> None:
    with FakeCI() as server:
        full = connect(server.config()).capabilities
    absent = Capability.FORCE_CANCEL | Capability.STEPS | Capability.NATIVE_TESTS
    absent |= Capability.RETRY_DEBUG | Capability.LISTED_STATES | Capability.INSTALLATIONS | Capability.VARIABLES
    absent |= Capability.APPROVE | Capability.RESUMES | Capability.INSTALLS_WEBHOOKS
    assert full == ~absent
    with FakeCI(logs=False) as server:
        assert connect(server.config()).capabilities == full & ~Capability.LOGS & ~Capability.LIVE_LOG


@pytest.mark.parametrize(
    ("change", "place", "said"),
    [
        ({"status_url": None}, "status_url", "expected a text"),
        ({"nonsense": 1}, "nonsense", "unknown key; known here: auth, base_url, ca_file, endpoints"),
        ({"auth": {"type": "magic"}}, "auth.type", "expected one of bearer, basic, header, query, none"),
        ({"auth": {}}, "auth.type", "expected one of bearer"),
        ({"auth": {"type": "bearer"}}, "auth.token", "is missing"),
        ({"auth": {"type": "bearer", "token": ""}}, "auth.token", "found an empty one"),
        ({"auth": {"type": "bearer", "token": 5}}, "auth.token", "expected a text"),
        ({"auth": {"type": "bearer", "token": "x", "name": "y"}}, "auth.name", "unknown key; known here: token, type"),
        ({"auth": {"type": "basic", "username": "u"}}, "auth.password", "is missing"),
        ({"auth": {"type": "header", "name": "X Y", "value": "x"}}, "auth.name", "name of an HTTP header"),
        ({"webhooks": {"type": 1}}, "webhooks.type", "expected one of standard, hmac, token"),
        ({"auth": "token"}, "auth", "expected a mapping"),
        ({"trigger_url": "ftp://ci.example.com"}, "trigger_url", "expected an http or https URL"),
        ({"trigger_url": "https://u:p@ci.example.com"}, "trigger_url", "expected an http or https URL"),
        ({"trigger_url": "https://{workflow}.example.com"}, "trigger_url", "expected an http or https URL"),
        ({"trigger_url": "https://ci.example.com/{pipeline}"}, "trigger_url", "unknown placeholder {pipeline}; known"),
        ({"trigger_url": "https://ci.example.com/{inputs}"}, "trigger_url", "write {input_NAME}"),
        ({"trigger_url": "https://ci.example.com/{"}, "trigger_url", "write it twice"),
        ({"trigger_url": "/api/trigger"}, "base_url", "is missing; a URL that begins with / needs it"),
        ({"base_url": "ci.example.com"}, "base_url", "expected an http or https URL"),
        ({"endpoints": {"status": STATUS}}, "status_url", "found both"),
        ({"endpoints": {"trigger": {"url": "https://x/"}}}, "trigger_url", "found both"),
        ({"endpoints": {"jobs": {"url": "https://x/", "items": "a["}}}, "endpoints.jobs.items", "not a JMESPath"),
        ({"endpoints": {"jobs": {"fields": {"states": "a"}}}}, "endpoints.jobs.fields.states", "known here: all"),
        ({"endpoints": {"jobs": {"fields": {"id": 5}}}}, "endpoints.jobs.fields.id", "expected a JMESPath expression"),
        ({"endpoints": {"logs": {}}}, "endpoints.logs.url", "is missing"),
        ({"endpoints": {"logs": {"url": "https://x/{step_id}"}}}, "endpoints.logs.url", "known here: {attempt},"),
        ({"endpoints": {"logs": {"url": "https://x/", "for_each": "x"}}}, "endpoints.logs.for_each", "job or step"),
        ({"endpoints": {"logs": {"url": "https://x/", "for_each": "step"}}}, "endpoints.logs.for_each", "needs"),
        ({"endpoints": {"steps": {"url": "https://x/"}}}, "endpoints.steps", "expected `endpoints.jobs`"),
        ({"endpoints": {"cancel": {"url": "https://x/", "method": "patch"}}}, "endpoints.cancel.method", "PATCH"),
        ({"endpoints": {"cancel": {"url": "https://x/", "body": {"a": ["{who}"]}}}}, "endpoints.cancel.body", "{who}"),
        ({"endpoints": {"retry": {"all": {"url": "https://x/", "find": {"url": "https://x/", "run_id": "a"}}}}},
         "endpoints.retry.all", "need `run_id`"),
        ({"endpoints": {"artifacts": {"url": "https://x/", "download": "https://x/{file}"}}},
         "endpoints.artifacts.download", "{artifact_id}"),
        ({"states": {"finished": "done"}}, "states", "finished: expected one of created"),
        ({"states": ["a"]}, "states", "expected a mapping"),
        ({"webhooks": {"type": "token", "header": "X", "token": "", "run_id": "a"}}, "webhooks.token", "an empty one"),
        ({"webhooks": {"type": "token", "header": "X", "token": "t"}}, "webhooks.run_id", "is missing"),
        ({"webhooks": {"type": "standard", "secret": "whsec_!", "run_id": "a"}}, "webhooks.secret", "base64"),
        ({"timeout": 0}, "timeout", "greater than 0"),
        ({"ca_file": "/nowhere.pem"}, "ca_file", "there is none"),
        ({"trusted": ["10.0.0.1"]}, "trusted", "expected a list of http"),
    ],
)  # fmt: skip
def test_a_wrong_config_is_refused_with_place_and_expectation(change: dict[str, Any], place: str, said: str) -> None:
    error = refused({**MINIMAL, **change})
    assert error.place == f"orchestrate.yaml: ci.config.{place}"
    assert said in str(error)


def test_a_status_endpoint_is_needed() -> None:
    error = refused({"trigger_url": MINIMAL["trigger_url"]})
    assert "ci.config.status_url" in str(error)
    assert "found neither" in str(error)


def test_a_find_must_name_the_intent() -> None:
    find = {"url": "https://x/?limit=1", "run_id": "a"}
    error = refused({"endpoints": {"status": STATUS, "trigger": {"url": "https://x/", "find": find}}})
    assert error.place.endswith("endpoints.trigger.find")
    assert "{intent}" in str(error)


@pytest.mark.parametrize("scope", ["all", "failed", "job"])
def test_a_retry_that_keeps_its_id_needs_to_know_its_attempt(scope: str) -> None:
    retry = {"retry": {scope: {"url": "https://x/{run_id}/again"}}}
    for config in ({**MINIMAL, "endpoints": retry}, {"endpoints": {"status": STATUS, **retry}}):
        error = refused(config)
        assert error.place.endswith(f"endpoints.retry.{scope}")
        assert "`run_id`" in str(error)
        assert "`endpoints.status.fields.attempt`" in str(error)
    told = {**STATUS, "fields": {"attempt": "try"}}
    assert connect({"endpoints": {"status": told, **retry}}).capabilities != Capability.NONE
    asked = {"url": "https://ci.example.com/{run_id}/{attempt}"}
    assert connect({"endpoints": {"status": asked, **retry}}).capabilities != Capability.NONE


def test_several_repositories_need_a_path_in_webhooks() -> None:
    hooks = {"type": "token", "header": "X", "token": "t", "run_id": "id"}
    error = refused({**MINIMAL, "webhooks": hooks}, "one", "two")
    assert error.place.endswith("webhooks.repository")


def test_several_mistakes_are_counted() -> None:
    assert "(and 1 more)" in str(refused({**MINIMAL, "a": 1, "b": 2}))


def test_an_unset_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI_TOKEN", raising=False)
    error = refused({**MINIMAL, "auth": {"type": "bearer", "token": "${CI_TOKEN}"}})
    assert str(error) == "orchestrate.yaml: ci.config.auth.token: the environment variable CI_TOKEN is not set"


@pytest.mark.parametrize(
    "wrong",
    [
        {"auth": {"type": "bearer", "token": "${CI_TOKEN}", "x": "${CI_TOKEN}"}},
        {"auth": {"type": "${CI_TOKEN}"}},
        {"auth": {"type": "header", "name": "${CI_TOKEN} x", "value": "${CI_TOKEN}"}},
        {"states": {"a": "${CI_TOKEN}"}},
        {"trigger_url": "https://x/{${CI_TOKEN}}"},
        {"endpoints": {"jobs": {"url": "https://x/", "items": "[${CI_TOKEN}"}}},
        {"base_url": "ftp://${CI_TOKEN}"},
    ],
)
def test_no_refusal_shows_a_secret(wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_TOKEN", SECRET)
    assert SECRET not in str(refused({**MINIMAL, **wrong}))


def test_no_part_of_a_connection_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_TOKEN", SECRET)
    with FakeCI() as server:
        provider = connect(server.config(token="${CI_TOKEN}", webhook_token="${CI_TOKEN}"))
    for name, part in vars(provider).items():
        assert SECRET not in f"{name} {part!r} {part}"
