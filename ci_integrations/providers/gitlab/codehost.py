"""GitLab as the place of the code: merge requests, our comment, our status, who may write.

https://docs.gitlab.com/api/merge_requests/, https://docs.gitlab.com/api/notes/
"""

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from ci_integrations.domain import Annotation, AuthenticatedUrl, Change, CheckData, Comparison, JobRef, RepoRef
from ci_integrations.errors import AuthFailed, Conflict, Invalid, NotFound, Unauthenticated
from ci_integrations.providers.documents import Document, count, identity, part, text
from ci_integrations.providers.gitlab import statuses
from ci_integrations.providers.gitlab.client import PAGE, Client
from ci_integrations.providers.gitlab.comparing import to_comparison
from ci_integrations.providers.gitlab.convert import is_bot, to_change
from ci_integrations.providers.gitlab.runs import Runs
from ci_integrations.providers.transport import origin

# https://docs.gitlab.com/user/profile/personal_access_tokens/#clone-repository-using-personal-access-token
TOKEN_USER: Final = "oauth2"  # noqa: S105  # a name, no secret
LONGEST_TITLE: Final = 255
LONGEST_BODY: Final = 1_000_000
# https://docs.gitlab.com/api/access_requests/#valid-access-levels
DEVELOPER: Final = 30
_CUT: Final = "\n\n(cut: GitLab takes no more)"


