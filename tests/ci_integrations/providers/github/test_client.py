"""Who asks, with which token, and what is kept."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import time_machine

from ci_integrations.domain import RepoRef
from ci_integrations.errors import AuthFailed, Invalid, NotFound, NotSupported, Unavailable
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.github.client import Client, path_of
from ci_integrations.providers.github.conditional import Shelf
from ci_integrations.providers.github.settings import load_settings
from tests.fakes.github import FakeGitHub, FakeRepo
from tests.github import NAME, REPO, TOKEN, config_of, token_config


def client_for(server: FakeGitHub, *, installed: bool = True, token: bool = False) -> Client:
    config = token_config(server) if token else config_of(server)
    known = {name: f"{one.id}" for one in server.installations.values() for name in one.repositories}
    installations = known if installed else {}
    return Client(load_settings(ConnectionConfig("github", config, "here")), installations)


def test_an_installations_token_is_fetched_once_and_is_long(github: FakeGitHub, shop: FakeRepo) -> None:
    for _ in range(3):
        client_for(github).repo(REPO).get(path_of(REPO))
    assert github.count("POST", "/access_tokens") == 1
    (token,) = github.issued
    assert len(token) > 300


def test_a_token_is_fetched_anew_before_it_expires(github: FakeGitHub, shop: FakeRepo) -> None:
    client_for(github).repo(REPO).get(path_of(REPO))
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=59, seconds=50), tick=True):
        client_for(github).repo(REPO).get(path_of(REPO))
    assert github.count("POST", "/access_tokens") == 2


def test_an_app_signs_with_its_key(github: FakeGitHub, shop: FakeRepo) -> None:
    client_for(github).app().get("/app")
    given = github.requests[-1].headers["authorization"].removeprefix("Bearer ")
    assert github.app is not None
    claims = jwt.decode(given, github.app.public_key, algorithms=["RS256"])
    assert claims["iss"] == f"{github.app.id}"
    assert claims["exp"] - time.time() <= 600


def test_an_installation_that_is_not_known_yet_is_asked_for_once(github: FakeGitHub, shop: FakeRepo) -> None:
    client = client_for(github, installed=False)
    client.repo(REPO).get(path_of(REPO))
    client.repo(RepoRef("Acme/Shop")).get(path_of(REPO))
    assert github.count("GET", "/installation$") == 1
    with pytest.raises(NotFound, match="not installed"):
        client.repo(RepoRef("acme/other"))


def test_a_plain_token_has_no_installations(github: FakeGitHub, shop: FakeRepo) -> None:
    client = client_for(github, token=True)
    client.repo(REPO).get(path_of(REPO))
    assert github.requests[-1].headers["authorization"] == f"Bearer {TOKEN}"
    for ask in (client.app, lambda: client.installation("1")):
        with pytest.raises(NotSupported):
            ask()


@pytest.mark.parametrize(("state", "words"), [("suspended", "suspended"), ("removed", "no longer lets us in")])
def test_an_installation_that_shut_the_door(github: FakeGitHub, shop: FakeRepo, state: str, words: str) -> None:
    next(iter(github.installations.values())).state = state
    with pytest.raises(AuthFailed, match=words):
        client_for(github).repo(REPO).get(path_of(REPO))


def test_a_token_that_was_revoked_early_is_renewed_for_reads(github: FakeGitHub, shop: FakeRepo) -> None:
    client_for(github).repo(REPO).get(path_of(REPO))
    github.issued.clear()
    github.tokens.clear()
    assert client_for(github).repo(REPO).get(path_of(REPO))["full_name"] == NAME


def test_a_revoked_installation_is_told_while_a_token_is_kept(github: FakeGitHub, shop: FakeRepo) -> None:
    caller = client_for(github).repo(REPO)
    caller.get(path_of(REPO))
    next(iter(github.installations.values())).state = "removed"
    with pytest.raises(AuthFailed, match="no longer lets us in"):
        caller.get(path_of(REPO))


def test_a_wrong_key_or_clock_is_named(github: FakeGitHub, shop: FakeRepo) -> None:
    github.now = lambda: datetime.now(UTC) + timedelta(hours=2)
    with pytest.raises(AuthFailed, match="private key and this machine's clock"):
        client_for(github).repo(REPO).get(path_of(REPO))


@pytest.mark.parametrize("fault", [{"status": 502}, {"drop": True}])
def test_no_token_while_github_is_away(github: FakeGitHub, shop: FakeRepo, fault: dict[str, object]) -> None:
    github.fail_next("POST", "/access_tokens", times=9, **fault)
    with pytest.raises(Unavailable):
        client_for(github).repo(REPO).get(path_of(REPO))


def test_no_token_is_ever_in_an_error(github: FakeGitHub, shop: FakeRepo) -> None:
    caller = client_for(github).repo(REPO)
    token = caller.token()
    github.fail_next(
        "GET", "/acme/shop$", status=403, message=f"{token} may not, {base64.b64encode(token.encode()).decode()}"
    )
    with pytest.raises(AuthFailed) as caught:
        caller.get(path_of(REPO))
    assert token[:40] not in f"{caught.value!r}"
    assert "***" in f"{caught.value}"


def test_nobody_is_told_what_another_was(github: FakeGitHub, shop: FakeRepo) -> None:
    client_for(github).repo(REPO).get(path_of(REPO))
    client_for(github, token=True).repo(REPO).get(path_of(REPO))
    assert [seen.status for seen in github.requests if seen.method == "GET"] == [200, 200]


def test_the_next_page_is_followed_on_the_same_server_only(github: FakeGitHub, shop: FakeRepo) -> None:
    for _ in range(101):
        github.add_run(shop)
    caller = client_for(github).repo(REPO)
    assert len(list(caller.pages(path_of(REPO, "actions", "runs"), "workflow_runs"))) == 101
    github.fail_next(
        "GET", "/pulls$", status=200, headers={"Link": '<https://evil.example/x>; rel="next"'}, message="x"
    )
    with pytest.raises(Invalid):
        list(caller.pages(path_of(REPO, "pulls"), "message"))


def test_an_answer_that_is_being_prepared_is_no_answer(github: FakeGitHub, shop: FakeRepo) -> None:
    github.fail_next("GET", "/acme/shop$", status=202)
    with pytest.raises(Unavailable, match="prepared"):
        client_for(github).repo(REPO).get(path_of(REPO))


def test_paths_are_encoded() -> None:
    assert path_of(REPO, "actions", "workflows", "a/b c.yml") == "/repos/acme/shop/actions/workflows/a%2Fb%20c.yml"


def test_what_is_kept_has_bounds() -> None:
    shelf = Shelf(entries=3, size=10_000)
    for number in range(5):
        shelf.put("me", f"/{number}", etag="e", body=b"x", link="")
    assert shelf.get("me", "/1") is None
    assert shelf.get("other", "/4") is None
    found = shelf.get("me", "/4")
    assert found is not None
    assert found.body == b"x"
    noise = json.dumps(list(range(20_000))).encode()
    shelf.put("me", "/huge", etag="e", body=noise, link="")
    assert shelf.get("me", "/huge") is None
