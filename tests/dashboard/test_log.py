"""The page of a log."""

import gzip

import pytest
from django.test import Client
from django.urls import reverse

from ci_integrations.domain import Capability, State
from ci_integrations.errors import Unavailable
from ci_integrations.models import Job, JobLog, Repository
from dashboard.views.log import LOOKS
from tests.factories import make_finding, make_job, make_log, make_run
from tests.fakes.memory import MemoryServer
from tests.queue import drain, waiting

FETCH = "ci_integrations.tasks.fetch_log"


def address(job: Job, name: str = "log") -> str:
    return reverse(f"dashboard:{name}", args=[job.run_id, job.pk])


def text_of(client: Client, job: Job, query: str = "") -> str:
    answer = client.get(address(job) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_lines_have_numbers_that_are_links(page: Client) -> None:
    job = make_job(make_run())
    make_log(job, "first\nsecond\n")

    text = text_of(page, job)

    line = '<div class="line" id="L2"><a class="number" href="#L2">2</a><span class="text">second</span></div>'
    assert line in text
    assert 'id="L3"' not in text
    assert "Lines 1 to 2 of 2" in text
    assert 'aria-live="off"' in text


def test_colours_become_classes_and_html_stays_text(page: Client) -> None:
    job = make_job(make_run())
    make_log(job, '\x1b[31;1mred\x1b[0m <script>alert("x")</script>\n')

    text = text_of(page, job)

    assert '<span class="ansi-red ansi-bold">red</span> &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;' in text
    assert "<script>alert" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("", 1, 2000),
        ("?from=2000", 1, 2000),
        ("?from=2001", 2001, 4000),
        ("?from=3333#L3333", 2001, 4000),
        ("?from=4500", 4001, 4500),
        ("?from=999999999", 4001, 4500),
        ("?from=99999999999999999999", 1, 2000),
        ("?from=0", 1, 2000),
        ("?from=-7", 1, 2000),
        ("?from=x", 1, 2000),
    ],
)
def test_pages_of_two_thousand_lines(page: Client, query: str, first: int, last: int) -> None:
    job = make_job(make_run())
    make_log(job, "".join(f"this is {number}\n" for number in range(1, 4501)))

    text = text_of(page, job, query.partition("#")[0])

    assert f"Lines {first} to {last} of 4500" in text
    assert f"this is {first}<" in text
    assert f"this is {last}<" in text
    assert f"this is {first - 1}<" not in text
    assert f"this is {last + 1}<" not in text


def test_the_pager_reaches_every_page(page: Client) -> None:
    job = make_job(make_run())
    make_log(job, "x\n" * 4000)

    assert 'href="?from=2001">Next' in text_of(page, job)
    last = text_of(page, job, "?from=2001")
    assert 'href="?from=1">Previous' in last
    assert "Next" not in last


def test_findings_are_listed_and_marked(page: Client) -> None:
    job = make_job(make_run(State.FAILURE), State.FAILURE)
    make_log(job, "fine\nE   assert 3 == 4\nfine\n")
    make_finding(job, 2, "assert 3 == 4 here")

    text = text_of(page, job)

    assert '<a class="line-link" href="?from=2#L2">line 2</a> <code>assert 3 == 4 here</code>' in text
    assert '<div class="line found" id="L2">' in text
    assert text.count('class="line found"') == 1


def test_the_ways_to_the_lines_that_say_why_stand_above_the_log(page: Client) -> None:
    job = make_job(make_run(State.FAILURE), State.FAILURE)
    make_log(job, "fine\nboom\n" * 9, excerpts=[[2, 2], [4, 6], [8, 8], [10, 10]], excerpt="boom")

    text = text_of(page, job)

    assert text.count('href="?from=4#L4">lines 4 to 6</a>') == 1
    assert "lines 8 to 8" in text
    assert "lines 10 to 10" not in text


def test_a_log_is_fetched_when_it_is_asked_for(page: Client, repository: Repository, server: MemoryServer) -> None:
    run = make_run(repository=repository, external_id="7")
    job = make_job(run, external_id="7-job")
    server.add_run("7", State.SUCCESS).logs["7-job"] = b"hello from the server\n"

    text = text_of(page, job)

    assert "The log is being fetched" in text
    assert 'hx-get="?from=1&amp;look=1"' in text
    assert '<a href="?from=1&amp;look=1">Look again</a>' in text
    assert not JobLog.objects.exists()
    assert waiting("io") == [(FETCH, (job.pk,))]
    assert 'hx-get="?from=1&amp;look=2"' in text_of(page, job, "?from=1&look=1")
    assert len(waiting("io")) == 1
    drain(cluster="io")
    shown = text_of(page, job, "?from=1&look=2")
    assert "hello from the server" in shown
    assert "being fetched" not in shown


