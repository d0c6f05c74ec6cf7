"""Real clusters, really killed: nothing is lost, nothing hangs, nothing stays behind."""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.orchestrate_site.queue.harness import ENQUEUE, ROLES, ROOT, Site, wait_until

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes the way Linux shows them"),
]

NewSite = Callable[..., Site]


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("queue")
    with Site(folder) as site:
        site.run("django", "migrate", "--verbosity", "0")
    return folder / "queue.sqlite3"


@pytest.fixture
def new_site(migrated: Path, tmp_path: Path) -> NewSite:
    def make(**queue: Any) -> Site:
        site = Site(tmp_path / "site", **queue)
        shutil.copy(migrated, site.folder / migrated.name)
        return site

    return make


def _pick(site: Site, role: str) -> int:
    """The process to kill; a worker is picked by whether it has a task."""
    if role == "busy":
        wait_until(site.busy_pids, "a worker is busy")
        return max(site.busy_pids())
    return site.pids("q-worker" if role == "idle" else f"q-{role}")[0]


def test_each_part_killed_once_loses_no_task(new_site: NewSite) -> None:
    with new_site(timeout=1, retry=3) as site:
        supervisor = site.start("default")
        wait_until(site.is_up, "the cluster is up")
        site.run(ENQUEUE, "abandon", "60", "0")
        wait_until(site.is_done, "a task has left a program behind")
        tasks = 1
        for role in ["idle", "busy", "pusher", "monitor", "sentinel", "main"]:
            if role != "idle":
                site.enqueue(0.3, range(tasks, tasks + 3))
                tasks += 3
            victim = _pick(site, role)
            old = [process for process in site.processes() if process.pid != supervisor.pid]
            os.kill(victim, signal.SIGKILL)
            _, alive = psutil.wait_procs(old, timeout=4)
            assert not alive, f"{role} was killed, and of its cluster there still is {alive}"
            wait_until(site.is_up, f"the cluster is up again after its {role} was killed")
        wait_until(site.is_done, "the queue is empty")
        assert set(site.trace("end")) == set(range(tasks))
        assert supervisor.poll() is None


def test_a_killed_supervisor_leaves_nothing_behind_and_the_next_one_goes_on(new_site: NewSite) -> None:
    with new_site(retry=3) as site:
        site.enqueue(1.5, range(2))
        supervisor = site.start("default")
        wait_until(lambda: len(site.busy_pids()) == 2, "both workers are busy")
        supervisor.kill()
        wait_until(lambda: not site.processes(), "all processes are gone, the tasks' programs too", 1)
        assert not site.trace("end")
        site.start("default")
        wait_until(site.is_done, "the queue is empty")
        assert set(site.trace("end")) == set(range(2))


def test_supervisor_and_main_killed_at_once_leave_nothing_behind(new_site: NewSite) -> None:
    with new_site() as site:
        supervisor = site.start("default")
        wait_until(site.is_up, "the cluster is up")
        (main,) = site.pids("q-main")
        supervisor.send_signal(signal.SIGSTOP)
        os.kill(main, signal.SIGKILL)
        supervisor.kill()
        wait_until(lambda: not site.processes(), "all processes are gone", 2)


def test_sigterm_finishes_the_work_at_hand_and_ends_with_0(new_site: NewSite) -> None:
    with new_site() as site:
        site.enqueue(1, range(6))
        supervisor = site.start("default")
        wait_until(lambda: len(site.busy_pids()) == 2, "both workers are busy")
        supervisor.terminate()
        time.sleep(0.2)
        supervisor.terminate()
        assert supervisor.wait(15) == 0
        assert site.processes() == []
        begun = site.trace("begin")
        assert site.trace("end") == begun
        assert set(begun.values()) == {1}
        left = site.query("SELECT count(*) FROM django_q_ormq")[0][0]
        assert len(begun) + left == 6
        assert left > 0


def test_sigterm_to_the_whole_group_still_drains_and_the_supervisor_starts_it_again(new_site: NewSite) -> None:
    with new_site(timeout=10, retry=30) as site:
        site.enqueue(1, range(2))
        site.start("default")
        wait_until(lambda: len(site.busy_pids()) == 2, "both workers are busy")
        (main,) = site.pids("q-main")
        for role in ROLES:
            for pid in site.pids(role):
                assert os.getpgid(pid) == main
                os.kill(pid, signal.SIGTERM)
        wait_until(lambda: site.pids("q-main") not in ([main], []), "another cluster runs")
        assert site.is_done()
        assert site.trace("end") == site.trace("begin") == {0: 1, 1: 1}


@pytest.mark.parametrize(("grace", "signals"), [("0.5", [signal.SIGTERM]), ("60", [signal.SIGINT, signal.SIGINT])])
def test_what_does_not_finish_in_time_is_killed(new_site: NewSite, grace: str, signals: list[signal.Signals]) -> None:
    with new_site(timeout=60, retry=200) as site:
        site.enqueue(50, range(1))
        supervisor = site.start("default", "--grace", grace)
        wait_until(site.busy_pids, "a worker is busy")
        asked = time.monotonic()
        for signum in signals:
            supervisor.send_signal(signum)
            time.sleep(0.3)
        assert supervisor.wait(15) == 0
        assert 0.5 <= time.monotonic() - asked < 4
        wait_until(lambda: not site.processes(), "all processes are gone", 2)
        assert not site.is_done()


