"""What was wrong with the machine, the network, the service or what is allowed there, not with the code."""

from typing import Final

from ci_integrations.parsing.logs.tools.complaints import Complaint, complaint

# What is tried again, or what a test is named after.
_NOT_NOW: Final = (
    r"(?!.*\b(?i:retry|retrying|retries|attempt \d+))"
    r"(?!\s*(?:[✓✔√☑✅✗✘✖✕●○]|(?:not )?ok \d|--- (?:PASS|FAIL|SKIP)|=== |\[ +(?:OK|PASSED|FAILED|RUN) "
    r"|(?:PASS|FAIL)\b))"
    r"(?!.* (?:PASSED|FAILED|\.\.\. ok)(?: +\[ *\d+%\])?$)"
)
_NOW: Final = rf"{_NOT_NOW}.*$"
# What a test's own server answers is not of the network.
_FROM_AFAR: Final = rf"{_NOT_NOW}(?!.*\b(?:localhost|127\.0\.0\.1|testserver)\b).*$"


def _phrases(tool: str, kind: str, words: str, phrases: str, example: str, pattern: str = _NOW) -> Complaint:
    """A complaint in whichever line one of the phrases (between bars) stands in, unless it is tried again."""
    return complaint(tool, kind, pattern, example, words=tuple(words.split()), holds=tuple(phrases.split("|")))


def _infra(tool: str, words: str, phrases: str, example: str, pattern: str = _NOW) -> Complaint:
    """What another attempt may mend."""
    return _phrases(tool, "infra", words, phrases, example, pattern)


def _refused(tool: str, words: str, phrases: str, example: str) -> Complaint:
    """What somebody has to set right before it is run again."""
    return _phrases(tool, "error", words, phrases, example)


INFRASTRUCTURE: Final = (
    _infra(
        "disk",
        "space quota",
        "no space left on device|disk quota exceeded",
        "write app.o: No space left on device",
    ),
    _infra(
        "memory",
        "allocate memory memory. java.lang.outofmemoryerror outofmemoryerror oom-kill oomkilled heap killed low",
        "cannot allocate memory|out of memory|outofmemoryerror|oom-kill|oomkilled|heap limit allocation failed"
        "|killed signal terminated program|low on resource: memory",
        "fatal error: runtime: out of memory",
    ),
    _infra(
        "runner",
        "signal communication runner connectionlost agent infrastructure unexpectedly failure call offline"
        " channelclosedexception parallelism encountered",
        "runner has received a shutdown signal|lost communication with the server|runner system failure"
        "|stuck or timeout failure|connectionlost: |agent lost|infrastructure fail|unexpectedly stopped responding"
        "|hosted runner encountered an error|job failed (system failure)|no runner matching the specified labels"
        "|no hosted parallelism|went offline during the build|channelclosedexception|fatal: remote call on ",
        "The runner has received a shutdown signal. This can happen when the runner service is stopped.",
    ),
    _infra(
        "time limit",
        "maximum limit output longer timed",
        "has exceeded the maximum execution time|exceeded the maximum time limit|job's log exceeded limit"
        "|the job exceeded the maximum|too long with no output|no output has been received in the last"
        "|execution took longer than|has timed out after"
        "|ran longer than the maximum time|build timed out (after",
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
        "econnreset econnrefused etimedout reset timed tls network refused connect eof hang timeout ssl_error_syscall"
        " unexpectedly rpc",
        "econnreset|econnrefused|etimedout|connection reset by peer|connection timed out|tls handshake timeout"
        "|network is unreachable|connect: connection refused|failed to connect to |unexpected eof while reading"
        "|socket hang up|i/o timeout|ssl_error_syscall|operation timed out after|read timed out"
        "|remote end hung up unexpectedly|rpc failed; curl",
        "dial tcp 10.0.0.1:443: connect: connection refused",
    ),
    _infra(
        "server",
        "502 503 504 500 error",
        "502 bad gateway|503 service unavailable|504 gateway time|500 internal server error|http error 50"
        "|received status code 50|requested url returned error: 5",
        "ERROR: HTTP error 503 Service Unavailable while getting the index",
        _FROM_AFAR,
    ),
    _infra(
        "certificate",
        "certificate",
        "certificate verify failed|certificate has expired|self-signed certificate|self signed certificate"
        "|x509: certificate",
        "x509: certificate signed by unknown authority",
    ),
    _refused(
        "permission",
        "integration publickey publickey). resource credentials authorized denied",
        "resource not accessible by integration|permission denied (publickey|requested access to the resource is denied"
        "|bad credentials|is not authorized to perform|.git denied to ",
        "Error: Resource not accessible by integration",
    ),
    _refused(
        "configuration",
        "unable matched arch supplied",
        "unable to resolve action|no file in /|unable to find node version|with arch x64 not found"
        "|input required and not supplied",
        "Error: Input required and not supplied: token",
    ),
    # https://github.com/jenkinsci/jenkins
    complaint(
        "runner",
        "infra",
        r"(?P<message>Cannot contact \S+: (?:java|hudson|org)\..+)$",
        "Cannot contact agent-1: java.lang.InterruptedException",
        starts="Cannot contact ",
    ),
    complaint(
        "memory",
        "infra",
        r"(?:\S+: line \d+: +\d+ (?=Killed )|(?=Killed$))(?P<message>Killed)",
        "./build.sh: line 3:   123 Killed                  pytest",
        ("", None, "Killed"),
        words="killed",
    ),
)
