"""A crash-only django-q2 cluster.

A cluster is a tree of processes: main, below it the sentinel, below that the pusher, the monitor and the workers, which
share pipes and locks. A process killed while it holds one of those locks stops the others for ever, without a word, so
no part is replaced after an unplanned death: the whole cluster ends with code 70 and its supervisor starts a new one.
The broker then delivers again whatever was not acknowledged. Planned ends stay graceful: a worker that is recycled or
timed out is replaced, and SIGTERM to main drains what was taken from the queue.
"""

import logging
import os
import signal
import time
import traceback
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import RawValue
from types import FrameType
from typing import Any, Final, NoReturn
from uuid import uuid4

from django import db
from django.conf import settings
from django_q.cluster import Sentinel
from django_q.conf import Conf
from django_q.monitor import monitor
from django_q.pusher import pusher
from django_q.scheduler import scheduler
from django_q.status import Stat
from django_q.worker import worker

from ci_integrations.services import heartbeat
from orchestrate_site.queue.process import die_with_parent, name_process

logger = logging.getLogger(__name__)

CRASHED: Final = 70  # EX_SOFTWARE of sysexits.h
_STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_ROLES: Final = {worker: "q-worker", pusher: "q-pusher", monitor: "q-monitor"}
# What django-q2's worker leaves in its timer, which else holds the seconds its task has left.
_TIMED_OUT, _IDLE, _RECYCLED = 0, -1, -2
_FLUSH_SECONDS: Final = 5
_SCHEDULE_SECONDS: Final = 30
_BEAT_SECONDS: Final = 30
_DRAIN_POLL_SECONDS: Final = 0.1


class Flag:
    """A switch shared with forked children, set once. It has no lock that a killed process could leave taken."""

    def __init__(self) -> None:
        self._value = RawValue("b", 0)

    def set(self) -> None:
        """Switch it on, for every process that shares it."""
        self._value.value = 1

    def is_set(self) -> bool:
        """True once any process has switched it on."""
        return bool(self._value.value)