def test_timeouts_and_recycling_replace_a_worker_and_not_the_cluster(new_site: NewSite) -> None:
    with new_site(timeout=1, retry=8, recycle=2) as site:
        site.start("default")
        wait_until(site.is_up, "the cluster is up")
        mains, workers = site.pids("q-main"), site.pids("q-worker")
        site.enqueue(0, range(8))
        site.enqueue(30, range(8, 10))
        wait_until(site.is_done, "the queue is empty")
        wait_until(site.is_up, "two workers run again")
        assert site.pids("q-main") == mains
        assert set(site.pids("q-worker")).isdisjoint(workers)
        assert site.trace("end") == dict.fromkeys(range(8), 1)
        assert site.query("SELECT success, attempt_count FROM django_q_task") == [(0, 1), (0, 1)]


def test_a_sentinel_that_cannot_go_on_ends_the_cluster_and_another_takes_over(new_site: NewSite) -> None:
    with new_site(retry=4, recycle=1) as site:
        site.start("default")
        wait_until(site.is_up, "the cluster is up")
        (main,), (sentinel,) = site.pids("q-main"), site.pids("q-sentinel")
        # No file may be opened any more: the next worker cannot be started.
        resource.prlimit(sentinel, resource.RLIMIT_NOFILE, (3, 3))
        site.enqueue(0, range(4))
        wait_until(lambda: site.pids("q-main") not in ([main], []), "another cluster runs")
        wait_until(site.is_done, "the queue is empty")
        assert set(site.trace("end")) == set(range(4))


def test_a_task_that_will_not_give_up_ends_the_cluster_and_the_others_are_done(new_site: NewSite) -> None:
    with new_site(timeout=1, retry=4) as site:
        site.start("default")
        wait_until(site.is_up, "the cluster is up")
        (main,) = site.pids("q-main")
        site.run(ENQUEUE, "stubborn", "40", "1")
        wait_until(site.busy_pids, "a worker is busy")
        wait_until(lambda: site.pids("q-main") not in ([main], []), "another cluster runs", 15)
        site.enqueue(0, [2])
        wait_until(lambda: site.trace("end") == {2: 1}, "the other task is done")


def test_a_task_that_exits_ends_the_cluster_and_is_not_lost(new_site: NewSite) -> None:
    with new_site(timeout=1, retry=2) as site:
        site.start("default")
        wait_until(site.is_up, "the cluster is up")
        (main,) = site.pids("q-main")
        site.run(ENQUEUE, "leave_once", "0", "1")
        wait_until(site.is_done, "the queue is empty")
        assert main not in site.pids("q-main")
        assert site.trace("begin") == {1: 2}
        assert site.trace("end") == {1: 1}


def test_each_named_cluster_takes_its_own_queue(new_site: NewSite) -> None:
    with new_site() as site:
        site.env["TEST_QUEUE_CLUSTER"] = "io"
        site.enqueue(0, [1])
        site.start("default", "io", "io")
        wait_until(lambda: len(site.pids("q-worker")) == 3, "two workers for default and one for io run")
        wait_until(site.is_done, "the queue is empty")
        (worker,) = site.workers_used()
        assert psutil.Process(worker).environ()["Q_CLUSTER_NAME"] == "io"


def _beats(site: Site) -> dict[str, str]:
    """When each cluster last showed that it lives."""
    return dict(site.query("SELECT cluster, beat_at FROM ci_integrations_heartbeat"))


def test_each_cluster_shows_that_it_lives_as_soon_as_it_runs(new_site: NewSite) -> None:
    with new_site() as site:
        site.start("default", "io")
        wait_until(lambda: set(_beats(site)) == {"test", "io"}, "both clusters have shown that they live")


def test_a_cluster_whose_workers_are_all_busy_goes_on_showing_that_it_lives(new_site: NewSite) -> None:
    with new_site(heartbeat=0.1, timeout=60, retry=120) as site:
        site.enqueue(60, range(3))
        site.start("default")
        wait_until(lambda: len(site.busy_pids()) == 2, "both workers are busy")
        first = _beats(site)
        wait_until(lambda: _beats(site) != first, "it has shown once more that it lives")
        assert len(site.busy_pids()) == 2


def test_where_no_sign_of_life_can_be_stored_the_work_goes_on_and_the_signs_come_back(new_site: NewSite) -> None:
    with new_site(heartbeat=0.1) as site:
        site.query("ALTER TABLE ci_integrations_heartbeat RENAME TO elsewhere")
        site.start("default")
        wait_until(lambda: (site.folder / "log").read_text().count("cannot show that it lives") > 2, "it was told")
        (main,) = site.pids("q-main")
        site.enqueue(0, [1])
        wait_until(site.is_done, "the queue is empty")
        site.query("ALTER TABLE elsewhere RENAME TO ci_integrations_heartbeat")
        wait_until(lambda: "test" in _beats(site), "it shows again that it lives")
        assert site.pids("q-main") == [main]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nosuch"], "There is no cluster 'nosuch' in Q_CLUSTER; name some of: default, io."),
        (["--cluster", "io"], "Q_CLUSTER_NAME gives cluster 'test', not 'io': run `worker io`."),
    ],
)
def test_a_wrong_name_is_refused_with_the_mend(new_site: NewSite, args: list[str], message: str) -> None:
    with new_site() as site:
        command = [sys.executable, "-m", "django", "worker", *args]
        done = subprocess.run(command, cwd=ROOT, env=site.env, capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == 1
        assert done.stderr == f"CommandError: {message}\n"


def test_the_poll_is_served_by_an_index_that_can_be_taken_back(new_site: NewSite) -> None:
    poll = "EXPLAIN QUERY PLAN SELECT * FROM django_q_ormq WHERE key = 'test' AND lock < '2030-01-01' LIMIT 1"
    with new_site() as site:
        assert "orchestrate_ormq_key_lock (key=? AND lock<?)" in site.query(poll)[0][3]
        site.run("django", "migrate", "orchestrate_site", "zero", "--verbosity", "0")
        assert "orchestrate_ormq_key_lock" not in site.query(poll)[0][3]
