"""The group, our webhook, and what the token may do."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ci_integrations.domain import FailedDelivery, RepoRef, RunRef
from ci_integrations.errors import Invalid, NotFound, NotSupported, Unauthenticated, Unavailable
from ci_integrations.providers.base import Installer
from ci_integrations.providers.gitlab.hooks import EVENTS
from tests.fakes.gitlab import FakeGitLab, FakeGroup, FakeProject, Hook
from tests.gitlab import NAME, REPO, SECRET, SIGNING, TOKEN, USER, provider_for

URL = "https://orchestrate.example.com/hooks/1"


def installer_of(server: FakeGitLab, **config: Any) -> Installer:
    installer = provider_for(server, **config).installer
    assert installer is not None
    return installer


@pytest.fixture
def acme(gitlab: FakeGitLab, shop: FakeProject) -> FakeGroup:
    group = gitlab.add_group("acme")
    group.members[USER] = 50
    return group


# The group.


def test_without_a_group_there_are_no_installations(gitlab: FakeGitLab, shop: FakeProject) -> None:
    assert list(installer_of(gitlab).list_installations()) == []
    assert gitlab.requests == []


@pytest.mark.parametrize("by_number", [True, False])
def test_the_group_and_its_projects(gitlab: FakeGitLab, acme: FakeGroup, by_number: bool) -> None:
    gitlab.add_project("acme/tools/deep", default_branch="trunk")
    gitlab.add_project("acme/old").archived = True
    gitlab.add_project("acmes/other")
    name = f"{acme.id}" if by_number else "acme"
    installer = installer_of(gitlab, group=name)
    (found,) = installer.list_installations()
    assert (found.external_id, found.account) == (name, "acme")
    listed = {one.external_id: one.default_branch for one in installer.list_repositories(name)}
    assert listed == {NAME: "main", "acme/tools/deep": "trunk"}


def test_a_server_that_knows_no_filters(gitlab: FakeGitLab, acme: FakeGroup) -> None:
    listed = [{"path_with_namespace": NAME}, {"path_with_namespace": "acme/old", "archived": True}]
    gitlab.fail_next("GET", "/groups/acme/projects$", status=200, raw=json.dumps(listed).encode())
    assert [one.external_id for one in installer_of(gitlab, group="acme").list_repositories("acme")] == [NAME]


def test_a_large_group(gitlab: FakeGitLab, acme: FakeGroup) -> None:
    for number in range(250):
        gitlab.add_project(f"acme/p{number}")
    assert len(list(installer_of(gitlab, group="acme").list_repositories("acme"))) == 251


def test_a_group_that_cannot_be_seen(gitlab: FakeGitLab, shop: FakeProject) -> None:
    with pytest.raises(NotFound):
        installer_of(gitlab, group="nobodys").list_installations()


# The webhook.


def test_a_webhook_is_set_up_and_kept_up_to_date(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.add_hook(shop, "https://elsewhere.example.com")
    check = installer_of(gitlab).install_webhook(NAME, URL)
    assert (check.granted, check.found) == (True, "set up")
    made = shop.hooks[1]
    assert (made.url, made.token, made.signing_token, made.events) == (URL, SECRET, SIGNING, set(EVENTS))
    assert made.enable_ssl_verification
    made.events, made.token = {"push_events"}, "an older one"
    again = installer_of(gitlab).install_webhook(NAME, URL)
    assert (again.granted, again.found, len(shop.hooks)) == (True, "brought up to date", 2)
    assert (made.token, made.events) == (SECRET, set(EVENTS))


def test_what_it_sends_is_believed(gitlab: FakeGitLab, shop: FakeProject) -> None:
    provider = provider_for(gitlab)
    assert provider.installer is not None
    provider.installer.install_webhook(NAME, URL)
    pipeline = gitlab.add_pipeline(shop)
    gitlab.advance(pipeline, "running")
    gitlab.advance(pipeline, "success")
    heard = []

    def post(hook: Hook) -> int:
        headers = {name.lower(): value for name, value in hook.headers.items()}
        delivery = provider.authenticate_webhook(headers, hook.body)
        assert delivery.event == json.loads(hook.body)["object_kind"]
        heard.append(provider.read_webhook(delivery))
        return 202

    assert gitlab.pump(post) == len(heard)
    ref = RunRef(REPO, f"{pipeline.id}")
    assert [news.runs for news in heard if news.runs] == [(ref,)]
    assert {news.stirred for news in heard if not news.runs} == {(ref,)}


@pytest.mark.parametrize("knows", [True, False])
def test_servers_that_do_not_sign_yet(gitlab: FakeGitLab, shop: FakeProject, knows: bool) -> None:
    gitlab.refuses_signing_token, gitlab.knows_signing_token = knows, False
    assert installer_of(gitlab).install_webhook(NAME, URL).granted
    assert (shop.hooks[0].token, shop.hooks[0].signing_token) == (SECRET, "")


def test_without_tls_none_is_verified(gitlab: FakeGitLab, shop: FakeProject) -> None:
    assert installer_of(gitlab).install_webhook(NAME, "http://10.0.0.1/hooks").granted
    assert not shop.hooks[0].enable_ssl_verification


def test_the_groups_webhook_hears_of_all_projects(gitlab: FakeGitLab, acme: FakeGroup, shop: FakeProject) -> None:
    assert installer_of(gitlab, group="acme").install_webhook("acme", URL).granted
    assert (acme.hooks[0].events, shop.hooks) == ({*EVENTS, "project_events"}, [])


@pytest.mark.parametrize(
    ("target", "config", "words"),
    [(NAME, {}, "Maintainer of the project"), ("acme", {"group": "acme"}, "Owner of the group, with Premium")],
)
def test_who_may_not_set_it_up_is_told_what_it_takes(
    gitlab: FakeGitLab, shop: FakeProject, acme: FakeGroup, target: str, config: dict[str, Any], words: str
) -> None:
    acme.members[USER] = shop.members[USER] = 30
    check = installer_of(gitlab, **config).install_webhook(target, URL)
    assert (check.granted, check.needed) == (False, words)
    assert "403" in check.why


def test_group_webhooks_need_premium(gitlab: FakeGitLab, acme: FakeGroup) -> None:
    gitlab.has_group_hooks = False
    check = installer_of(gitlab, group="acme").install_webhook("acme", URL)
    assert (check.granted, "404" in check.why) == (False, True)


def test_an_address_that_gitlab_does_not_take(gitlab: FakeGitLab, shop: FakeProject) -> None:
    check = installer_of(gitlab).install_webhook(NAME, "ftp://here")
    assert (check.granted, "Invalid url given" in check.why) == (False, True)


def test_a_lost_answer_is_no_refusal(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.fail_next("POST", "/hooks$", status=502, after_effect=True)
    installer = installer_of(gitlab)
    with pytest.raises(Unavailable) as caught:
        installer.install_webhook(NAME, URL)
    assert caught.value.effect_unknown
    assert installer.install_webhook(NAME, URL).granted
    assert len(shop.hooks) == 1


def test_a_redirect_is_no_refusal_either(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.redirects_writes_to = "https://gitlab.example.com"
    with pytest.raises(Invalid, match="configure that address"):
        installer_of(gitlab).install_webhook(NAME, URL)


def test_without_a_secret_there_is_no_webhook(gitlab: FakeGitLab, shop: FakeProject) -> None:
    with pytest.raises(NotSupported, match="webhook_secret"):
        installer_of(gitlab, webhook_secret=None, signing_token=None).install_webhook(NAME, URL)


def test_missed_deliveries_are_not_asked_for(gitlab: FakeGitLab, shop: FakeProject) -> None:
    installer = installer_of(gitlab)
    assert list(installer.failed_deliveries(since=datetime.now(UTC))) == []
    with pytest.raises(NotSupported):
        installer.redeliver(FailedDelivery("1", "d", datetime.now(UTC), 1))
    assert gitlab.requests == []


# What the token may do.


def checks(server: FakeGitLab, repo: RepoRef | None = REPO, **config: Any) -> dict[str, tuple[bool | None, str]]:
    return {one.name: (one.granted, one.found) for one in installer_of(server, **config).check_access(repo)}


def test_a_good_token(gitlab: FakeGitLab, shop: FakeProject) -> None:
    assert checks(gitlab) == {
        "scope": (True, "api"),
        "role": (True, "Maintainer"),
        "webhook": (True, "Maintainer"),
    }
    assert set(checks(gitlab, None)) == {"scope"}


def test_a_token_that_may_too_little(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.add_token(TOKEN, USER, scopes=("read_api",))
    shop.members[USER] = 20
    assert checks(gitlab) == {
        "scope": (False, "read_api; it only reads"),
        "role": (False, "Reporter"),
        "webhook": (False, "Reporter"),
    }
    shop.members[USER] = 30
    assert [granted for granted, _ in checks(gitlab).values()] == [False, True, False]


def test_a_role_by_the_group(gitlab: FakeGitLab, acme: FakeGroup, shop: FakeProject) -> None:
    del shop.members[USER]
    gitlab.fail_next("GET", f"/{NAME}$", status=200, raw=b'{"permissions": {}}')
    assert checks(gitlab)["role"] == (True, "Owner")


def test_a_token_that_ends_soon_says_so(gitlab: FakeGitLab, shop: FakeProject) -> None:
    for days, words in ((3, "expires soon, on "), (300, "expires on ")):
        end = datetime.now(UTC) + timedelta(days=days)
        gitlab.add_token(TOKEN, USER, expires_at=end)
        assert checks(gitlab)["scope"] == (True, f"api; {words}{end:%Y-%m-%d}")


def test_a_token_that_is_not_active(gitlab: FakeGitLab, shop: FakeProject) -> None:
    body = json.dumps({"scopes": ["api"], "active": False}).encode()
    gitlab.fail_next("GET", "/self$", status=200, raw=body)
    assert checks(gitlab, None)["scope"] == (False, "not active; api")


def test_a_token_that_was_revoked(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.tokens[TOKEN].revoked = True
    with pytest.raises(Unauthenticated):
        checks(gitlab)


def test_an_oauth_token(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.add_token("oauth-1", USER, scopes=("api", "openid"), oauth=True)
    config = {"token": None, "oauth_token": "oauth-1"}
    assert checks(gitlab, None, **config)["scope"] == (True, "api, openid")
    assert checks(gitlab, None, token=None, oauth_token=TOKEN)["scope"] == (True, "api")


def test_a_server_that_does_not_tell(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.fail_next("GET", "/self$", status=404)
    assert checks(gitlab, None) == {"scope": (None, "")}
    gitlab.fail_next("GET", f"/{NAME}$", status=200, raw=b"{}")
    gitlab.fail_next("GET", "/members/all$", status=404)
    assert checks(gitlab)["role"] == (None, "")


@pytest.mark.parametrize("status", [403, 404, 405, 501, 200])
def test_a_server_that_tells_little(gitlab: FakeGitLab, shop: FakeProject, status: int) -> None:
    gitlab.fail_next("GET", "/(self|user|all)$", status=status, raw=b"<html>", times=20)
    gitlab.fail_next("GET", f"/{NAME}$", status=200, raw=b"{}")
    assert set(checks(gitlab).values()) == {(None, "")}


def test_a_token_whose_scopes_are_not_told(gitlab: FakeGitLab, shop: FakeProject) -> None:
    for told, granted in (({"scopes": None}, None), ({}, None), ({"scopes": []}, False), ({"active": False}, False)):
        gitlab.fail_next("GET", "/self$", status=200, raw=json.dumps(told).encode())
        assert checks(gitlab, None)["scope"][0] is granted


def test_an_administrator_need_be_no_member(gitlab: FakeGitLab, shop: FakeProject) -> None:
    for told, role in (({}, (False, "none")), ({"is_admin": True}, (True, "Administrator"))):
        body = json.dumps({"username": USER, **told}).encode()
        gitlab.fail_next("GET", "/user$", status=200, raw=body, times=2)
        gitlab.fail_next("GET", f"/{NAME}$", status=200, raw=b"{}")
        gitlab.fail_next("GET", "/members/all$", status=200, raw=b"[]", times=2)
        assert checks(gitlab)["role"] == role


def test_a_token_that_is_refused_by_a_server_that_tells_no_user(gitlab: FakeGitLab) -> None:
    gitlab.fail_next("GET", "/self$", status=401)
    gitlab.fail_next("GET", "/user$", status=404)
    with pytest.raises(Unauthenticated):
        checks(gitlab, None)
