"""What was wrong with the machine, the network or the service, not with the code; and what crashed."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import Complaint, complaint

_NOW: Final = r"(?!.*\b(?i:retry|retrying|retries|attempt \d+)).*$"


def _infra(tool: str, words: str, phrases: str, example: str) -> Complaint:
    """A complaint in whichever line one of the phrases (between bars) stands in, unless it is tried again."""
    return complaint(tool, "infra", _NOW, example, words=tuple(words.split()), holds=tuple(phrases.split("|")))


INFRASTRUCTURE: Final = (
    _infra(
        "disk",
        "space quota",
        "no space left on device|disk quota exceeded",
        "write app.o: No space left on device",
    ),
    _infra(
        "memory",
        "allocate memory memory. java.lang.outofmemoryerror outofmemoryerror oom-kill oomkilled heap",
        "cannot allocate memory|out of memory|outofmemoryerror|oom-kill|oomkilled|heap limit allocation failed",
        "fatal error: runtime: out of memory",
    ),
    _infra(
        "runner",
        "signal communication runner connectionlost agent infrastructure unexpectedly",
        "runner has received a shutdown signal|lost communication with the server|runner system failure"
        "|stuck or timeout failure|connectionlost: |agent lost|infrastructure fail|unexpectedly stopped responding",
        "The runner has received a shutdown signal. This can happen when the runner service is stopped.",
    ),
    _infra(
        "time limit",
        "maximum limit output longer timed",
        "has exceeded the maximum execution time|exceeded the maximum time limit|job's log exceeded limit"
        "|the job exceeded the maximum|too long with no output|no output has been received in the last"
        "|execution took longer than|has timed out after",
        "The job running on runner Hosted Agent has exceeded the maximum execution time of 360 minutes.",
    ),
    _infra(
        "rate limit",
        "rate toomanyrequests 429",
        "api rate limit exceeded|toomanyrequests|429 too many requests|secondary rate limit|rate limit reached",
        "toomanyrequests: You have reached your pull rate limit.",
    ),
    _infra(
        "dns",
        "resolve temporary service enotfound eai_again host",
        "could not resolve host|temporary failure in name resolution|name or service not known|getaddrinfo enotfound"
        "|eai_again|no such host|temporary failure resolving",
        "curl: (6) Could not resolve host: pypi.example.com",
    ),
    _infra(
        "network",
        "econnreset econnrefused etimedout reset timed tls network refused connect eof hang timeout ssl_error_syscall",
        "econnreset|econnrefused|etimedout|connection reset by peer|connection timed out|tls handshake timeout"
        "|network is unreachable|connect: connection refused|failed to connect to |unexpected eof while reading"
        "|socket hang up|i/o timeout|ssl_error_syscall",
        "dial tcp 10.0.0.1:443: connect: connection refused",
    ),
    _infra(
        "server",
        "502 503 504 500",
        "502 bad gateway|503 service unavailable|504 gateway time|500 internal server error|http error 50",
        "ERROR: HTTP error 503 Service Unavailable while getting the index",
    ),
    _infra(
        "certificate",
        "certificate",
        "certificate verify failed|certificate has expired|self-signed certificate|self signed certificate"
        "|x509: certificate",
        "x509: certificate signed by unknown authority",
    ),
    complaint(
        "memory",
        "infra",
        r"(?:\S+: line \d+: +\d+ )?(?P<message>Killed)\b(?: {2,}.*)?$",
        "./build.sh: line 3:   123 Killed                  pytest",
        ("", None, "Killed"),
        words="killed",
    ),
    complaint(
        "crash",
        "crash",
        r".*?(?P<message>Segmentation fault|Bus error|Illegal instruction|Aborted|Floating point exception) *"
        r"(?P<more>\(core dumped\)).*$",
        "./build.sh: line 3:   123 Segmentation fault      (core dumped) ./app",
        ("", None, "Segmentation fault (core dumped)"),
        words="dumped",
    ),
    complaint(
        "go",
        "crash",
        r"(?P<message>panic: .+|fatal error: all goroutines are asleep.*)$",
        "panic: runtime error: index out of range [1] with length 1",
        ("", None, "panic: runtime error: index out of range [1] with length 1"),
        starts=("panic: ", "fatal error: all"),
    ),
    complaint(
        "jest",
        "test",
        r"\s*● Test suite failed to run$",
        " FAIL  src/a.test.js\n  ● Test suite failed to run\n\n    Cannot find module './nope' from 'src/a.test.js'",
        ("src/a.test.js", None, "Cannot find module './nope' from 'src/a.test.js'"),
        starts="● Test",
        heading=r" ?FAIL +(?P<path>\S+\.\w+)",
        then=r"\s+(?P<message>(?P<last>\S.*))$",
        reach=3,
    ),
)
