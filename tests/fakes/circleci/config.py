"""Reads `.circleci/config.yml`: a small part of CircleCI's syntax.

https://circleci.com/docs/reference/configuration-reference/
Known: `parameters` (string, boolean, integer, enum; default), `<< pipeline.parameters.NAME >>` and a few other
pipeline values, `jobs.NAME` with `steps`, `environment`, `parallelism`; steps `checkout`, `run`,
`store_test_results`, `store_artifacts` (any other is passed over); `workflows.NAME` with `when`, `unless` and
`jobs`, which have `name`, `requires`, `type: approval`, `filters` (names, not patterns).
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tests.fakes.circleci.state import FakeJob

_VALUE: Final = re.compile(r"<<\s*pipeline\.([\w.-]+)\s*>>")
_TYPES: Final = {"string": str, "enum": str, "boolean": bool, "integer": int}
_TIME: Final = re.compile(r"(\d+)([smh])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}
NO_OUTPUT: Final = "10m"


class ConfigError(Exception):
    """A configuration that makes no pipeline. `kind` is the type of the pipeline's error."""

    def __init__(self, message: str, kind: str = "config") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Config:
    """A configuration with its values filled in."""

    content: dict[str, Any]
    values: dict[str, Any]
    branch: str
    tag: str

    def workflows(self) -> dict[str, list[FakeJob]]:
        """New jobs of the workflows that run; a workflow without any job is not created."""
        wanted = {
            name: self._jobs(workflow)
            for name, workflow in self.content.get("workflows", {}).items()
            if isinstance(workflow, dict) and self._holds(workflow)
        }
        return {name: jobs for name, jobs in wanted.items() if jobs}

    def job(self, key: str) -> dict[str, Any]:
        """What a job says."""
        found: dict[str, Any] = self.content["jobs"][key]
        return found

    def _holds(self, workflow: dict[str, Any]) -> bool:
        return _true(workflow.get("when", True)) and not _true(workflow.get("unless", False))

    def _jobs(self, workflow: dict[str, Any]) -> list[FakeJob]:
        jobs = []
        for entry in workflow["jobs"]:
            key, options = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
            if options.get("type") != "approval" and key not in self.content["jobs"]:
                raise ConfigError(f"Error calling workflow: '{key}' is not a job")
            if self._passes(options.get("filters", {})):
                parallelism = self.content["jobs"].get(key, {}).get("parallelism", 1)
                made = FakeJob(options.get("name", key), options.get("type", "build"), key=key, parallelism=parallelism)
                made.requires = list(options.get("requires", ()))
                jobs.append(made)
        names = {job.name for job in jobs}
        for job in jobs:
            job.requires = [name for name in job.requires if name in names]
        return jobs

    def _passes(self, filters: dict[str, Any]) -> bool:
        # A job without a filter for tags runs for no tag.
        # https://circleci.com/docs/guides/orchestrate/workflows/#executing-workflows-for-a-git-tag
        if self.tag:
            return "tags" in filters and _named(self.tag, filters["tags"])
        return _named(self.branch, filters.get("branches", {}))


def read(git_dir: Path, sha: str, file: str, given: dict[str, Any], values: dict[str, Any]) -> Config:
    """The configuration of a commit with parameters and pipeline values. Raises ConfigError."""
    shown = subprocess.run(
        ["git", "--git-dir", f"{git_dir}", "show", f"{sha}:{file}"], capture_output=True, check=False
    )
    if shown.returncode:
        raise ConfigError(f"Unable to fetch the configuration: no {file} at {sha[:7]}", "config-fetch")
    try:
        content = yaml.safe_load(shown.stdout)
    except yaml.YAMLError as error:
        raise ConfigError(f"Unable to parse YAML: {error}") from None
    if not isinstance(content, dict) or "jobs" not in content:
        raise ConfigError("ERROR IN CONFIG FILE: no jobs")
    _check_steps(content["jobs"])
    every = values | {
        f"parameters.{name}": value for name, value in _arguments(content.get("parameters", {}), given).items()
    }
    return Config(_filled(content, every), every, values.get("git.branch", ""), values.get("git.tag", ""))


def _check_steps(jobs: dict[str, Any]) -> None:
    for name, job in jobs.items():
        steps = job.get("steps") if isinstance(job, dict) else None
        if not steps:
            raise ConfigError(f"Error calling job: '{name}': it has no steps")
        for step in steps:
            run = step.get("run", "") if isinstance(step, dict) else ""
            command = run.get("command") if isinstance(run, dict) else run
            if not isinstance(command, str):
                raise ConfigError(f"Error calling job: '{name}': a command has to be a string")


def seconds(text: str) -> float:
    """A duration as configurations have it: 10m."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ConfigError(f"no duration: {text}")
    return int(found[1]) * _SECONDS[found[2]]


def _arguments(declared: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    if unknown := [name for name in given if name not in declared]:
        raise ConfigError(f"Unexpected argument(s): {', '.join(unknown)}")
    for name, value in given.items():
        expected = declared[name]["type"]
        if type(value) is not _TYPES[expected]:
            raise ConfigError(f"Type error for argument {name}: expected type: {expected}, actual value: {value!r}")
        if expected == "enum" and value not in declared[name]["enum"]:
            raise ConfigError(f"Type error for argument {name}: {value!r} is not one of the enum")
    defaults = {name: one["default"] for name, one in declared.items() if "default" in one}
    if missing := [name for name in declared if name not in defaults | given]:
        raise ConfigError(f"Missing required argument(s): {', '.join(missing)}")
    return defaults | given


def _filled(part: Any, values: dict[str, Any]) -> Any:
    if isinstance(part, dict):
        return {key: _filled(value, values) for key, value in part.items()}
    if isinstance(part, list):
        return [_filled(one, values) for one in part]
    if not isinstance(part, str):
        return part
    whole = _VALUE.fullmatch(part.strip())
    if whole:
        return _value(whole, values)
    return _VALUE.sub(lambda found: _text(_value(found, values)), part)


def _value(found: re.Match[str], values: dict[str, Any]) -> Any:
    if found[1] not in values:
        raise ConfigError(f"Unknown variable(s): pipeline.{found[1]}")
    return values[found[1]]


def _text(value: Any) -> str:
    return f"{value}".lower() if isinstance(value, bool) else f"{value}"


def _true(value: Any) -> bool:
    """https://circleci.com/docs/reference/configuration-reference/#logic-statements"""
    if not isinstance(value, dict):
        return value not in (False, None, "", 0)
    kind, operands = next(iter(value.items()))
    if kind == "equal":
        return all(one == operands[0] for one in operands)
    if kind == "not":
        return not _true(operands)
    return (all if kind == "and" else any)(_true(one) for one in operands)


def _named(name: str, filters: dict[str, Any]) -> bool:
    only, ignore = filters.get("only"), filters.get("ignore", ())
    listed = [only] if isinstance(only, str) else only
    ignored = [ignore] if isinstance(ignore, str) else ignore
    return (listed is None or name in listed or "/.*/" in listed) and name not in ignored
