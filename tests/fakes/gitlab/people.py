"""What people do: they push, open merge requests and write notes."""

from typing import Any

from tests.fakes.git_files import commit_files
from tests.fakes.gitlab import payloads, shapes, starting
from tests.fakes.gitlab.clock import stamp
from tests.fakes.gitlab.pipelines import Pipelines
from tests.fakes.gitlab.state import FakeMergeRequest, FakeProject, Person, new_id
from tests.fakes.gitlab.world import SHA


class People(Pipelines):
    """Lets people do things."""

    def commit(
        self,
        project: FakeProject,
        files: dict[str, str],
        *,
        branch: str = "",
        base: str = "",
        by: str = "ada",
        quiet: bool = False,
    ) -> str:
        """Commit files to a branch, as a person who pushes; gives the commit. `quiet`: no events, no pipelines."""
        branch = branch or project.default_branch
        before = self.heads(project)
        assert project.git_dir is not None
        start = branch if branch in before else base or project.default_branch
        commit_files(project.git_dir, self.root / f"work-{new_id()}", files, branch, start if before else "")
        if not quiet:
            with self.lock:
                self.pushed(project, before, by=by)
        return self.heads(project)[branch]

    def pushed(self, project: FakeProject, before: dict[str, str], *, by: str) -> None:
        """Branches moved: events, pipelines, merge requests that have new commits."""
        for branch, sha in self.heads(project).items():
            old = before.get(branch, "")
            if old == sha:
                continue
            self.emit(project, "push_events", "Push Hook", payloads.push(self, project, branch, old, sha, by=by))
            self.start(starting.Start(project, branch, sha, "push", by))
            for target in self.projects.values():
                for request in target.merge_requests:
                    source = (request.source_project, request.source_branch, request.state)
                    if source == (project, branch, "opened"):
                        request.heads.append(sha)
                        self.tell_request(request, "update", by=by, oldrev=old)
                        self.start_for_request(request, by=by)

    def open_request(
        self,
        project: FakeProject,
        *,
        source: str,
        target: str = "",
        title: str = "A change",
        description: str = "",
        by: str = "ada",
        fork: FakeProject | None = None,
    ) -> FakeMergeRequest:
        """Open a merge request; `fork` is the project that its branch is in."""
        home = fork or project
        with self.lock:
            head = self.heads(home).get(source, SHA)
            number = len(project.merge_requests) + 1
            made = FakeMergeRequest(
                project, number, title, description, source, target or project.default_branch, by, self.now(), home,
                [head],
            )  # fmt: skip
            project.merge_requests.append(made)
            self.tell_request(made, "open", by=by)
            if fork is None:
                self.start_for_request(made, by=by)
        return made

    def end_request(self, request: FakeMergeRequest, state: str, *, by: str = "ada") -> None:
        """Close or merge one: `state` is closed or merged."""
        with self.lock:
            request.state = state
            self.tell_request(request, "merge" if state == "merged" else "close", by=by)

    def tell_request(self, request: FakeMergeRequest, action: str, *, by: str, oldrev: str = "") -> None:
        """Tell of a merge request."""
        body = payloads.merge_request(self, request, action, by=by, oldrev=oldrev)
        self.emit(request.project, "merge_requests_events", "Merge Request Hook", body)

    def comment(self, request: FakeMergeRequest, body: str, *, by: str, system: bool = False) -> dict[str, Any]:
        """Somebody writes a note."""
        who = self.person(by)
        with self.lock:
            made = self.new_note(body, who, system=system)
            request.notes.append(made)
            self.emit(request.project, "note_events", "Note Hook", payloads.note(self, request, made, "create"))
        return made

    def new_note(self, body: str, who: Person, *, system: bool = False) -> dict[str, Any]:
        """A note, not yet anywhere."""
        return {
            "id": new_id(),
            "body": body,
            "author": shapes.person(self, who),
            "created_at": stamp(self.now()),
            "updated_at": stamp(self.now()),
            "system": system,
            "noteable_type": "MergeRequest",
            "internal": False,
        }