class GitLabCodeHost:
    """The projects of one connection."""

    def __init__(self, client: Client, runs: Runs) -> None:
        self._client = client
        self._runs = runs

    def clone_url(self, repo: RepoRef) -> AuthenticatedUrl:
        """As CodeHost says; the server may know itself by another name than we do (`keep_base_url`)."""
        settings = self._client.settings
        found = self._client.get(lambda: self._client.gl.projects.get(repo.external_id))
        url, path = text(found, "http_url_to_repo"), text(found, "path_with_namespace")
        if not url or (settings.keep_base_url and origin(url) != origin(settings.base_url)):
            if not path:
                raise Invalid(f"GitLab gives no address to clone {repo.external_id} from")
            url = f"{settings.base_url}/{path}.git"
        if urlsplit(url).username is not None or not origin(url):
            raise Invalid(f"GitLab gives no address that {repo.external_id} can be cloned from by HTTP")
        return AuthenticatedUrl(url, TOKEN_USER, settings.token or settings.oauth_token)

    def get_change(self, repo: RepoRef, number: int) -> Change:
        """As CodeHost says."""
        requests = self._client.project(repo).mergerequests
        return self._change(repo, self._client.get(lambda: requests.get(number)))

    def find_changes(self, repo: RepoRef, commit_sha: str) -> Sequence[Change]:
        """As CodeHost says."""
        project = self._client.project(repo)
        commit = project.commits.get(commit_sha, lazy=True)
        of_commit = self._client.optional_pages(
            lambda: commit.merge_requests(iterator=True, per_page=PAGE, state="opened"), limit=1
        )
        # A commit that only a fork has is not the project's: its merge request is found among all open ones.
        found = _heads(of_commit or [], commit_sha)
        if not found:
            every = self._client.pages(
                lambda: project.mergerequests.list(
                    iterator=True, per_page=PAGE, state="opened", order_by="updated_at", sort="desc"
                ),
                limit=3,
            )
            found = _heads(every, commit_sha)
        return [self._change(repo, one) for one in found]

    def compare(self, repo: RepoRef, *, base: str, head: str) -> Comparison:
        """As CodeHost says."""
        project = self._client.project(repo)
        merge_base = self._client.get(lambda: project.repository_merge_base([base, head]))
        return to_comparison(merge_base, self._client.get(lambda: project.repository_compare(base, head)))

    def open_change(self, repo: RepoRef, *, head: str, base: str, title: str, body: str) -> Change:
        """As CodeHost says."""
        existing = self._open_one(repo, head, base)
        if existing is not None:
            return existing
        wish = {"source_branch": head, "target_branch": base, "title": title[:LONGEST_TITLE], "description": _cut(body)}
        requests = self._client.project(repo).mergerequests
        try:
            return self._change(repo, self._client.send(lambda: requests.create(wish)))
        except (Conflict, Invalid) as error:
            # Somebody was faster, as the refusal says.
            existing = None if error.effect_unknown else self._open_one(repo, head, base)
            if existing is None:
                raise
            return existing

    def upsert_comment(self, repo: RepoRef, change: int, *, marker: str, body: str, known_id: str = "") -> str:
        """As CodeHost says; a note of somebody else is never edited, whatever it holds."""
        notes = self._client.project(repo).mergerequests.get(change, lazy=True).notes
        wish = {"body": _cut(body)}
        own = known_id or self._own_note(repo, change, marker)
        if own:
            try:
                self._client.send(lambda: notes.update(own, wish))
            except Unauthenticated:
                raise
            except (AuthFailed, NotFound):
                if not known_id:
                    raise
                # Somebody deleted it, or it is that of a user whose token we had before.
                return self.upsert_comment(repo, change, marker=marker, body=body)
            return own
        return identity(self._client.send(lambda: notes.create(wish)))

    def set_check(self, repo: RepoRef, check: CheckData, *, known_id: str = "") -> str:
        """As CodeHost says: a status of the commit, without annotations and buttons, once there is a conclusion."""
        return statuses.write(self._client, repo, check, known_id=known_id)

    def list_annotations(self, job: JobRef) -> Sequence[Annotation]:
        """GitLab's jobs remark nothing at lines."""
        return []

    def may_write(self, repo: RepoRef, user: str) -> bool:
        """As CodeHost says: Developers and above, by the project or by a group.

        https://docs.gitlab.com/api/project_members/
        """
        if not user or is_bot(user):
            return False
        members = self._client.project(repo).members_all
        listed = self._client.optional_pages(lambda: members.list(iterator=True, per_page=PAGE, query=user), limit=3)
        own = [one for one in listed or [] if text(one, "username").lower() == user.lower()]
        return any(count(one, "access_level") >= DEVELOPER and _is_active(one) for one in own)

    def acknowledge(self, repo: RepoRef, comment_id: str, *, accepted: bool) -> None:
        """As CodeHost says: an emoji at the note, thumb up or confused."""
        number, slash, note = comment_id.partition("/")
        if not (slash and number.isdecimal() and note.isdecimal()):
            raise Invalid(f"{comment_id[:40]!r} is no comment of a merge request")
        of_change = self._client.project(repo).mergerequests.get(int(number), lazy=True)
        emojis = of_change.notes.get(int(note), lazy=True).awardemojis
        name = "thumbsup" if accepted else "confused"
        try:
            self._client.send(lambda: emojis.create({"name": name}))
        except NotFound as error:
            # GitLab says so where it is there already.
            if "already been taken" not in f"{error}":
                raise

    def _change(self, repo: RepoRef, value: Document) -> Change:
        return to_change(repo, value, fork_of=self._runs.fork_of)

    def _open_one(self, repo: RepoRef, head: str, base: str) -> Change | None:
        requests = self._client.project(repo).mergerequests
        filters = {"state": "opened", "source_branch": head, "target_branch": base}
        listed = self._client.pages(lambda: requests.list(iterator=True, per_page=PAGE, **filters), limit=1)
        found = (self._change(repo, one) for one in listed)
        # A server that knows no filter lists all of them.
        own = (one for one in found if one.is_open and not one.head_repository)
        return next((one for one in own if (one.head_branch, one.base_branch) == (head, base)), None)

    def _own_note(self, repo: RepoRef, change: int, marker: str) -> str:
        notes = self._client.project(repo).mergerequests.get(change, lazy=True).notes
        for note in self._client.pages(lambda: notes.list(iterator=True, per_page=PAGE)):
            author = text(part(note, "author"), "username")
            if marker in text(note, "body") and author and author == self._client.viewer():
                return identity(note)
        return ""


def _is_active(member: Document) -> bool:
    return {text(member, "state"), text(member, "membership_state")} <= {"", "active"}


def _heads(listed: Iterable[Document], commit_sha: str) -> list[Document]:
    """The open ones whose newest commit it is."""
    return [one for one in listed if text(one, "sha") == commit_sha and text(one, "state") in {"", "opened"}]


def _cut(body: str) -> str:
    return body if len(body) <= LONGEST_BODY else body[: LONGEST_BODY - len(_CUT)] + _CUT
