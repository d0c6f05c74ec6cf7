"""The worked example of docs/providers.md, with answers and webhooks that a real Buildbot 4.3 gave."""

import json
import os
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from ci_integrations.configfile import ConnectionSpec, parse_config, read_config
from ci_integrations.domain import Capability, RunRef, State
from ci_integrations.errors import BadWebhook, NotFound
from ci_integrations.providers.custom import CustomProvider
from ci_integrations.providers.custom.settings import Settings
from tests.ci_integrations.providers.connections import REPO, connect

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "providers.md").read_text()
DEMO = ROOT / "orchestrate_site" / "demo" / "orchestrate.yaml"
TOKEN = "s3cret"
RECORDED = {
    "/api/v2/buildrequests/1": "api_buildrequests_buildsetid_1.json",
    "/api/v2/builds": "api_builds_1_property__.json",
    "/api/v2/buildsets/1": "api_buildsets_1.json",
    "/api/v2/builders/1": "api_builders.json",
    "/api/v2/builds/1/steps": "api_builds_2_steps.json",
    "/api/v2/buildrequests": "api_buildrequests_buildsetid_1.json",
}


def examples() -> list[ConnectionSpec]:
    """Every whole configuration in the document."""
    blocks = re.findall(r"```yaml\n(ci:.*?)```", DOCUMENT, flags=re.DOTALL)
    return [spec for block in blocks for spec in parse_config(block.encode(), source="orchestrate.yaml")]


@pytest.fixture
def recorded() -> Path:
    corpus = os.environ.get("CORPUS")
    if not corpus:
        pytest.skip("CORPUS is not set: no recorded answers")
    return Path(corpus) / "recorded" / "buildbot"


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, recorded: Path) -> Iterator[CustomProvider]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            name = RECORDED.get(self.path.partition("?")[0])
            self.send_response(200 if name else 404)
            self.end_headers()
            self.wfile.write((recorded / name).read_bytes() if name else b"")

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        monkeypatch.setenv("BUILDBOT_URL", f"http://127.0.0.1:{server.server_address[1]}")
        monkeypatch.setenv("BUILDBOT_WEBHOOK_TOKEN", TOKEN)
        yield connect(dict(examples()[1].config))
        server.shutdown()
        thread.join(5)


def test_every_documented_configuration_is_a_good_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI_TOKEN", "BUILDBOT_WEBHOOK_TOKEN"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("BUILDBOT_URL", "http://127.0.0.1:8010")
    minimal, buildbot = [connect(dict(spec.config)) for spec in examples()]
    assert minimal.capabilities == Capability.TRIGGER | Capability.INPUTS
    assert Capability.RETRY_FAILED | Capability.LIVE_LOG | Capability.ARTIFACTS in buildbot.capabilities


def test_the_demo_uses_the_documented_configuration() -> None:
    assert [read_config(DEMO)[0].config] == [spec.config for spec in examples()[1:]]


def keys_of(part: Any) -> set[str]:
    """Every key that a part of the schema knows, and those below it."""
    keys: set[str] = set()
    if isinstance(part, type) and issubclass(part, BaseModel):
        for name, field in part.model_fields.items():
            keys |= {field.alias or name} | keys_of(field.annotation)
    for argument in get_args(part):
        keys |= keys_of(argument)
    return keys


def test_every_key_is_documented() -> None:
    assert [key for key in sorted(keys_of(Settings)) if not re.search(rf"[`.*]{key}[`*]", DOCUMENT)] == []


def test_a_recorded_build_request_is_a_run(provider: CustomProvider) -> None:
    run = provider.get_run(RunRef(REPO, "1"))
    assert (run.state, run.raw_state, run.workflow, run.branch) == (State.SUCCESS, "0", "unit", "main")
    assert run.commit_sha == "57cc90a8c9c4c0a226fe066f3ea42dc525f9355a"
    assert run.created_at is not None
    assert run.finished_at is not None
    assert run.created_at <= run.finished_at
    (job,) = run.jobs or ()
    assert (job.ref.external_id, job.name, job.state) == ("1", "unit", State.SUCCESS)
    assert job.url.endswith("/#/builders/1/builds/1")
    assert [(step.number, step.external_id, step.name, step.state) for step in job.steps] == [
        (0, "4", "worker_preparation", State.SUCCESS),
        (1, "5", "checkout", State.SUCCESS),
        (2, "6", "pytest", State.FAILURE),
    ]


def test_recorded_build_requests_are_listed(provider: CustomProvider) -> None:
    assert [(run.ref.external_id, run.state) for run in provider.list_runs(REPO)] == [("1", State.SUCCESS)]


def test_an_unknown_build_request_is_not_found(provider: CustomProvider) -> None:
    with pytest.raises(NotFound):
        provider.get_run(RunRef(REPO, "99"))


def test_recorded_webhooks_ring_for_their_run_and_empty_ones_are_refused(
    provider: CustomProvider, recorded: Path
) -> None:
    heard = []
    for path in sorted(recorded.glob("00?.json")):
        record = json.loads(path.read_text())
        headers = {"x-orchestrate-token": record["headers"]["X-Custom-Token"]}
        if record["body"] == "":
            with pytest.raises(BadWebhook, match="empty"):
                provider.authenticate_webhook(headers, b"")
            continue
        delivery = provider.authenticate_webhook(headers, json.dumps(record["body"]).encode())
        (named,) = provider.read_webhook(delivery).runs
        assert isinstance(named, RunRef)
        heard.append((delivery.delivery_id, delivery.event, named.external_id))
    assert heard == [
        ("1-false", "started", "1"),
        ("1-true", "finished", "1"),
        ("2-false", "started", "2"),
        ("2-true", "finished", "2"),
        ("3-false", "started", "3"),
        ("3-true", "finished", "3"),
    ]
