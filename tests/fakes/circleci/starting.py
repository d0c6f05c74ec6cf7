"""How pipelines of the fake CircleCI start, and those of projects with code really run."""

import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.fakes.circleci import config
from tests.fakes.circleci.lifecycle import Lifecycle
from tests.fakes.circleci.runner import Runner
from tests.fakes.circleci.state import FakeDefinition, FakeJob, FakePipeline, FakeProject, FakeWorkflow, canonical
from tests.fakes.http import Refused


class Starting(Lifecycle):
    """Keeps the projects; `cancel_delay` is how long canceling takes, in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.projects: dict[str, FakeProject] = {}
        self.cancel_delay = 0.05
        self._runners: dict[str, list[Runner]] = {}
        self._configs: dict[str, config.Config] = {}
        self._threads: list[threading.Thread] = []

    def add_project(self, slug: str, *, name: str = "", organization: str = "", **more: Any) -> FakeProject:
        """A project; of the GitHub App where its slug begins with `circleci/`. `more` are fields of FakeProject.

        One with a `git_dir`, a bare repository, runs its pipelines for real.
        """
        _, owner, last = slug.split("/")
        project = FakeProject(canonical(slug), name or last, organization or owner, **more)
        self.projects[project.slug] = project
        return project

    def push(self, project: FakeProject, branch: str = "", *, by: str = "ada") -> FakePipeline:
        """Somebody pushed to a branch of a project that has code: a pipeline starts."""
        return self.start(project, branch=branch or project.default_branch, trigger="webhook", actor=by)

    def start(
        self,
        project: FakeProject,
        *,
        branch: str = "",
        tag: str = "",
        trigger: str = "api",
        actor: str = "ada",
        parameters: dict[str, Any] | None = None,
        definition: FakeDefinition | None = None,
    ) -> FakePipeline:
        """A pipeline that is pending; it really runs where the project has code, and is moved on by hand elsewhere."""
        given: dict[str, Any] = {"branch": branch, "tag": tag, "trigger": trigger, "actor": actor}
        given["parameters"] = parameters or {}
        if project.git_dir is None:
            return self.add_pipeline(project, **given)
        sha = self.commit_of(project, f"refs/tags/{tag}" if tag else f"refs/heads/{branch}")
        subject = self.subject_of(project, sha)
        pipeline = self.add_pipeline(project, sha=sha, workflows={}, state="pending", subject=subject, **given)
        self._thread(lambda: self._compile(pipeline, definition or project.definitions[0]))
        return pipeline

    def commit_of(self, project: FakeProject, ref: str) -> str:
        """The commit of a branch or a tag."""
        command = ["git", "--git-dir", f"{project.git_dir}", "rev-parse", "--verify", "-q", f"{ref}^{{commit}}"]
        found = subprocess.run(command, capture_output=True, text=True, check=False)
        if found.returncode:
            raise Refused(400, f"{'Tag' if ref.startswith('refs/tags/') else 'Branch'} not found")
        return found.stdout.strip()

    def subject_of(self, project: FakeProject, sha: str) -> str:
        """The first line of a commit's message."""
        command = ["git", "--git-dir", f"{project.git_dir}", "log", "-1", "--format=%s", sha]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def wait_idle(self, seconds: float = 60) -> None:
        """Until nothing runs, and nothing is being canceled."""
        deadline = time.monotonic() + seconds
        while threads := [thread for thread in self._threads if thread.is_alive()]:
            threads[0].join(max(0.1, deadline - time.monotonic()))
            assert time.monotonic() < deadline, "a pipeline runs on"

    def pipelines(self) -> list[FakePipeline]:
        """All pipelines, each project's newest first."""
        return [pipeline for project in self.projects.values() for pipeline in project.pipelines]

    def stop(self) -> None:
        """End all that runs."""
        for runner in [one for runners in self._runners.values() for one in runners]:
            for job in runner.workflow.jobs:
                runner.cancel(job)
        self.wait_idle()

    def go_on(self, workflow: FakeWorkflow) -> None:
        """Run what is queued, where the project has code."""
        settings = self._configs.get(workflow.pipeline.id)
        if settings is not None:
            runner = Runner(self, workflow, settings)
            self._runners.setdefault(workflow.id, []).append(runner)
            self._thread(runner.work)

    def cancel(self, workflow: FakeWorkflow, jobs: list[FakeJob]) -> None:
        """End jobs, a moment later."""

        def stop() -> None:
            time.sleep(self.cancel_delay)
            runners = self._runners.get(workflow.id, [])
            for job in reversed([job for job in jobs if not job.is_ended]):
                if not runners or job.status != "running":
                    self.end(workflow, job, "canceled")
                for runner in runners:
                    runner.cancel(job)

        self._thread(stop)

    def _compile(self, pipeline: FakePipeline, definition: FakeDefinition) -> None:
        assert pipeline.project.git_dir is not None
        values = {"id": pipeline.id, "number": pipeline.number, "git.branch": pipeline.branch, "git.tag": pipeline.tag}
        values |= {"git.revision": pipeline.sha, "project.git_url": pipeline.project.repository}
        try:
            settings = config.read(pipeline.project.git_dir, pipeline.sha, definition.file, pipeline.parameters, values)
            workflows = settings.workflows()
        except config.ConfigError as error:
            pipeline.state, pipeline.errors = "errored", [{"type": error.kind, "message": f"{error}"}]
            return
        self._configs[pipeline.id] = settings
        with self.lock:
            made = [self.add_workflow(pipeline, name, jobs) for name, jobs in workflows.items()]
            pipeline.state, pipeline.updated_at = "created", self.now()
        for workflow in made:
            self.go_on(workflow)

    def _thread(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()
