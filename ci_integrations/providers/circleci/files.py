"""Artifacts and test results: what the jobs of a run leave behind.

https://circleci.com/docs/api/v2/index.html#operation/getJobArtifacts
https://circleci.com/docs/api/v2/index.html#operation/getTests
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO, Final

from ci_integrations.domain import ArtifactRef, JobRef, RepoRef, RunRef, TestData
from ci_integrations.errors import Invalid, NotFound
from ci_integrations.providers.circleci.client import Client, project_path
from ci_integrations.providers.circleci.convert import job_number, name_of, to_test
from ci_integrations.providers.circleci.reading import Pipelines, has_ended
from ci_integrations.providers.documents import count, text
from ci_integrations.providers.transport import join

MIB: Final = 1024 * 1024
MAX_ARTIFACT: Final = 512 * MIB


class Files:
    """The files and tests of one connection's runs.

    Where an artifact lies is remembered for when it is opened, and the jobs of a run that has ended for its tests.
    """

    def __init__(self, client: Client, pipelines: Pipelines) -> None:
        self._client = client
        self._pipelines = pipelines
        self._links: dict[str, str] = {}
        self._known: dict[RunRef, list[tuple[JobRef, int]]] = {}

    def artifacts(self, ref: RunRef) -> list[ArtifactRef]:
        """The artifacts of all jobs, named by their paths; one that several parallel executions left tells which."""
        found: list[ArtifactRef] = []
        for job, number in self._numbered(ref):
            listed = self._listed(ref.repo, number)
            paths = Counter(path for _, path in listed)
            for node, path in listed:
                name = f"execution-{node}/{path}" if node and paths[path] > 1 else path
                is_archive = path.lower().endswith(".zip")
                found.append(ArtifactRef(ref, _id(number, node, path), name, job=job, is_archive=is_archive))
        return found

    @contextmanager
    def artifact(self, ref: ArtifactRef) -> Iterator[BinaryIO]:
        """An artifact as a stream. Raises NotFound where it is gone: CircleCI keeps artifacts for thirty days."""
        with ExitStack() as stack:
            try:
                opening = self._client.download(self._link(ref), max_bytes=MAX_ARTIFACT)
                stream = stack.enter_context(opening)
            except NotFound as error:
                raise NotFound(f"the artifact {ref.name} has expired or was deleted: {error}") from error
            yield stream

    def tests(self, ref: RunRef) -> Iterator[TestData]:
        """The test results that jobs stored."""
        for job, number in self._numbered(ref):
            for one in self._client.listed(project_path(ref.repo, number, "tests")):
                told = to_test(job, one)
                if told is not None:
                    yield told

    def _numbered(self, ref: RunRef) -> list[tuple[JobRef, int]]:
        """The jobs that ran, with their numbers; one that never began, or waits for a person, has none."""
        if ref in self._known:
            return self._known[ref]
        listed = list(self._pipelines.newest_jobs(ref))
        numbers = [(JobRef(ref, name_of(job)), job_number(job)) for _, job in listed]
        found = [(job, number) for job, number in numbers if number is not None]
        if all(has_ended(workflow) for workflow, _ in listed):
            self._known[ref] = found
        return found

    def _listed(self, repo: RepoRef, number: int) -> list[tuple[int, str]]:
        """Execution and path of a job's artifacts; one of which it is not told where it lies is none."""
        found = []
        where = project_path(repo, number, "artifacts")
        for one in self._client.listed(where):
            node, path, link = count(one, "node_index"), text(one, "path"), text(one, "url")
            if link:
                self._links[_id(number, node, path)] = join(self._client.settings.base_url, link, where)
                found.append((node, path))
        return found

    def _link(self, ref: ArtifactRef) -> str:
        if ref.external_id not in self._links:
            number, _, _ = ref.external_id.partition("/")
            if not number.isdecimal():
                raise Invalid(f"{ref.external_id[:40]!r} is not the id of an artifact")
            self._listed(ref.run.repo, int(number))
        if ref.external_id not in self._links:
            raise NotFound(f"its job lists no {ref.name} any more")
        return self._links[ref.external_id]


def _id(number: int, node: int, path: str) -> str:
    return f"{number}/{node}/{path}"
