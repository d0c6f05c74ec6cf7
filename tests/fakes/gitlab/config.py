"""Reads `.gitlab-ci.yml`: https://docs.gitlab.com/ci/yaml/

Known: stages, variables, default, workflow (name, rules), include:local, extends, spec:inputs, and the jobs' keywords
that `pipelines` and `runner` use.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

FILE: Final = ".gitlab-ci.yml"
_GLOBAL: Final = {
    "default", "include", "stages", "variables", "workflow", "image", "services", "cache", "before_script",
    "after_script", "spec",
}  # fmt: skip
_WHEN: Final = ("on_success", "on_failure", "always", "manual", "never")
_INHERITED: Final = ("before_script", "after_script", "timeout", "artifacts", "image")
_INPUT: Final = re.compile(r"\$\[\[\s*inputs\.([\w-]+)\s*\]\]")
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,), "number": (int, float), "boolean": (bool,), "array": (list,),
}  # fmt: skip
Loader = Callable[[str], str | None]


class BadConfiguration(Exception):
    """What GitLab says is wrong with a configuration."""


@dataclass(frozen=True)
class Configuration:
    """A configuration as one commit has it."""

    jobs: dict[str, dict[str, Any]]
    stages: list[str]
    variables: dict[str, str] = field(default_factory=dict)
    workflow: dict[str, Any] = field(default_factory=dict)


def read(load: Loader, *, path: str = FILE, inputs: Mapping[str, Any] | None = None) -> Configuration:
    """The configuration in a file; `load` gives a file's text. Raises BadConfiguration."""
    text = load(path)
    if text is None:
        raise BadConfiguration("Missing CI config file")
    content = _content(load, text, dict(inputs or {}))
    stages = [".pre", *[f"{one}" for one in content.get("stages") or ("build", "test", "deploy")], ".post"]
    default = {key: content[key] for key in _INHERITED if key in content} | (content.get("default") or {})
    named = {key: job for key, job in content.items() if key not in _GLOBAL}
    jobs = {key: default | _extended(key, named) for key in named if not key.startswith(".")}
    if not jobs:
        raise BadConfiguration("jobs config should contain at least one visible job")
    for key, job in jobs.items():
        _check(key, job, stages, set(jobs))
    return Configuration(jobs, stages, plain(content.get("variables")), content.get("workflow") or {})


def plain(variables: Mapping[str, Any] | None) -> dict[str, str]:
    """Variables as texts, whether or not they are described."""
    return {
        name: f"{value.get('value', '')}" if isinstance(value, dict) else f"{value}"
        for name, value in (variables or {}).items()
    }


def script(job: Mapping[str, Any], key: str) -> list[str]:
    """The commands of a script."""
    given = job.get(key) or []
    commands = [given] if isinstance(given, str) else given
    return [line for one in commands for line in (one if isinstance(one, list) else [f"{one}"])]


def _content(load: Loader, text: str, inputs: dict[str, Any]) -> dict[str, Any]:
    documents = _parse(text)
    if len(documents) > 1:
        wanted = (documents[0].get("spec") or {}).get("inputs") or {}
        content = _parse(_filled(text, wanted, inputs))[1]
    elif inputs:
        raise BadConfiguration("Given inputs not defined in the `spec` section of the included configuration file")
    else:
        content = documents[0]
    made: dict[str, Any] = {}
    given = content.get("include") or []
    for one in given if isinstance(given, list) else [given]:
        name = f"{one['local'] if isinstance(one, dict) else one}".lstrip("/")
        included = load(name)
        if included is None:
            raise BadConfiguration(f"Local file `{name}` does not exist!")
        made |= _content(load, included, one.get("inputs", {}) if isinstance(one, dict) else {})
    return made | content


def _parse(text: str) -> list[dict[str, Any]]:
    try:
        documents = list(yaml.safe_load_all(text))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" at line {mark.line + 1} column {mark.column + 1}" if mark else ""
        raise BadConfiguration(f"(<unknown>): {error.problem}{place}") from error
    if not documents or not all(isinstance(one, dict) for one in documents):
        raise BadConfiguration("Invalid configuration format")
    return documents


def _filled(text: str, wanted: dict[str, Any], given: dict[str, Any]) -> str:
    if unknown := sorted(set(given) - set(wanted)):
        raise BadConfiguration(f"unknown input arguments: {', '.join(unknown)}")
    values = {}
    for name, about in wanted.items():
        rule = about or {}
        if name not in given and "default" not in rule:
            raise BadConfiguration(f"`{name}` input: required value has not been provided")
        value = given.get(name, rule.get("default"))
        kind = rule.get("type", "string")
        if not isinstance(value, _KINDS[kind]) or (kind == "number" and isinstance(value, bool)):
            raise BadConfiguration(f"`{name}` input: provided value is not {'an' if kind == 'array' else 'a'} {kind}")
        values[name] = (
            value if isinstance(value, str) else yaml.safe_dump(value, default_flow_style=True).split("\n")[0]
        )
    return _INPUT.sub(lambda found: values.get(found[1], ""), text)


def _extended(key: str, jobs: dict[str, Any]) -> dict[str, Any]:
    job = jobs[key]
    if not isinstance(job, dict):
        raise BadConfiguration(f"jobs:{key} config should be a hash")
    given = job.get("extends") or []
    made: dict[str, Any] = {}
    for base in [given] if isinstance(given, str) else given:
        if base not in jobs:
            raise BadConfiguration(f"{key}: unknown keys in `extends` ({base})")
        made = _merged(made, _extended(base, jobs))
    return _merged(made, {name: value for name, value in job.items() if name != "extends"})


def _merged(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    both = {
        name: _merged(low[name], high[name])
        for name in low.keys() & high.keys()
        if isinstance(low[name], dict) and isinstance(high[name], dict)
    }
    return low | high | both


def _check(key: str, job: dict[str, Any], stages: list[str], jobs: set[str]) -> None:
    if "script" not in job and "trigger" not in job:
        raise BadConfiguration(f"jobs:{key} config should implement the script:, run:, or trigger: keyword")
    stage = job.setdefault("stage", "test")
    if stage not in stages:
        raise BadConfiguration(f"{key} job: chosen stage {stage} does not exist; available stages are {stages}")
    if job.get("when", "on_success") not in _WHEN:
        raise BadConfiguration(f"jobs:{key} when should be one of: {', '.join(_WHEN)}")
    if isinstance(job.get("trigger"), str):
        job["trigger"] = {"project": job["trigger"]}
    if "needs" in job:
        job["needs"] = [need if isinstance(need, str) else need["job"] for need in job["needs"]]
    for name in job.get("needs", ()):
        if name not in jobs:
            raise BadConfiguration(f"'{key}' job needs '{name}' job, but '{name}' does not exist in the pipeline")
