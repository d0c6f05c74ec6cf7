"""The transport against real sockets: what is repeated, what is not, and what each fault is called."""

import socket
import time
import traceback
from collections.abc import Callable
from email.utils import formatdate
from functools import partial

import pytest
from requests import PreparedRequest

from ci_integrations.errors import (
    AuthFailed,
    Conflict,
    Invalid,
    NotFound,
    ProviderError,
    RateLimited,
    Unavailable,
)
from ci_integrations.providers.http_errors import retry_after
from ci_integrations.providers.transport import Limits, Transport, join, origin
from ci_integrations.providers.wire import is_public
from tests.ci_integrations.providers.raw_server import Behaviour, answer, drip, hang, reset, serving

SECRET = "canary-secret-4711"
QUICK = Limits(connect=1, read=0.4, call=3, download=1.0, body=1000)


def bearer(request: PreparedRequest) -> None:
    request.headers["Authorization"] = f"Bearer {SECRET}"


def transport(*origins: str, limits: Limits = QUICK, trusted: tuple[str, ...] = ()) -> Transport:
    return Transport(origins=origins, auth=bearer, secrets=[SECRET], trusted=trusted, limits=limits)


def unused_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as held:
        return f"http://127.0.0.1:{held.getsockname()[1]}"


def test_a_read_gives_json_and_sends_the_credentials() -> None:
    with serving(answer(body=b'{"id": 7}')) as server:
        assert transport(server.url).read(f"{server.url}/x").json() == {"id": 7}
    assert f"Authorization: Bearer {SECRET}".encode() in server.requests[0]


def test_an_empty_answer_to_a_write_is_fine() -> None:
    with serving(answer(204, b"")) as server:
        assert transport(server.url).write("POST", server.url, body=b"{}").json() is None


@pytest.mark.parametrize("fault", [answer(502), answer(429), reset, hang, answer(200, b"{", Content_Length="9")])
def test_a_read_is_repeated_after_a_passing_fault(fault: Behaviour) -> None:
    with serving(fault, answer(body=b"[1]")) as server:
        assert transport(server.url).read(server.url).json() == [1]
    assert len(server.requests) == 2


def test_a_read_is_tried_three_times_and_no_more() -> None:
    with serving(answer(503)) as server, pytest.raises(Unavailable):
        transport(server.url).read(server.url)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("fault", "unknown"),
    [
        (answer(502), True),
        (answer(503, Retry_After="1"), True),
        (reset, True),
        (hang, True),
        (answer(200, b'{"id"', Content_Length="100"), True),
        (answer(200, b"x" * 1001), True),
        (answer(429, Retry_After="1"), False),
        (answer(409), False),
        (answer(422), False),
        (answer(401), False),
    ],
)
def test_a_write_is_sent_once_whatever_happens(fault: Behaviour, unknown: bool) -> None:
    with serving(fault, answer()) as server:
        with pytest.raises(ProviderError) as caught:
            transport(server.url).write("POST", server.url, body=b"{}")
        time.sleep(0.3)
        assert len(server.requests) == 1
    assert caught.value.effect_unknown is unknown


def test_a_write_that_reached_nobody_had_no_effect() -> None:
    url = unused_url()
    with pytest.raises(Unavailable) as caught:
        transport(url).write("POST", url)
    assert not caught.value.effect_unknown


@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, Invalid), (401, AuthFailed), (403, AuthFailed), (404, NotFound), (410, NotFound), (409, Conflict)],
)
def test_each_status_has_its_error(status: int, expected: type[ProviderError]) -> None:
    with serving(answer(status, b'{"message": "no"}')) as server, pytest.raises(expected, match=f"answered {status}"):
        transport(server.url).read(server.url)
    assert len(server.requests) == 1


def test_a_403_that_speaks_of_a_rate_limit_is_one() -> None:
    reset_at = str(int(time.time()) + 100)
    with (
        serving(answer(403, X_RateLimit_Remaining="0", X_RateLimit_Reset=reset_at)) as server,
        pytest.raises(RateLimited) as caught,
    ):
        transport(server.url).read(server.url)
    assert caught.value.retry_after == pytest.approx(100, abs=3)


def test_a_short_retry_after_is_waited_for() -> None:
    with serving(answer(429, Retry_After="1"), answer()) as server:
        start = time.monotonic()
        transport(server.url).read(server.url)
        assert time.monotonic() - start >= 1


