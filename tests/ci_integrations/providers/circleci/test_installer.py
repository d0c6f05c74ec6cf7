"""Webhooks of projects, and what a token may do, over the fake CircleCI."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ci_integrations.domain import AccessCheck, FailedDelivery, RepoRef
from ci_integrations.errors import Invalid, NotSupported, Unavailable
from ci_integrations.providers.base import Installer
from tests.circleci import NAME, REPO, SECRET, TOKEN, provider_for
from tests.fakes.circleci import FakeCircleCI, FakeProject

URL = "https://orchestrate.example.com/webhooks/abc"


def installer(server: FakeCircleCI, **more: Any) -> Installer:
    found = provider_for(server, **more).installer
    assert found is not None
    return found


def test_nobody_installs_a_token(circleci: FakeCircleCI) -> None:
    made = installer(circleci)
    assert list(made.list_installations()) == []
    assert list(made.list_repositories("1")) == []
    assert list(made.failed_deliveries(since=datetime.now(UTC))) == []
    with pytest.raises(NotSupported):
        made.redeliver(FailedDelivery("1", "1", datetime.now(UTC), 1))


def test_a_webhook_is_made_once_and_brought_up_to_date(circleci: FakeCircleCI, shop: FakeProject) -> None:
    for secret in (SECRET, "a-new-secret"):
        made = installer(circleci, webhook_secret=secret).install_webhook(NAME, URL)
        assert (made.name, made.granted) == (f"webhook of {NAME}", True)
        (hook,) = circleci.hooks
        assert (hook.url, hook.secret, hook.events) == (URL, secret, ["workflow-completed", "job-completed"])
        assert hook.verify_tls
    assert [(seen.method, seen.path.count("/")) for seen in circleci.requests if seen.method != "GET"] == [
        ("POST", 3),
        ("PUT", 4),
    ]


def test_there_is_room_for_five_webhooks(circleci: FakeCircleCI, shop: FakeProject) -> None:
    for at in range(5):
        circleci.add_hook(shop, f"https://{at}.example.com/", name=f"hook {at}")
    made = installer(circleci).install_webhook(NAME, URL)
    assert made.granted is False
    assert "5 webhooks, CircleCI allows 5: remove one of hook 0," in made.found
    assert circleci.count("POST") == 0
    # One that is ours already is no sixth.
    circleci.hooks[2].url = URL
    assert installer(circleci).install_webhook(NAME, URL).granted


def test_a_webhook_that_is_refused(circleci: FakeCircleCI, shop: FakeProject) -> None:
    made = installer(circleci).install_webhook(NAME, "http://orchestrate.example.com/")
    assert made.granted is False
    assert "only https is supported" in made.found
    with pytest.raises(NotSupported, match="webhook_secret"):
        installer(circleci, webhook_secret=None).install_webhook(NAME, URL)


def test_a_webhook_whose_answer_was_lost_is_there_the_next_time(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.fail_next("POST", "/webhook$", status=502, after_effect=True)
    with pytest.raises(Unavailable):
        installer(circleci).install_webhook(NAME, URL)
    assert installer(circleci).install_webhook(NAME, URL).granted
    assert len(circleci.hooks) == 1


def test_a_webhook_that_may_have_been_made_all_the_same(circleci: FakeCircleCI, shop: FakeProject) -> None:
    elsewhere = {"Location": "https://elsewhere.example.com/"}
    circleci.fail_next("POST", "/webhook$", status=301, headers=elsewhere, after_effect=True)
    with pytest.raises(Invalid, match="redirect") as caught:
        installer(circleci).install_webhook(NAME, URL)
    assert caught.value.effect_unknown


def test_a_good_token(circleci: FakeCircleCI, shop: FakeProject) -> None:
    token, project = installer(circleci).check_access(REPO)
    assert token == AccessCheck(
        "token", "a personal API token", "CircleCI's API v2 takes no project tokens", True, "that of ada"
    )
    assert (project.name, project.granted) == (f"project {NAME}", True)
    assert len(installer(circleci).check_access()) == 1


def test_a_token_that_is_none_or_of_a_project(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.add_token("project-token", "ada", kind="project")
    for token in ("project-token", "wrong"):
        (check,) = installer(circleci, token=token).check_access(REPO)
        assert (check.granted, check.needed) == (False, "a personal API token")
        assert "takes no project tokens" in check.why
    circleci.revoke(TOKEN)
    assert installer(circleci).check_access()[0].granted is False


def test_a_project_that_the_token_does_not_show(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.add_token("other", "eve", projects=set())
    _, project = installer(circleci, token="other").check_access(REPO)
    assert project.granted is False
    assert "does eve follow the project, and is this its slug?" in project.found
    _, project = installer(circleci).check_access(RepoRef("gh/acme/none"))
    assert project.granted is False
