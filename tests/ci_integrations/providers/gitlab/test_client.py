"""python-gitlab over our transport: pages, addresses, answers that are none."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from ci_integrations.errors import (
    AuthFailed,
    Invalid,
    NotFound,
    ProviderError,
    RateLimited,
    Unauthenticated,
    Unavailable,
)
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.gitlab.client import Client, path_of
from ci_integrations.providers.gitlab.settings import load_settings
from ci_integrations.providers.memo import Memo
from tests.ci_integrations.providers.raw_server import Behaviour, RawServer, answer, serving
from tests.fakes.gitlab import FakeGitLab, FakeProject
from tests.gitlab import NAME, REPO, USER, config_of

WISH = {"source_branch": "topic", "target_branch": "main", "title": "A change"}


def client_at(url: str, **more: Any) -> Client:
    return Client(load_settings(ConnectionConfig("gitlab", {"base_url": url, "token": "t"} | more, "here")))


def client_of(server: FakeGitLab, **more: Any) -> Client:
    return Client(load_settings(ConnectionConfig("gitlab", config_of(server, **more), "here")))


def pipelines(client: Client, *, limit: int = 10, size: int = 100) -> list[int]:
    listing = client.project(REPO).pipelines
    return [one["id"] for one in client.pages(lambda: listing.list(iterator=True, per_page=size), limit=limit)]


def page(*numbers: int, **headers: str) -> Behaviour:
    return answer(200, json.dumps([{"id": number} for number in numbers]).encode(), **headers)


def asked(server: RawServer) -> Iterator[str]:
    return (request.split()[1].decode() for request in server.requests)


# Pages.


@pytest.mark.parametrize("keep", [True, False])
def test_pages_are_followed_whatever_name_the_server_has(gitlab: FakeGitLab, shop: FakeProject, keep: bool) -> None:
    for _ in range(101):
        gitlab.add_pipeline(shop)
    gitlab.external_url = "https://api.example.com/api/gitlab"
    assert len(pipelines(client_of(gitlab, keep_base_url=keep))) == 101
    assert gitlab.count("GET", "/pipelines$") == 2


def test_a_server_that_names_the_next_page_by_its_number() -> None:
    pages = (page(1, 2, X_Next_Page="2"), page(3, X_Next_Page=""))
    with serving(*pages) as server:
        assert pipelines(client_at(server.url), size=2) == [1, 2, 3]
        assert [address.partition("?")[2] for address in asked(server)] == ["per_page=2", "per_page=2&page=2"]


def test_a_server_that_says_nothing_of_pages() -> None:
    with serving(page(1, 2), page(3, 4), page(5)) as server:
        assert pipelines(client_at(server.url), size=2) == [1, 2, 3, 4, 5]
    with serving(page(1, 2, 3)) as server:
        assert pipelines(client_at(server.url), size=2) == [1, 2, 3], "it knows no pages at all"


def test_a_listing_without_end_is_kept_to_a_bound() -> None:
    pages = [page(*range(at, at + 100), X_Next_Page=f"{at}") for at in range(2, 9)]
    with serving(*pages) as server:
        assert len(pipelines(client_at(server.url), limit=3)) == 300
        assert len(server.requests) == 3


def test_a_page_that_is_no_address_of_the_api_is_not_asked_for() -> None:
    with serving(page(1, Link='<https://evil.example/x>; rel="next"')) as server:
        with pytest.raises(Invalid, match="no address of the API"):
            pipelines(client_at(server.url))
        assert len(server.requests) == 1


def test_an_address_below_a_path() -> None:
    with serving(page(1, Link='<http://other/api/v4/projects/x?page=2>; rel="next"'), page(2)) as server:
        assert pipelines(client_at(f"{server.url}/git/lab/")) == [1, 2]
        assert list(asked(server))[:2] == [
            "/git/lab/api/v4/projects/acme%2Fshop/pipelines?per_page=100",
            "/git/lab/api/v4/projects/x?page=2&per_page=100",
        ]


@pytest.mark.parametrize("numbers", [(), (1,)])
def test_pages_that_lead_to_themselves_end(numbers: tuple[int, ...]) -> None:
    with serving(page(*numbers, Link='</api/v4/projects/x?page=2>; rel="next"')) as server:
        assert pipelines(client_at(server.url)) == list(numbers)
        assert len(server.requests) == 2


def test_pages_without_items_end() -> None:
    with serving(*(page(X_Next_Page=f"{at}") for at in range(2, 99))) as server:
        assert pipelines(client_at(server.url)) == []
        assert len(server.requests) < 20


def test_pages_without_items_hide_nothing_that_follows() -> None:
    with serving(page(1, X_Next_Page="2"), page(X_Next_Page="3"), page(2, X_Next_Page="")) as server:
        assert pipelines(client_at(server.url)) == [1, 2]


def test_pages_of_one_item_are_kept_to_a_bound() -> None:
    with serving(*(page(at, X_Next_Page=f"{at}") for at in range(2, 99))) as server:
        assert 3 <= len(pipelines(client_at(server.url), limit=3)) < 20
        assert len(server.requests) < 20


def test_a_server_with_small_pages_that_names_their_number() -> None:
    told = [{"X_Page": f"{at}", "X_Total_Pages": "3", "X_Per_Page": "2"} for at in (1, 2, 3)]
    with serving(page(1, 2, **told[0]), page(3, 4, **told[1]), page(5, 6, **told[2])) as server:
        assert pipelines(client_at(server.url)) == [1, 2, 3, 4, 5, 6]
        assert len(server.requests) == 3


def test_a_server_with_small_pages_that_names_their_size() -> None:
    with serving(page(1, 2, X_Per_Page="2"), page(3, X_Per_Page="2")) as server:
        assert pipelines(client_at(server.url)) == [1, 2, 3]
        assert len(server.requests) == 2


def test_a_server_with_small_pages_that_says_nothing() -> None:
    for last in (page(), page(3)):
        with serving(page(1, 2), page(3), last) as server:
            assert pipelines(client_at(server.url)) == [1, 2, 3]
            assert len(server.requests) == 3


# Answers that are none.


@pytest.mark.parametrize("body", [b"<html>", b"{}", b"null", b"5", b'"x"', b"[5]", b"[[]]"])
def test_a_listing_that_is_none(body: bytes) -> None:
    with serving(answer(body=body, Content_Type="text/html")) as server, pytest.raises(Invalid):
        pipelines(client_at(server.url))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b"", b"5"])
def test_a_document_that_is_none(body: bytes) -> None:
    with serving(answer(body=body)) as server:
        client = client_at(server.url)
        with pytest.raises(Invalid):
            client.get(lambda: client.project(REPO).pipelines.get(1))


@pytest.mark.parametrize("key", ["id", "iid", "project_id"])
def test_what_is_null_builds_no_address(key: str) -> None:
    told = {"id": 1, "iid": 2, "project_id": 3, key: None}
    body = json.dumps(told).encode()
    said = {name: value for name, value in told.items() if value is not None}
    with serving(answer(body=body)) as server:
        client = client_at(server.url)
        pipeline = client.project(REPO).pipelines
        changes = client.project(REPO).mergerequests
        assert client.get(lambda: pipeline.get(1)) == client.get(lambda: changes.get(2)) == said
        assert (
            client.send(lambda: pipeline.create({"ref": "main"})) == client.send(lambda: changes.create(WISH)) == said
        )
    with serving(answer(body=b"[%s]" % body)) as server:
        client = client_at(server.url)
        changes = client.project(REPO).mergerequests
        assert list(client.pages(lambda: changes.list(iterator=True, per_page=100))) == [said]


@pytest.mark.parametrize("odd", [[], {}, 1.5])
def test_what_is_no_number_builds_no_address(odd: object) -> None:
    body = json.dumps({"id": 1, "iid": odd, "project_id": odd}).encode()
    with serving(answer(body=body)) as server:
        client = client_at(server.url)
        changes = client.project(REPO).mergerequests
        with pytest.raises(Invalid):
            client.get(lambda: changes.get(2))
        with pytest.raises(Unavailable) as caught:
            client.send(lambda: changes.create(WISH))
        assert caught.value.effect_unknown


def test_a_number_may_be_written_as_text() -> None:
    with serving(answer(201, b'{"id": "9"}')) as server:
        client = client_at(server.url)
        assert client.send(lambda: client.project(REPO).pipelines.create({"ref": "main"})) == {"id": 9}


@pytest.mark.parametrize("body", [b"[5]", b"true", b"5"])
def test_a_retry_that_was_taken_in_unknown_words(body: bytes) -> None:
    with serving(answer(201, body)) as server:
        client = client_at(server.url)
        for call in ("retry", "cancel"):
            with pytest.raises(Unavailable) as caught:
                client.send(getattr(client.project(REPO).pipelines.get(1, lazy=True), call))
            assert caught.value.effect_unknown


@pytest.mark.parametrize("status", [400, 403, 404, 405, 422, 501])
def test_what_a_server_need_not_have(status: int) -> None:
    with serving(answer(status, b'{"message": "no"}')) as server:
        client = client_at(server.url)
        pipelines = client.project(REPO).pipelines
        assert client.optional(lambda: pipelines.get(1)) is None
        assert client.optional_pages(lambda: pipelines.list(iterator=True, per_page=100)) is None
        assert client.viewer() == ""


def test_what_a_server_need_not_have_may_be_a_web_page() -> None:
    with serving(answer(200, b"<html>", Content_Type="text/html")) as server:
        assert client_at(server.url).viewer() == ""


@pytest.mark.parametrize(("status", "kind"), [(401, Unauthenticated), (429, RateLimited), (500, Unavailable)])
def test_trouble_is_told_of_what_a_server_need_not_have(status: int, kind: type[ProviderError]) -> None:
    with serving(answer(status, b"no", Retry_After="60")) as server, pytest.raises(kind):
        client_at(server.url).viewer()


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"null", b"", b"5"])
def test_a_write_that_was_taken_in_unknown_words(body: bytes) -> None:
    with serving(answer(201, body)) as server:
        client = client_at(server.url)
        with pytest.raises(Unavailable) as caught:
            client.send(lambda: client.project(REPO).pipelines.create({"ref": "main"}))
        assert caught.value.effect_unknown
        assert len(server.requests) == 1


def test_json_by_another_name_is_json() -> None:
    with serving(answer(body=b'{"id": 1}', Content_Type="text/plain")) as server:
        client = client_at(server.url)
        assert client.get(lambda: client.project(REPO).pipelines.get(1)) == {"id": 1}


def test_whose_token_it_is_is_asked_for_once(gitlab: FakeGitLab, shop: FakeProject) -> None:
    client = client_of(gitlab)
    assert client.viewer() == client.viewer() == USER
    assert gitlab.count("GET", "/user$") == 1
    assert client.path_of(f"{shop.id}") == NAME


def test_a_token_that_may_not_say_whose_it_is(gitlab: FakeGitLab) -> None:
    gitlab.fail_next("GET", "/user$", status=403)
    assert client_of(gitlab).viewer() == ""


# Errors.


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthFailed), (403, AuthFailed), (404, NotFound), (400, Invalid), (422, Invalid)]
)
def test_errors_are_ours(status: int, kind: type[ProviderError]) -> None:
    with serving(answer(status, b'{"message": "no"}')) as server:
        client = client_at(server.url)
        with pytest.raises(kind, match="no"):
            client.get(lambda: client.project(REPO).pipelines.get(1))
        assert len(server.requests) == 1


def test_python_gitlab_itself_repeats_nothing() -> None:
    with serving(answer(429, b"wait", Retry_After="60")) as server:
        client = client_at(server.url)
        for call in (client.project(REPO).pipelines.get(1, lazy=True).retry, lambda: client.gl.http_get("/user")):
            with pytest.raises(RateLimited):
                client.send(call)
        assert len(server.requests) == 2


def test_paths_are_encoded() -> None:
    assert path_of(REPO, "jobs", "a/b c") == "/projects/acme%2Fshop/jobs/a%2Fb%20c"


def test_what_is_remembered_has_bounds() -> None:
    memo: Memo[str, int] = Memo(2)
    memo.put("a", 1)
    memo.put("b", 2)
    assert memo.get("a") == 1
    memo.put("c", 3)
    assert (memo.get("a"), memo.get("b"), memo.get("c")) == (1, None, 3)


def test_what_is_remembered_grows_old() -> None:
    memo: Memo[str, int] = Memo(2, longest=0.05)
    memo.put("a", 1)
    assert memo.get("a") == 1
    time.sleep(0.06)
    assert memo.get("a") is None


def test_a_path_that_cannot_be_seen_is_asked_for_again(gitlab: FakeGitLab, shop: FakeProject) -> None:
    client = client_of(gitlab)
    for status in (403, 404, 405):
        gitlab.fail_next("GET", f"/projects/{shop.id}$", status=status)
        assert client.path_of(f"{shop.id}") == f"{shop.id}"
    assert client.path_of(f"{shop.id}") == NAME
