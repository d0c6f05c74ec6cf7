"""The fake's listener (API and git), its switches and its faults."""

import re
import ssl
from pathlib import Path
from typing import Self

from tests.fakes import git_http, tls
from tests.fakes.gitlab import routes
from tests.fakes.gitlab.access import level, need_level, need_scope, token_of
from tests.fakes.gitlab.etags import conditional
from tests.fakes.gitlab.people import People
from tests.fakes.gitlab.state import DEVELOPER, Token
from tests.fakes.http import Refused, Reply, Seen, listen


class FakeGitLab(People):
    """A GitLab on loopback. Use as a context manager; `root` is where repositories and logs are kept.

    `prefix` is a path that it is below, `with_tls` makes it one of https with a certificate in `ca_file`.
    `external_url` is what it says of itself. `requests` are those that came, in order; `ledger` holds every write that
    was carried out; `outbox` the webhooks that were not handed over yet: see `pump`. `trace_bytes` counts how much of
    each job's log was sent. The switches are below.
    """

    # Logs are served in ranges (as a proxy may), and answers with ETag.
    serves_ranges = False
    sends_etags = True
    # GitLab 19.2 and later; servers before it have no `signing_token` or do not take it either.
    has_trigger_jobs = True
    knows_signing_token = True
    refuses_signing_token = False
    # Reports can be had by `file_type`: https://gitlab.com/gitlab-org/gitlab/-/merge_requests/252518
    serves_reports = False
    # The project's setting of who may use pipeline variables.
    refuses_variables = False
    # Group webhooks need Premium.
    has_group_hooks = True
    # Where writes are sent on to, as servers do that were asked by http or by another name.
    redirects_writes_to = ""

    def __init__(self, root: Path, *, prefix: str = "", with_tls: bool = False) -> None:
        super().__init__(root)
        self.prefix = prefix
        self.ledger: list[tuple[str, str]] = []
        self.trace_bytes: dict[int, int] = {}
        self._context: ssl.SSLContext | None = None
        self.ca_file: Path | None = None
        if with_tls:
            self._context, self.ca_file = tls.server_context(root / "tls")

    def __enter__(self) -> Self:
        self._listener = listen(lambda seen: self.answer(seen), tls=self._context)
        self.external_url = self.external_url or self.base_url
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.shut_down()
        self._listener.shutdown()
        self._listener.server_close()

    @property
    def base_url(self) -> str:
        """Its address, without `/api/v4`."""
        scheme = "https" if self._context else "http"
        return f"{scheme}://127.0.0.1:{self._listener.server_address[1]}{self.prefix}"

    def answer(self, seen: Seen) -> Reply | None:
        """The answer to a request, or a fault; None hangs up."""
        reply = self.respond(seen, self._truth)
        found = re.search(r"/jobs/(\d+)/trace$", seen.path)
        if found and reply is not None and reply.status in {200, 206}:
            number = int(found[1])
            with self.lock:
                self.trace_bytes[number] = self.trace_bytes.get(number, 0) + len(reply.body)
        return reply

    def _truth(self, seen: Seen) -> Reply:
        if not seen.path.startswith(f"{self.prefix}/"):
            return Reply(404, {"error": "404 Not Found"})
        if self.redirects_writes_to and seen.method != "GET":
            return Reply(301, headers={"Location": f"{self.redirects_writes_to}{seen.raw_path}"})
        token = token_of(self, seen)
        seen.identity = token.person.username if token else ""
        path = seen.path.removeprefix(self.prefix)
        git = re.fullmatch(r"/(.+)\.git(/.*)", path)
        if git and not path.startswith("/api/"):
            return self._git(seen, token, git[1], git[2])
        with self.lock:
            reply = routes.dispatch(self, seen)
        return conditional(seen, reply) if self.sends_etags else reply

    def _git(self, seen: Seen, token: Token | None, path: str, rest: str) -> Reply:
        project = self.projects.get(path)
        if token is None or project is None or not level(self, seen.identity, project):
            raise Refused(401, "HTTP Basic: Access denied", **{"WWW-Authenticate": 'Basic realm="GitLab"'})
        need_scope(token, "api", "write_repository", "read_repository", "read_api")
        if rest == "/git-receive-pack":
            need_scope(token, "api", "write_repository")
            need_level(self, seen, project, DEVELOPER)
        before = git_http.heads(project.git_dir)
        reply = git_http.serve(project.git_dir, seen, rest)
        if rest == "/git-receive-pack":
            with self.lock:
                self.ledger += [("push", name) for name, sha in self.heads(project).items() if before.get(name) != sha]
                self.pushed(project, before, by=seen.identity)
        return reply
