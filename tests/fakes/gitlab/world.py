"""What is on the fake: people, groups, projects, and the webhooks that leave it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tests.fakes import git_http
from tests.fakes.faulty import Faulty
from tests.fakes.git_files import commit_files, make_bare
from tests.fakes.gitlab.hooks import Hook
from tests.fakes.gitlab.state import FakeGroup, FakeProject, Person, Token, WebhookRecord, new_id

ALL_EVENTS: Final = {"pipeline_events", "job_events", "note_events", "merge_requests_events", "push_events"}
SHA: Final = "c0ffee" * 6 + "c0ff"


class World(Faulty):
    """The state; `external_url` is what the server says of itself, `now` its clock."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        root.mkdir(parents=True, exist_ok=True)
        self.root = root
        self.external_url = ""
        self.projects: dict[str, FakeProject] = {}
        self.groups: dict[str, FakeGroup] = {}
        self.people: dict[str, Person] = {}
        self.tokens: dict[str, Token] = {}
        self.outbox: list[Hook] = []
        self.deliveries: list[tuple[Hook, int]] = []
        self.most_diff_files = 100
        self.most_diff_lines = 5000
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def add_person(self, username: str, *, bot: bool = False) -> Person:
        """Somebody, or a bot."""
        made = Person(username, bot=bot)
        self.people[username] = made
        return made

    def person(self, username: str) -> Person:
        """Somebody, who is made where there is none of that name."""
        return self.people.get(username) or self.add_person(username)

    def add_token(
        self,
        value: str,
        username: str,
        *,
        scopes: tuple[str, ...] = ("api",),
        expires_at: datetime | None = None,
        oauth: bool = False,
    ) -> Token:
        """A token of somebody."""
        self.tokens[value] = Token(value, self.person(username), scopes, expires_at, oauth=oauth)
        return self.tokens[value]

    def add_group(self, full_path: str) -> FakeGroup:
        """A group, or a subgroup."""
        made = FakeGroup(full_path)
        self.groups[full_path] = made
        return made

    def add_project(
        self, path: str, files: dict[str, str] | None = None, *, default_branch: str = "main"
    ) -> FakeProject:
        """A project; with `files` it has code, in one commit, which starts no pipeline."""
        made = FakeProject(path, default_branch=default_branch)
        self.projects[path] = made
        if files is not None:
            made.git_dir = self.root / f"{path}.git"
            make_bare(made.git_dir, default_branch)
            commit_files(made.git_dir, self.root / f"work-{new_id()}", files, default_branch)
        return made

    def add_hook(
        self,
        owner: FakeProject | FakeGroup,
        url: str,
        *,
        events: set[str] | None = None,
        token: str = "",
        signing_token: str = "",
    ) -> WebhookRecord:
        """A webhook that somebody made by hand."""
        made = WebhookRecord(url, events if events is not None else set(ALL_EVENTS), token, signing_token)
        owner.hooks.append(made)
        return made

    def heads(self, project: FakeProject) -> dict[str, str]:
        """The branches with their commits; one without code has those of `branches`, and the default branch."""
        if project.git_dir is None:
            return {project.default_branch: SHA} | project.branches
        return git_http.heads(project.git_dir)

    def emit(self, project: FakeProject, kind: str, event: str, payload: dict[str, Any]) -> None:
        """Put an event into the outbox, for every webhook that asks for it."""
        groups = [group for group in self.groups.values() if f"{project.path}/".startswith(f"{group.full_path}/")]
        uuid = f"{new_id():08x}-0000-4000-8000-000000000000"
        owners: list[FakeProject | FakeGroup] = [project, *groups]
        for record in [hook for owner in owners for hook in owner.hooks if kind in hook.events]:
            if record.disabled_until is not None and record.disabled_until >= self.now():
                continue
            key = f"{new_id():08x}-1111-4000-8000-000000000000"
            self.outbox.append(Hook(event, payload, record, key, uuid, self.external_url, self.now()))

    def pump(self, post: Callable[[Hook], int]) -> int:
        """Hand over what is in the outbox: `post` gives the status code. Gives how many there were."""
        with self.lock:
            hooks, self.outbox = self.outbox, []
        for hook in hooks:
            hook.sent_at = self.now()
            status = post(hook)
            self.deliveries.append((hook, status))
            self._remember(hook.record, is_ok=200 <= status < 400)
        return len(hooks)

    def _remember(self, record: WebhookRecord, *, is_ok: bool) -> None:
        record.failures = 0 if is_ok else record.failures + 1
        record.disabled_until = None
        if record.failures > 3:
            record.disabled_until = self.now() + timedelta(minutes=2 ** (record.failures - 4))
