"""Rows. Only services write them, only selectors and services read them."""

from ci_integrations.models.action import Action
from ci_integrations.models.connection import Connection, Installation, Repository
from ci_integrations.models.coverage import CoverageReport
from ci_integrations.models.flaky import FlakyEvidence, FlakyVerdict
from ci_integrations.models.inbox import Delivery
from ci_integrations.models.queue import Heartbeat
from ci_integrations.models.results import (
    Artifact,
    JobAnnotation,
    JobLog,
    LogFinding,
    PassedTests,
    TestCase,
    TestResult,
)
from ci_integrations.models.run import Job, Run, Step

__all__ = [
    "Action",
    "Artifact",
    "Connection",
    "CoverageReport",
    "Delivery",
    "FlakyEvidence",
    "FlakyVerdict",
    "Heartbeat",
    "Installation",
    "Job",
    "JobAnnotation",
    "JobLog",
    "LogFinding",
    "PassedTests",
    "Repository",
    "Run",
    "Step",
    "TestCase",
    "TestResult",
]