def run_cluster(parent_pid: int | None) -> int:
    """Run the cluster that Q_CLUSTER_NAME names until SIGTERM or SIGINT; give the exit code, 0 or 70 (it crashed).

    Where `parent_pid` is given, this process and all below it die as soon as that parent has ended.
    """
    name_process("q-main")
    if parent_pid is not None:
        signal.signal(signal.SIGHUP, _end_group)
        die_with_parent(parent_pid, signal.SIGHUP)
    stop = Flag()
    # Blocked until each process has its own handlers, so that a signal to the whole group finds nobody half ready.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    db.connections.close_all()
    sentinel = get_context("fork").Process(target=_run_sentinel, args=(os.getpid(), stop), name="sentinel")
    sentinel.start()
    for signum in _STOP_SIGNALS:
        signal.signal(signum, lambda *_: stop.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
    sentinel.join()
    return 0 if sentinel.exitcode == 0 else CRASHED


def _end_group(signum: int, frame: FrameType | None) -> None:
    """Kill this process and, where it leads its group, all of it: programs started by tasks follow no parent."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _run_sentinel(parent_pid: int, stop: Flag) -> None:
    die_with_parent(parent_pid)
    name_process("q-sentinel")
    has_stopped = False
    try:
        CrashOnlySentinel(stop, Flag(), uuid4())
        has_stopped = True
    finally:
        if not has_stopped:
            # Left to itself, multiprocessing would wait for the children here without end.
            logger.critical("cluster %s ends: its sentinel failed: %s", Conf.CLUSTER_NAME, traceback.format_exc())
            os._exit(CRASHED)


def _run_role(parent_pid: int, role: Callable[..., None], args: tuple[Any, ...]) -> None:
    die_with_parent(parent_pid)
    name_process(_ROLES[role])
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for signum in _STOP_SIGNALS:
        # A handler and not SIG_IGN: a program that a task starts gets the default action back.
        signal.signal(signum, lambda *_: None)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
    role(*args)


def _beat() -> None:
    """Show that this cluster lives. A database that is away is only logged: to end would not bring it back."""
    try:
        heartbeat.beat(Conf.CLUSTER_NAME)
    except db.Error as error:
        logger.warning(
            "cluster %s cannot show that it lives, see to the database: %s", Conf.CLUSTER_NAME, f"{error}".strip()
        )
    finally:
        # A connection that broke is not used again, and none is left for children to share.
        db.connections.close_all()


class CrashOnlySentinel(Sentinel):  # type: ignore[misc]
    """django-q2's sentinel with its three decisions replaced: how a child starts, what its end means, how to stop."""

    draining = False

    def start(self) -> None:
        """Start the children, then guard them until the stop flag is set and all work taken is done."""
        # The kernel says at once that a child ended, even while this process waits for a lock that the child held.
        signal.signal(signal.SIGCHLD, lambda *_: self.check_children())
        super().start()

    def spawn_process(self, target: Callable[..., None], *args: Any) -> BaseProcess:
        """Start a child that runs `target(*args)` and dies with this process."""
        db.connections.close_all()
        process: Any = get_context("fork").Process(target=_run_role, args=(os.getpid(), target, args))
        process.name = f"{_ROLES[target]}-{uuid4().hex}"
        process.daemon = True
        if target is worker:
            process.daemon = Conf.DAEMONIZE_WORKERS
            process.timer = args[2]
            self.pool.append(process)
        process.start()
        return process  # type: ignore[no-any-return]

    def guard(self) -> None:
        """Look after the children and the schedules, and show that this cluster lives, until the stop flag is set.

        Then drain. The sign of life is given here and not by a task: it says that the cluster is guarded, however long
        its tasks take and however much work waits. `heartbeat` in Q_CLUSTER is the seconds between two, else 30.
        """
        self.start_event.set()
        logger.info("cluster %s runs", Conf.CLUSTER_NAME)
        beat_seconds = settings.Q_CLUSTER.get("heartbeat", _BEAT_SECONDS)
        next_beat = time.monotonic()
        next_schedule = time.monotonic() + _SCHEDULE_SECONDS
        while not self.stop_event.is_set():
            self.check_children()
            self.tend_workers(Conf.GUARD_CYCLE)
            if Conf.SCHEDULER and time.monotonic() >= next_schedule:
                next_schedule = time.monotonic() + _SCHEDULE_SECONDS
                scheduler(broker=self.broker)
            if time.monotonic() >= next_beat:
                next_beat = time.monotonic() + beat_seconds
                _beat()
            Stat(self).save()
            time.sleep(Conf.GUARD_CYCLE)
        self.stop()

    def stop(self) -> None:
        """Finish what was taken from the queue, then let every child end."""
        logger.info("cluster %s drains", Conf.CLUSTER_NAME)
        self.draining = True
        self.event_out.set()
        while self.pool:
            # One "STOP" at a time: the queue is bounded, and a worker that ends by itself never takes its own.
            if not self.pusher.is_alive() and self.task_queue.empty():
                self.task_queue.put("STOP")
            self.check_children()
            self.tend_workers(_DRAIN_POLL_SECONDS)
            time.sleep(_DRAIN_POLL_SECONDS)
        self.result_queue.put("STOP")
        self.monitor.join(self.timeout)
        if self.monitor.is_alive():
            self.crash(self.monitor, "did not finish")
        logger.info("cluster %s has stopped", Conf.CLUSTER_NAME)

    def tend_workers(self, seconds: float) -> None:
        """Count `seconds` off the time each busy worker has left, and replace the workers whose end was planned."""
        for process in list(self.pool):
            if process.is_alive():
                self._count_down(process, seconds)
            if not process.is_alive():
                self._replace(process)

    def _count_down(self, process: Any, seconds: float) -> None:
        with process.timer.get_lock():
            if process.timer.value > 0:
                process.timer.value = max(_TIMED_OUT, process.timer.value - seconds)
        if process.timer.value != _TIMED_OUT:
            return
        # The lock is free here: a worker needs it to hand over the result of a task that it has just given up.
        process.join(_FLUSH_SECONDS)
        if process.is_alive() and process.timer.value == _TIMED_OUT:
            self.crash(process, f"did not give up its task in time, nor {_FLUSH_SECONDS} s later")

    def _replace(self, process: Any) -> None:
        self.check_children()
        self.pool.remove(process)
        if process.timer.value == _IDLE:
            return
        logger.info("worker %s is replaced (%s)", process.pid, "timed out" if process.timer.value == 0 else "recycled")
        self.reincarnations += 1
        self.spawn_worker()

    def check_children(self) -> None:
        """End the cluster if any child ended in a way that was not planned. Safe to call at any time."""
        for process in [*self.pool, self.monitor, self.pusher]:
            started = process is not None and process.pid is not None
            if started and not process.is_alive() and not self._is_planned(process):
                self.crash(process, f"ended with code {process.exitcode}")

    def _is_planned(self, process: Any) -> bool:
        if process.exitcode != 0:
            return False
        if process in self.pool:
            return process.timer.value in (_TIMED_OUT, _RECYCLED) or (self.draining and process.timer.value == _IDLE)
        return self.draining

    def crash(self, process: Any, what: str) -> NoReturn:
        """End the cluster at once with code 70, because `process` did `what`."""
        try:
            logger.critical(
                "cluster %s ends: %s, pid %s, %s. Unfinished tasks run again %s s after they were taken",
                Conf.CLUSTER_NAME,
                process.name.rpartition("-")[0],
                process.pid,
                what,
                Conf.RETRY,
            )
            for child in [*self.pool, self.monitor, self.pusher]:
                if child is not None and child.pid is not None:
                    child.kill()
        finally:
            os._exit(CRASHED)
