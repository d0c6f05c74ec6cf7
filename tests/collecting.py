"""Runs with large reports, ready to be collected."""

from collections.abc import Callable, Iterator
from pathlib import Path

from ci_integrations.domain import State
from ci_integrations.services import collect, sync
from tests.factories import make_connection, make_repository
from tests.fakes.memory import MemoryServer, install


def collected_runs(folder: Path, *, tests: int, runs: int) -> Iterator[Callable[[], None]]:
    """One function for each run: it collects the run. Every hundredth test fails, other ones in each run."""
    install(folder)
    server = MemoryServer("bench")
    repository = make_repository(connection=make_connection(provider="memory", config={"server": "bench"}))
    for number in range(runs):
        server.add_run(f"{number}")
        run = server.finish(f"{number}", State.FAILURE)
        run.artifacts["junit.xml"] = _report(tests, number)
        row = sync.record_run(repository, run.data)
        yield lambda pk=row.pk: collect.collect_run(pk)  # type: ignore[misc]  # bound now, not when it is called


def _report(tests: int, number: int) -> bytes:
    cases = (
        f'<testcase classname="tests.unit.module_{case // 100}.TestThing" name="test_case_number_{case}" '
        f'time="{(case * 7 + number * 13) % 1000 / 1000}">{_failure(case, number)}</testcase>'
        for case in range(tests)
    )
    return f'<testsuite name="pytest" tests="{tests}">{"".join(cases)}</testsuite>'.encode()


def _failure(case: int, number: int) -> str:
    fails = (case + number) % 100 == 0
    return '<failure message="assert 1 == 2">tests/unit/module.py:11: AssertionError</failure>' if fails else ""
