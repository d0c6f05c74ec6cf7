"""CircleCI's webhooks: signatures on the raw bytes, and what they say."""

import hashlib
import hmac
import json
from typing import Any

import pytest

from ci_integrations.domain import Delivery, RepoRef, RunRef
from ci_integrations.errors import BadWebhook
from ci_integrations.providers.circleci import CircleCIProvider, webhook
from tests.circleci import NAME, REPO, SECRET, provider_for, run_of
from tests.corpora import corpus
from tests.fakes.circleci import FakeCircleCI, FakeJob, FakeProject

PIPELINE = "1285fe1d-d3a6-44fc-8886-8979558254c4"
BODY = {
    "id": "3888f21b-eaa7-38e3-8f3d-75a63bba8895",
    "type": "workflow-completed",
    "project": {"slug": "github/acme/shop"},
    "pipeline": {"id": PIPELINE},
}


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"circleci-signature": f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


def of(**more: Any) -> bytes:
    return json.dumps(BODY | more).encode()


def authenticate(body: bytes, headers: dict[str, str] | None = None) -> Delivery:
    return webhook.authenticate(SECRET, signed(body) if headers is None else headers, body)


def test_the_official_vectors() -> None:
    for vector in json.loads(corpus("webhooks", "circleci-signature-vectors.json").read_text()):
        made = hmac.new(vector["secret"].encode(), vector["body"].encode(), hashlib.sha256).hexdigest()
        assert made == vector["v1"]
        # None of the bodies is a webhook: the signature is good, the rest is not.
        with pytest.raises(BadWebhook, match="not a JSON object"):
            webhook.authenticate(
                vector["secret"], {"circleci-signature": f"v1={vector['v1']}"}, vector["body"].encode()
            )


def test_the_official_payloads() -> None:
    found = sorted(corpus("webhooks", "circleci").glob("*.json"))
    assert len(found) == 4
    for path in found:
        body = path.read_bytes()
        payload = json.loads(body)
        delivery = authenticate(body)
        assert (delivery.delivery_id, delivery.event, delivery.body) == (payload["id"], payload["type"], body)
        ref = RunRef(RepoRef(payload["project"]["slug"]), payload["pipeline"]["id"])
        news = webhook.read(delivery, ())
        expected = ((ref,), ()) if payload["type"] == "workflow-completed" else ((), (ref,))
        assert (news.runs, news.stirred) == expected


@pytest.mark.parametrize("where", ["header", "body"])
def test_one_wrong_bit_is_refused(where: str) -> None:
    body = of()
    header = signed(body)["circleci-signature"]
    for at in range(3, len(header)) if where == "header" else range(0, len(body), 7):
        bad_header = header[:at] + chr(ord(header[at]) ^ 1) + header[at + 1 :] if where == "header" else header
        bad_body = body if where == "header" else body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(BadWebhook, match="signature"):
            authenticate(bad_body, {"circleci-signature": bad_header})


def test_only_the_first_version_counts() -> None:
    body = of()
    good = signed(body)["circleci-signature"]
    for header in (f"{good},v2=00", f"v2=00, {good}", f"v1=00,{good}"):
        assert authenticate(body, {"circleci-signature": header}).delivery_id == BODY["id"]
    for header in ("", "v1=", good.removeprefix("v1="), good.replace("v1", "v2"), "v1=é", f"{good}x"):
        with pytest.raises(BadWebhook, match="signature"):
            authenticate(body, {"circleci-signature": header})
    with pytest.raises(BadWebhook, match="signature"):
        authenticate(body, {})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        of(id=None),
        of(id=7),
        of(id="x" * 201),
        of(id="a\nb"),
        of(type=None),
        of(type=["x"]),
        of(type="x" * 61),
        of(type="é"),
    ],
)
def test_what_cannot_be_named_is_refused(body: bytes) -> None:
    with pytest.raises(BadWebhook):
        authenticate(body)


@pytest.mark.parametrize(
    "more",
    [
        {"project": None},
        {"project": {"slug": 7}},
        {"project": {"slug": "acme/shop"}},
        {"pipeline": None},
        {"pipeline": {"id": 7}},
        {"pipeline": {"id": ""}},
        {"pipeline": {"id": "x" * 101}},
    ],
)
def test_what_cannot_be_read_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(BadWebhook, match="cannot be read"):
        webhook.read(authenticate(of(**more)), ())


def test_unknown_keys_do_no_harm() -> None:
    body = of(flavour={"new": [1]}, pipeline={"id": PIPELINE, "mood": "good"}, workflow={"status": "vaporized"})
    assert webhook.read(authenticate(body), ()).runs == (RunRef(RepoRef("github/acme/shop"), PIPELINE),)


@pytest.mark.parametrize(
    ("configured", "slug", "found"),
    [
        (NAME, "github/acme/shop", NAME),
        (NAME, "gh/Acme/Shop", NAME),
        ("github/acme/shop", "gh/acme/shop", "github/acme/shop"),
        ("bb/acme/shop", "bitbucket/acme/shop", "bb/acme/shop"),
        ("bb/acme/shop", "github/acme/shop", "github/acme/shop"),
        ("circleci/AbC/DeF", "circleci/abc/def", "circleci/abc/def"),
    ],
)
def test_a_project_is_named_as_the_configuration_does(configured: str, slug: str, found: str) -> None:
    news = webhook.read(authenticate(of(project={"slug": slug})), (configured,))
    assert news.runs == (RunRef(RepoRef(found), PIPELINE),)


def test_a_ping_is_let_by() -> None:
    for body in (of(type="ping"), json.dumps({"type": "ping"}).encode()):
        delivery = authenticate(body)
        assert delivery.delivery_id
        assert "ping" in webhook.read(delivery, ()).ignored


def test_what_the_server_sends_is_understood(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.add_hook(shop, "https://ours.example.com/hooks", SECRET)
    pipeline = circleci.add_pipeline(shop, workflows={"build": [FakeJob("unit"), FakeJob("lint")]})
    circleci.advance(pipeline.workflows[0], "canceled")
    provider: CircleCIProvider = provider_for(circleci)
    sent = list(circleci.outbox)
    # One for each job, and one more for the workflow than it had jobs.
    assert len(sent) >= 3
    for hook in sent:
        headers = {name.lower(): value for name, value in hook.headers.items()}
        news = provider.read_webhook(provider.authenticate_webhook(headers, hook.body))
        assert {*news.runs, *news.stirred} == {run_of(pipeline)}
        assert run_of(pipeline).repo == REPO