@pytest.mark.parametrize("as_date", [False, True])
def test_a_long_retry_after_is_handed_on(*, as_date: bool) -> None:
    wait = formatdate(time.time() + 3600, usegmt=True) if as_date else "3600"
    with serving(answer(429, Retry_After=wait)) as server, pytest.raises(RateLimited) as caught:
        transport(server.url).read(server.url)
    assert caught.value.retry_after == pytest.approx(3600, abs=60)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "86400"}, 3600),
        ({"Retry-After": "9" * 30}, 3600),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, 3600),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 -2359"}, 3600),
        ({"Retry-After": "Mon, 01 Jan 0001 00:00:00 +2359"}, 0),
        ({"Retry-After": "Fri, 31 Dec 2099 23:59:59 +99999999999999"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "\u0663"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "Mon, 01 Jan 2001 00:00:00 GMT"}, 0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "25"}, 25),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "7200"}, 3600),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "1500000000"}, 0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}, 3600),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 30}, 3600),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "\u0663"}, None),
    ],
)
def test_nobody_is_made_to_wait_longer_than_an_hour(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after(headers) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b"x" * 500,
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 500 + b"\r\n\r\n",
    ],
    ids=["body", "headers"],
)
def test_a_dripping_answer_meets_the_deadline(data: bytes) -> None:
    limits = Limits(connect=1, read=5, call=0.6)
    with serving(drip(data)) as server:
        start = time.monotonic()
        with pytest.raises(Unavailable, match="in time"):
            transport(server.url, limits=limits).write("POST", server.url)
        assert time.monotonic() - start < 3


def test_an_answer_beyond_the_limit_is_refused() -> None:
    with serving(answer(body=b"x" * 1001)) as server, pytest.raises(Invalid, match="more than 1000 bytes"):
        transport(server.url).read(server.url)


def test_a_web_page_with_200_is_not_json_and_the_url_shows_no_query() -> None:
    with serving(answer(body=b"<html>log in</html>", Content_Type="text/html")) as server:
        found = transport(server.url).read(f"{server.url}/api?key={SECRET}")
    with pytest.raises(Invalid, match="/api answered 200 with text/html that is not JSON") as caught:
        found.json()
    assert SECRET not in str(caught.value)


def test_no_secret_is_in_an_error_or_its_causes() -> None:
    echo = f'{{"message": "bad token {SECRET}"}}'.encode()
    faults = [answer(422, echo), answer(401, echo), answer(500, echo), reset]
    for fault in faults:
        with serving(fault) as server, pytest.raises(ProviderError) as caught:
            transport(server.url).write("POST", f"{server.url}/{SECRET}?key={SECRET}")
        assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in repr(vars(transport("http://127.0.0.1")))


def test_redirects_are_followed_and_bounded() -> None:
    with serving(answer(302, Location="/there"), answer(body=b"[2]")) as server:
        assert transport(server.url).read(server.url).json() == [2]
    assert server.requests[1].startswith(b"GET /there")
    with serving(answer(302, Location="/again")) as loop, pytest.raises(Invalid, match="redirects"):
        transport(loop.url).read(loop.url)
    assert len(loop.requests) == 6


def test_credentials_and_headers_stay_at_their_origin() -> None:
    with serving(answer(body=b"[3]")) as other, serving(answer(302, Location=f"{other.url}/file")) as server:
        asker = transport(server.url, trusted=(other.url,))
        assert asker.read(server.url, headers={"X-Key": "own-header"}).json() == [3]
    assert b"own-header" in server.requests[0]
    assert b"own-header" not in other.requests[0]
    assert SECRET.encode() not in other.requests[0]


def test_a_redirect_does_not_lead_into_a_private_network() -> None:
    with serving(answer()) as other, serving(answer(302, Location=other.url)) as server:
        with pytest.raises(Invalid, match="not public"):
            transport(server.url).read(server.url)
        assert other.requests == []


@pytest.mark.parametrize("target", ["file:///etc/passwd", "http://user:pw@127.0.0.1/", "gopher://x/"])
def test_a_redirect_to_something_else_is_refused(target: str) -> None:
    with serving(answer(302, Location=target)) as server, pytest.raises(Invalid, match="expected an http"):
        transport(server.url).read(server.url)


@pytest.mark.parametrize("target", ["http://[bad", "//[bad/x", "http://[::1", "http://[v1.x]:y/", "http://\u2100.x/"])
@pytest.mark.parametrize("write", [False, True])
def test_a_redirect_to_no_address_is_refused(target: str, *, write: bool) -> None:
    with serving(answer(303, Location=target)) as server:
        asker = transport(server.url)
        ask = partial(asker.write, "POST") if write else asker.read
        with pytest.raises(Invalid):
            ask(server.url)
    assert len(server.requests) == 1


