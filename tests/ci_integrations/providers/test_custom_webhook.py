"""Webhooks of custom connections: what is believed, and what is refused without a crash."""

import base64
import hashlib
import hmac
import json
import os
import tarfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from ci_integrations.domain import Delivery, RepoRef, RunRef
from ci_integrations.errors import BadWebhook
from tests.ci_integrations.providers.connections import MINIMAL, REPO, connect

SECRET = "canary-secret-4711"
KEY = "whsec_" + base64.b64encode(b"k" * 32).decode()
BODY = b'{"id": "e-1", "type": "run.done", "run": {"id": 7}, "repo": "sample"}'


def hooked(*repositories: str, **webhooks: Any) -> Any:
    return connect({**MINIMAL, "webhooks": {"run_id": "run.id", **webhooks}}, *repositories)


def by_token(*repositories: str, **more: Any) -> Any:
    return hooked(*repositories, type="token", header="X-Bell", token=SECRET, **more)


def signed(body: bytes, when: datetime | None = None, key: str = KEY) -> dict[str, str]:
    moment = when or datetime.now(tz=UTC)
    signature = Webhook(key).sign("msg_1", moment, body.decode())
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signature,
    }


def test_a_standard_webhook_is_believed_and_named_by_its_id() -> None:
    provider = hooked(type="standard", secret=KEY)
    delivery = provider.authenticate_webhook(signed(BODY), BODY)
    assert delivery == Delivery("msg_1", "run.done", BODY)
    assert provider.read_webhook(delivery).runs == (RunRef(REPO, "7"),)


@pytest.mark.parametrize(
    "make_headers",
    [
        dict,
        lambda: signed(BODY, datetime.now(tz=UTC) - timedelta(minutes=6)),
        lambda: signed(BODY, datetime.now(tz=UTC) + timedelta(minutes=6)),
        lambda: signed(BODY + b" "),
        lambda: signed(BODY, key="whsec_" + base64.b64encode(b"x" * 32).decode()),
        lambda: signed(BODY) | {"webhook-id": "msg_2"},
        lambda: signed(BODY) | {"webhook-signature": "v1"},
        lambda: signed(BODY) | {"webhook-signature": "v1,ü"},
        lambda: signed(BODY) | {"webhook-signature": "v1,abc d"},
        lambda: signed(BODY) | {"webhook-timestamp": "nan"},
        lambda: signed(BODY) | {"webhook-timestamp": "1" * 400},
        lambda: signed(BODY) | {"webhook-id": "\ud800"},
    ],
)
def test_a_wrong_standard_webhook_is_refused(make_headers: Callable[[], dict[str, str]]) -> None:
    # Signed now, not when the tests are collected: a stale one would be refused for its age.
    with pytest.raises(BadWebhook):
        hooked(type="standard", secret=KEY).authenticate_webhook(make_headers(), BODY)


@pytest.mark.parametrize(("prefix", "encoding"), [("sha256=", "hex"), ("", "base64")])
def test_an_hmac_header_is_checked(prefix: str, encoding: str) -> None:
    provider = hooked(type="hmac", header="X-Sig", secret=SECRET, prefix=prefix, encoding=encoding, id="id")
    digest = hmac.new(SECRET.encode(), BODY, hashlib.sha256)
    text = digest.hexdigest() if encoding == "hex" else base64.b64encode(digest.digest()).decode()
    assert provider.authenticate_webhook({"x-sig": prefix + text}, BODY).delivery_id == "e-1"
    for wrong in ("", text[:-2], prefix + text + "0", prefix + "0" * len(text), prefix.upper() + "ü"):
        with pytest.raises(BadWebhook):
            provider.authenticate_webhook({"x-sig": wrong}, BODY)
    with pytest.raises(BadWebhook):
        provider.authenticate_webhook({"x-sig": prefix + text}, BODY + b" ")


@pytest.mark.parametrize("headers", [{}, {"x-bell": ""}, {"x-bell": SECRET + "x"}, {"x-bell": "ünïcode"}])
def test_a_wrong_token_is_refused_and_not_shown(headers: dict[str, str]) -> None:
    with pytest.raises(BadWebhook, match="X-Bell is missing or wrong") as caught:
        by_token().authenticate_webhook(headers, BODY)
    assert SECRET not in str(caught.value)


def test_without_an_id_a_delivery_is_named_by_its_body() -> None:
    delivery = by_token().authenticate_webhook({"x-bell": SECRET}, BODY)
    assert delivery.delivery_id == hashlib.sha256(BODY).hexdigest()


def test_the_id_may_be_a_header() -> None:
    provider = by_token(id_header="X-Delivery")
    assert provider.authenticate_webhook({"x-bell": SECRET, "x-delivery": "d-1"}, BODY).delivery_id == "d-1"
    for wrong in ("x" * 7000, "a\x00b", "a\nb"):
        with pytest.raises(BadWebhook, match="id"):
            provider.authenticate_webhook({"x-bell": SECRET, "x-delivery": wrong}, BODY)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"5",
        b'"text"',
        b"{",
        b"payload=%7B%7D",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b'{"run": {"id": NaN}}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"run": {"id": ' + b"9" * 10_000 + b"}}",
        b"\x00",
        b"\x1f\x8b\x08\x00",
    ],
)
def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadWebhook):
        by_token().authenticate_webhook({"x-bell": SECRET}, body)


@pytest.mark.parametrize("run_id", [None, 1.5, True, {}, [], "", "a\0b", "x" * 201, 10**300])
def test_a_delivery_without_a_usable_run_is_of_no_interest(run_id: Any) -> None:
    provider = by_token()
    body = json.dumps({"run": {"id": run_id}}).encode()
    delivery = provider.authenticate_webhook({"x-bell": SECRET}, body)
    assert provider.read_webhook(delivery).ignored


def test_hostile_deliveries_are_refused_or_of_no_interest() -> None:
    corpus = os.environ.get("CORPUS")
    if not corpus:
        pytest.skip("CORPUS is not set: no hostile deliveries")
    with tarfile.open(Path(corpus) / "hostile.tar.xz") as archive:
        manifest: Any = archive.extractfile("hostile/manifest.json")
        vectors = [vector for vector in json.load(manifest) if vector["cat"] == "webhook" and "request" in vector]
    provider = hooked(type="hmac", header="X-Sig", secret=SECRET, run_id="workflow_run.id")
    tried = 0
    for vector in vectors:
        body = base64.b64decode(vector["request"].get("body_b64", ""))
        headers = {name.lower(): value for name, value in vector["request"]["headers"].items()}
        with pytest.raises(BadWebhook):
            provider.authenticate_webhook(headers, body)
        headers["x-sig"] = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        with suppress(BadWebhook):
            provider.read_webhook(provider.authenticate_webhook(headers, body))
            tried += 1
    assert tried > 10


def test_the_event_falls_back_to_the_state() -> None:
    body = b'{"run": {"id": 1, "state": "red"}}'
    assert by_token(state="run.state").authenticate_webhook({"x-bell": SECRET}, body).event == "red"


def test_a_repository_is_told_by_its_path() -> None:
    provider = by_token("one", "sample", repository="repo")
    delivery = provider.authenticate_webhook({"x-bell": SECRET}, BODY)
    assert provider.read_webhook(delivery).runs == (RunRef(RepoRef("sample"), "7"),)
    other = provider.authenticate_webhook({"x-bell": SECRET}, BODY.replace(b"sample", b"foreign"))
    assert provider.read_webhook(other).ignored
