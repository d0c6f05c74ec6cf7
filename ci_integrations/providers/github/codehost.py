"""GitHub as the place of the code: pull requests, our comment, our check, who may write.

https://docs.github.com/en/rest/pulls, https://docs.github.com/en/rest/issues/comments
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from ci_integrations.domain import Annotation, AuthenticatedUrl, Change, CheckData, Comparison, JobRef, RepoRef
from ci_integrations.errors import AuthFailed, Invalid, NotFound, NotSupported
from ci_integrations.providers.documents import Document, document, identity, part, text
from ci_integrations.providers.github import checks
from ci_integrations.providers.github.client import Caller, Client, path_of
from ci_integrations.providers.github.comparing import to_comparison
from ci_integrations.providers.github.convert import to_annotation, to_change

# GitHub's own name for whoever clones with an installation's token:
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation
TOKEN_USER: Final = "x-access-token"  # noqa: S105  # a name, no secret
LONGEST_TITLE: Final = 256
LONGEST_BODY: Final = 65_536
_WRITERS: Final = frozenset({"admin", "maintain", "write"})
_CUT: Final = "\n\n(cut: GitHub takes no more)"


class GitHubCodeHost:
    """The repositories of one connection."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def clone_url(self, repo: RepoRef) -> AuthenticatedUrl:
        """As CodeHost says; the address is what GitHub answers."""
        caller = self._client.repo(repo)
        url = text(document(caller.get(path_of(repo)), "repository"), "clone_url")
        if not url:
            raise Invalid(f"GitHub gives no address to clone {repo.external_id} from")
        return AuthenticatedUrl(url, TOKEN_USER, caller.token())

    def get_change(self, repo: RepoRef, number: int) -> Change:
        """As CodeHost says."""
        return to_change(repo, self._client.repo(repo).get(path_of(repo, "pulls", number)))

    def find_changes(self, repo: RepoRef, commit_sha: str) -> Sequence[Change]:
        """As CodeHost says."""
        caller = self._client.repo(repo)
        of_commit = caller.pages(path_of(repo, "commits", commit_sha, "pulls"), None, limit=1)
        # A commit that only a fork has is not the repository's: its pull request is found among all open ones.
        every = caller.pages(path_of(repo, "pulls"), None, limit=3, state="open", sort="updated", direction="desc")
        for listed in (of_commit, every):
            found = [to_change(repo, pull) for pull in listed]
            fitting = [change for change in found if change.is_open and change.head_sha == commit_sha]
            if fitting:
                return fitting
        return []

    def compare(self, repo: RepoRef, *, base: str, head: str) -> Comparison:
        """As CodeHost says: all files come with the first commit."""
        caller = self._client.repo(repo)
        return to_comparison(caller.get(path_of(repo, "compare", f"{base}...{head}"), per_page=1, page=1))

    def open_change(self, repo: RepoRef, *, head: str, base: str, title: str, body: str) -> Change:
        """As CodeHost says."""
        caller = self._client.repo(repo)
        existing = self._open_one(caller, repo, head, base)
        if existing is not None:
            return existing
        wish = {"title": title[:LONGEST_TITLE], "head": head, "base": base, "body": _cut(body)}
        try:
            return to_change(repo, caller.send("POST", path_of(repo, "pulls"), wish))
        except Invalid as error:
            # Somebody was faster, as the refusal says; the list may lag behind.
            existing = None if error.effect_unknown else self._open_one(caller, repo, head, base)
            if existing is None:
                raise
            return existing

    def upsert_comment(self, repo: RepoRef, change: int, *, marker: str, body: str, known_id: str = "") -> str:
        """As CodeHost says; a person's comment is never edited, whatever it holds."""
        caller, wish = self._client.repo(repo), {"body": _cut(body)}
        own = known_id or self._own_comment(caller, repo, change, marker)
        if own:
            try:
                caller.send("PATCH", path_of(repo, "issues", "comments", own), wish)
            except NotFound:
                if not known_id:
                    raise
                # Somebody deleted it.
                return self.upsert_comment(repo, change, marker=marker, body=body)
            return own
        made = caller.send("POST", path_of(repo, "issues", change, "comments"), wish)
        return identity(document(made, "comment"))

    def set_check(self, repo: RepoRef, check: CheckData, *, known_id: str = "") -> str:
        """As CodeHost says; only an App may."""
        settings = self._client.settings
        if settings.app is None:
            raise NotSupported("GitHub takes check runs from Apps only; this connection has a plain token")
        return checks.write(self._client.repo(repo), repo, check, app_id=settings.app.id, known_id=known_id)

    def list_annotations(self, job: JobRef) -> Sequence[Annotation]:
        """As CodeHost says; the id of an Actions job is that of its check run."""
        repo = job.run.repo
        listed = self._client.repo(repo).pages(path_of(repo, "check-runs", job.external_id, "annotations"), None)
        return [to_annotation(one) for one in listed]

    def may_write(self, repo: RepoRef, user: str) -> bool:
        """As CodeHost says.

        https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
        """
        if not user or user.endswith("[bot]"):
            return False
        try:
            found = self._client.repo(repo).get(path_of(repo, "collaborators", user, "permission"))
        except (AuthFailed, NotFound):
            return False
        answer = document(found, "permission")
        return bool({text(answer, "permission"), text(answer, "role_name")} & _WRITERS)

    def acknowledge(self, repo: RepoRef, comment_id: str, *, accepted: bool) -> None:
        """As CodeHost says: a reaction, thumb up or confused."""
        reaction = {"content": "+1" if accepted else "confused"}
        self._client.repo(repo).send("POST", path_of(repo, "issues", "comments", comment_id, "reactions"), reaction)

    def _open_one(self, caller: Caller, repo: RepoRef, head: str, base: str) -> Change | None:
        owner = repo.external_id.partition("/")[0]
        listed = caller.pages(path_of(repo, "pulls"), None, limit=1, state="open", head=f"{owner}:{head}", base=base)
        found = (to_change(repo, pull) for pull in listed)
        # A server that knows no filter lists all of them.
        own = (one for one in found if one.is_open and not one.head_repository)
        return next((one for one in own if (one.head_branch, one.base_branch) == (head, base)), None)

    def _own_comment(self, caller: Caller, repo: RepoRef, change: int, marker: str) -> str:
        for comment in _documents(caller.pages(path_of(repo, "issues", change, "comments"), None)):
            if marker in text(comment, "body") and self._is_ours(caller, comment):
                return identity(comment)
        return ""

    def _is_ours(self, caller: Caller, comment: Document) -> bool:
        author, app = part(comment, "user"), self._client.settings.app
        if app is None:
            viewer = _viewer(caller)
            return bool(viewer) and text(author, "login") == viewer
        by = part(comment, "performed_via_github_app")
        if by:
            return app.id in {str(by.get("id")), by.get("client_id")} or text(by, "slug") == app.slug != ""
        return text(author, "login") == f"{app.slug}[bot]" if app.slug else text(author, "type") == "Bot"


def _viewer(caller: Caller) -> str:
    """Whose token it is; "" for one that may not ask."""
    try:
        return text(document(caller.get("/user"), "user"), "login")
    except (AuthFailed, NotFound):
        return ""


def _documents(listed: Iterator[Any]) -> Iterator[Document]:
    return (document(one, "comment") for one in listed)


def _cut(body: str) -> str:
    return body if len(body) <= LONGEST_BODY else body[: LONGEST_BODY - len(_CUT)] + _CUT