def test_the_body_of_a_redirect_is_not_read() -> None:
    def endless(connection: socket.socket) -> None:
        answer(302, Location="/there", Content_Length="1000000")(connection)
        hang(connection)

    with serving(endless, answer(body=b"[1]")) as server:
        assert transport(server.url).read(server.url).json() == [1]
    assert [request.split()[1] for request in server.requests] == [b"/", b"/there"]


def test_an_address_is_joined_or_refused() -> None:
    assert (
        join("https://ci.example.com/a/b", "../c?x=1", "GET https://ci.example.com/a/b")
        == "https://ci.example.com/c?x=1"
    )
    with pytest.raises(Invalid, match=r"GET https://ci\.example\.com/a: leads to an address that cannot be read"):
        join("https://ci.example.com/a", "http://[bad?token=canary", "GET https://ci.example.com/a")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254", "2002:7f00:1::", "::ffff:10.0.0.1",
     "100.100.100.200", "0.0.0.1", "224.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "fe80::1%eth0",
     "fec0::1", "::10.0.0.1", "::93.184.216.34", "::ffff:0:10.0.0.1", "255.255.255.255"],
)  # fmt: skip
def test_private_addresses_are_known(address: str) -> None:
    assert not is_public(address)
    assert is_public("93.184.216.34")


@pytest.mark.parametrize(("status", "unknown"), [(301, True), (302, True), (307, False), (308, False)])
def test_a_write_follows_no_redirect(status: int, unknown: bool) -> None:
    with (
        serving(answer(status, Location="/there"), answer()) as server,
        pytest.raises(Invalid, match="configure that address") as caught,
    ):
        transport(server.url).write("POST", server.url)
    assert caught.value.effect_unknown is unknown
    assert len(server.requests) == 1


def test_a_write_that_is_told_to_look_elsewhere_reads_there() -> None:
    with serving(answer(303, Location="/made/1"), answer(body=b'{"id": 1}')) as server:
        assert transport(server.url).write("POST", server.url, body=b"{}").json() == {"id": 1}
    assert server.requests[1].startswith(b"GET /made/1")


def test_a_download_is_streamed_with_a_cap() -> None:
    with serving(answer(body=b"x" * 5000)) as server:
        with transport(server.url).stream(server.url) as stream:
            assert stream.read(10) == b"x" * 10
            assert len(stream.read()) == 4990
        with transport(server.url).stream(server.url, max_bytes=4000) as stream, pytest.raises(Invalid):
            stream.read()


@pytest.mark.parametrize(
    "fault", [answer(body=b"x" * 10, Content_Length="100"), drip(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100)]
)
def test_a_cut_or_endless_download_is_no_whole_one(fault: Behaviour) -> None:
    with serving(fault) as server, transport(server.url).stream(server.url) as stream, pytest.raises(Unavailable):
        stream.read()


def test_opening_a_download_is_repeated_and_reports_errors() -> None:
    with serving(answer(502), answer(body=b"data")) as server, transport(server.url).stream(server.url) as stream:
        assert stream.read() == b"data"
    with serving(answer(410)) as gone, pytest.raises(NotFound), transport(gone.url).stream(gone.url):
        pytest.fail("an expired file was opened")


def test_cookies_are_not_kept() -> None:
    with serving(answer(Set_Cookie="session=abc; Path=/"), answer()) as server:
        asker = transport(server.url)
        asker.read(server.url)
        asker.read(server.url)
    assert b"session=abc" not in server.requests[1]


def test_a_refusal_in_a_server_error_had_no_effect() -> None:
    reason: Callable[[bytes], str] = lambda body: "no such builder" if b"error" in body else ""  # noqa: E731
    with serving(answer(500, b'{"error": 1}')) as server, pytest.raises(Invalid, match="no such builder") as caught:
        transport(server.url).write("POST", server.url, refusal=reason)
    assert not caught.value.effect_unknown


def test_the_environment_does_not_choose_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", unused_url())
    with serving(answer()) as server:
        assert transport(server.url).read(server.url).json() == {}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://ci.example.com/a?b", "https://ci.example.com:443"),
        ("http://CI.example.com:8080", "http://ci.example.com:8080"),
        ("ftp://x", ""),
        ("https://user@x/", ""),
        ("http://", ""),
        ("http://x:99999/", ""),
        ("http+unix://%2Fvar", ""),
    ],
)
def test_origins(url: str, expected: str) -> None:
    assert origin(url) == expected