def test_a_log_that_does_not_come_is_not_waited_for_for_ever(
    page: Client, repository: Repository, server: MemoryServer
) -> None:
    job = make_job(make_run(repository=repository, external_id="7"), external_id="7-job")
    server.add_run("7", State.SUCCESS)

    text = text_of(page, job, f"?from=3&look={LOOKS}")

    assert "The server has no log of this job." in text
    assert '<a href="?from=3">Fetch it again</a>' in text
    assert "hx-get" not in text.partition('id="log-page"')[2]
    assert waiting("io") == []


def test_a_running_job_shows_the_end_of_what_there_is(
    page: Client, repository: Repository, server: MemoryServer
) -> None:
    job = make_job(make_run(State.RUNNING, repository=repository, external_id="7"), State.RUNNING, external_id="7-job")
    server.add_run("7").logs["7-job"] = b"".join(b"n %d\n" % number for number in range(1, 2101))

    text = text_of(page, job)

    assert "This job still runs" in text
    assert 'id="L2100"' in text
    assert 'id="L101"' in text
    assert 'id="L100"' not in text
    assert not JobLog.objects.exists()


@pytest.mark.parametrize(
    ("can", "state", "why"),
    [
        (Capability.NONE, State.SUCCESS, "declares no endpoint for logs"),
        (Capability.NONE, State.RUNNING, "declares no endpoint for logs"),
        (Capability.LOGS, State.RUNNING, "gives its log once it has ended"),
        (Capability.LOGS | Capability.LIVE_LOG, State.RUNNING, "The server has no log of this job yet."),
    ],
)
def test_an_absent_log_says_why(
    page: Client, repository: Repository, server: MemoryServer, can: Capability, state: State, why: str
) -> None:
    server.capabilities = can
    server.add_run("7", state)
    job = make_job(make_run(state, repository=repository, external_id="7"), state, external_id="7-job")

    assert why in text_of(page, job)


def test_a_server_that_does_not_answer_is_told(page: Client, repository: Repository, server: MemoryServer) -> None:
    server.add_run("7", State.SUCCESS)
    server.fail_next("read_log", Unavailable("no answer within 15 s"))
    job = make_job(make_run(repository=repository, external_id="7"), external_id="7-job")

    assert "being fetched" in text_of(page, job)
    drain(cluster="io")
    assert "no answer within 15 s" in text_of(page, job, "?look=1")
    assert "could not be fetched: no answer within 15 s" in text_of(page, job, f"?look={LOOKS}")


def test_a_lost_file_is_told(page: Client) -> None:
    job = make_job(make_run())
    stored = make_log(job, "x\n")
    stored.file.storage.delete(str(stored.file.name))

    assert "cannot be read" in text_of(page, job)


def test_a_damaged_file_is_told(page: Client) -> None:
    job = make_job(make_run())
    stored = make_log(job, "x\n")
    with stored.file.storage.open(str(stored.file.name), "wb") as file:
        file.write(b"not a log")

    assert "cannot be read" in text_of(page, job)


def test_an_empty_log_is_told(page: Client) -> None:
    job = make_job(make_run())
    make_log(job, "")

    assert "The log is empty" in text_of(page, job)


def test_the_raw_log_is_a_file_of_plain_text(page: Client) -> None:
    job = make_job(make_run())
    text = "".join(f"<b>line {number}</b>\n" for number in range(1200))
    stored = make_log(job, text)

    answer = page.get(address(job, "log-raw"))

    assert answer.streaming
    assert answer.getvalue().decode() == text
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == f'attachment; filename="run-{job.run_id}-job-{job.pk}.log"'
    with stored.file.open("rb") as file:
        assert gzip.decompress(file.read()).decode() == text


def test_without_a_stored_log_there_is_no_raw_one(page: Client) -> None:
    assert page.get(address(make_job(make_run()), "log-raw")).status_code == 404
