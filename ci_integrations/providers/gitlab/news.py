"""What a webhook of GitLab says.

https://docs.gitlab.com/user/project/integrations/webhook_events/
https://docs.gitlab.com/administration/system_hooks/
"""

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlsplit

from ci_integrations.domain import Command, Delivery, InstallationData, News, RepoRef, RepositoryData, RunRef
from ci_integrations.errors import BadWebhook, Invalid
from ci_integrations.providers import comments
from ci_integrations.providers.documents import Document, count, identity, part, text, webhook_payload
from ci_integrations.providers.gitlab.convert import EXTERNAL, UNKNOWN_FORK, is_bot, to_change
from ci_integrations.providers.gitlab.states import state_of
from ci_integrations.providers.gitlab.webhook import kind_of

_NOBODY: Final = "0" * 40
# Actions on a merge request that are of interest; an `update` is where it has new commits.
_CHANGED: Final = frozenset({"", "open", "reopen", "update", "close", "merge"})


class Newsreader:
    """Reads deliveries for one connection: `names` are the projects that it follows, `group` is that of `group:`."""

    def __init__(self, names: tuple[str, ...], *, base_url: str, group: str) -> None:
        self._names = names
        self._prefix = urlsplit(base_url).path.rstrip("/")
        self._group = group

    def read(self, delivery: Delivery) -> News:
        """What a delivery says; `ignored` gives the reason where nothing follows from it. Raises BadWebhook."""
        payload = webhook_payload(delivery.body)
        try:
            kind = kind_of(payload)
            reader = _READERS.get(kind)
            return reader(self, payload) if reader else _ignored(kind[:60] or "it", "it is not used")
        except Invalid as error:
            raise BadWebhook(f"the webhook {delivery.event} cannot be read: {error}") from error

    def repo(self, payload: Document) -> RepoRef:
        """The project that a payload is about, as the connection names it: by path or by number."""
        project = part(payload, "project")
        number = project.get("id", payload.get("project_id"))
        if f"{number}" in self._names:
            return RepoRef(f"{number}")
        path = text(project, "path_with_namespace") or text(payload, "path_with_namespace")
        return RepoRef(path or self._path_in(payload))

    def _path_in(self, payload: Document) -> str:
        """Payloads of jobs name their project in addresses only."""
        repository = part(payload, "repository")
        address = text(repository, "homepage") or text(repository, "git_http_url").removesuffix(".git")
        path = urlsplit(address).path.rstrip("/")
        known = [name for name in self._names if path.lower().endswith(f"/{name.lower()}")]
        found = max(known, key=len, default="") or path.removeprefix(self._prefix).strip("/")
        if not found:
            raise Invalid("it does not name its project")
        return found

    def pipeline(self, payload: Document) -> News:
        """The end of a pipeline is looked at at once, anything else soon."""
        found = part(payload, "object_attributes")
        if text(found, "source") == EXTERNAL:
            return _ignored("pipeline", "it holds nothing but statuses of other programs")
        ref = RunRef(self.repo(payload), identity(found))
        return News(runs=(ref,)) if state_of(text(found, "status")).is_terminal else News(stirred=(ref,))

    def job(self, payload: Document) -> News:
        """`commit.id` is that of the pipeline."""
        key, value = ("pipeline_id", payload) if payload.get("pipeline_id") else ("id", part(payload, "commit"))
        return News(stirred=(RunRef(self.repo(payload), identity(value, key)),))

    def note(self, payload: Document) -> News:
        """A command in a new comment on a merge request."""
        note, change = part(payload, "object_attributes"), part(payload, "merge_request")
        if text(note, "noteable_type") != "MergeRequest":
            return _ignored("note", "it is no merge request's")
        if text(note, "action") not in {"", "create"}:
            return _ignored("note", "only new comments are obeyed")
        by = text(part(payload, "user"), "username")
        if note.get("system") is True or is_bot(by):
            return _ignored("note", "no person wrote it")
        if not by:
            return _ignored("note", "nobody is named as its author")
        kind = comments.command_in(text(note, "note"))
        if kind is None:
            return _ignored("note", "it holds no command")
        number = count(change, "iid")
        if not number:
            raise Invalid("its merge request has no `iid`")
        comment = f"{number}/{identity(note)}"
        return News(commands=(Command(kind, self.repo(payload), by, change=number, comment_id=comment),))

    def merge_request(self, payload: Document) -> News:
        """A merge request that was opened, closed or merged, or has other commits."""
        found = part(payload, "object_attributes")
        action = text(found, "action")
        if action not in _CHANGED or (action == "update" and not found.get("oldrev")):
            return _ignored("merge_request", f"its commits stay as they are ({action[:40]})")
        return News(changes=(to_change(self.repo(payload), found, fork_of=_fork_of),))

    def push(self, payload: Document) -> News:
        """Runs may follow."""
        if text(payload, "after") == _NOBODY:
            return _ignored("push", "a branch was deleted")
        return News(pushed=self.repo(payload))

    def project_created(self, payload: Document) -> News:
        """A project of the group."""
        path = self.repo(payload).external_id
        return self._of_group(path, added=(RepositoryData(path),))

    def project_destroyed(self, payload: Document) -> News:
        """A project that is gone."""
        path = self.repo(payload).external_id
        return self._of_group(path, removed=(path,))

    def project_renamed(self, payload: Document) -> News:
        """A project that has another path now."""
        before = text(payload, "old_path_with_namespace")
        if not before:
            raise Invalid("it does not tell the project's path of before")
        return News(renamed=(before, self.repo(payload).external_id))

    def _of_group(self, path: str, *, added: tuple[RepositoryData, ...] = (), removed: tuple[str, ...] = ()) -> News:
        is_inside = self._group.isdecimal() or path.lower().startswith(f"{self._group.lower()}/")
        if not self._group or not is_inside:
            return _ignored("project", f"{path} is of no group that is followed")
        return News(installation=InstallationData(self._group, self._group, added=added, removed=removed))


def _fork_of(merge_request: Document) -> str:
    return text(part(merge_request, "source"), "path_with_namespace") or UNKNOWN_FORK


def _ignored(kind: str, why: str) -> News:
    return News(ignored=f"{kind}: {why}")


_READERS: Final[Mapping[str, Callable[[Newsreader, Document], News]]] = {
    "pipeline": Newsreader.pipeline,
    "build": Newsreader.job,
    "note": Newsreader.note,
    "merge_request": Newsreader.merge_request,
    "push": Newsreader.push,
    "project_create": Newsreader.project_created,
    "project_destroy": Newsreader.project_destroyed,
    "project_rename": Newsreader.project_renamed,
    "project_transfer": Newsreader.project_renamed,
}
