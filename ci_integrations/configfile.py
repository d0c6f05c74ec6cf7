"""Reads `orchestrate.yaml`: which connections there are. What stands under `config:` is for the provider to check."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ci_integrations.errors import ConfigError

MAX_BYTES = 256 * 1024
MAX_VALUES = 20_000
# In characters; a row has room for no more.
LONGEST_OF_CONNECTION = {"name": 100, "provider": 40}
LONGEST_OF_REPOSITORY = {"name": 200, "external_id": 200, "clone_url": 500, "default_branch": 200, "code_name": 200}
_VARIABLE = re.compile(r"\$\$\{|\$\{([^}]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class RepositorySpec:
    """One repository of a connection.

    `clone_url` is "" where nobody said; `code_name` is its name at the code
    host, "" where that is `name`.
    """

    external_id: str
    name: str
    clone_url: str = ""
    default_branch: str = "main"
    code_name: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionSpec:
    """One connection as written. `config` still holds its `${VAR}`; `place` is the file and key of the connection.

    `code_host` names the connection to where its code is, "" where it is here or nobody said.
    """

    name: str
    provider: str
    config: Mapping[str, Any] = field(repr=False)
    repositories: tuple[RepositorySpec, ...]
    place: str
    code_host: str = ""


def read_config(path: Path) -> tuple[ConnectionSpec, ...]:
    """The connections of a file, in its order.

    Raises ConfigError, naming file and key, where the file cannot be read, is larger than 256 KiB, is not YAML, or has
    a key that is missing, unknown or wrong. Variables are not resolved here: see `expand`.
    """
    return parse_config(_read_bytes(path), source=path.name)


def parse_config(raw: bytes, *, source: str) -> tuple[ConnectionSpec, ...]:
    """As `read_config`, from bytes; `source` is the name used in errors."""
    if len(raw) > MAX_BYTES:
        raise ConfigError(f"the file is larger than {MAX_BYTES // 1024} KiB", place=source)
    try:
        loaded = yaml.safe_load(raw)
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise ConfigError(f"not valid YAML{line}: {error.problem or 'unreadable'}", place=source) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ConfigError(f"not valid YAML: {type(error).__name__}", place=source) from None
    _refuse_huge(loaded, source)
    document = _mapping(loaded, source, "a mapping with the key `ci`")
    _refuse_unknown(document, {"ci"}, f"{source}:", separator=" ")
    if "ci" not in document:
        raise ConfigError("the key `ci` is missing: expected one connection or a list of them", place=source)
    return _connections(document["ci"], f"{source}: ci")


def default_repositories(name: str) -> tuple[RepositorySpec, ...]:
    """What a connection serves where the file names nothing: one repository, named like the connection."""
    return (RepositorySpec(external_id=name, name=name),)


def expand(value: Any, place: str, *, seen: set[str] | None = None) -> Any:
    """A copy of `value` with every `${VAR}` in its texts replaced from the environment; `$${` stands for `${`.

    Mappings and lists are walked, keys are left alone. Each text that came from the environment is added to `seen`.
    Raises ConfigError naming the variable and the place where one is not set.
    """
    if isinstance(value, str):
        return _expand_text(value, place, seen)
    if isinstance(value, Mapping):
        return {key: expand(item, f"{place}.{key}", seen=seen) for key, item in value.items()}
    if isinstance(value, list):
        return [expand(item, f"{place}[{index}]", seen=seen) for index, item in enumerate(value)]
    return value


def _expand_text(text: str, place: str, seen: set[str] | None) -> str:
    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return "${"
        if not _VARIABLE_NAME.fullmatch(name):
            raise ConfigError("`${...}` needs the name of a variable; write `$${` for a plain `${`", place=place)
        resolved = os.environ.get(name)
        if resolved is None:
            raise ConfigError(f"the environment variable {name} is not set", place=place)
        if seen is not None:
            seen.add(resolved)
        return resolved

    return _VARIABLE.sub(replace, text)


def _read_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"the file cannot be read: {error.strerror}", place=str(path)) from error


def _refuse_huge(document: Any, source: str) -> None:
    """Aliases make a small file mean a huge or endless document: count what a walk would meet."""
    waiting, met = [document], 0
    while waiting:
        value = waiting.pop()
        met += 1
        if met > MAX_VALUES:
            raise ConfigError(f"the file stands for more than {MAX_VALUES} values; use fewer aliases", place=source)
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _connections(value: Any, place: str) -> tuple[ConnectionSpec, ...]:
    if isinstance(value, list):
        specs = tuple(_connection(item, f"{place}[{index}]") for index, item in enumerate(value))
    else:
        specs = (_connection(value, place),)
    if not specs:
        raise ConfigError("expected at least one connection", place=place)
    names: set[str] = set()
    for spec in specs:
        if spec.name in names:
            raise ConfigError(f"the name {spec.name!r} is used twice; give each connection its own", place=spec.place)
        names.add(spec.name)
    return specs


def _connection(value: Any, place: str) -> ConnectionSpec:
    entry = _mapping(value, place, "a mapping with `provider` and `config`")
    _refuse_unknown(entry, {"name", "provider", "repositories", "config", "code_host"}, place)
    longest = LONGEST_OF_CONNECTION
    provider = _text(entry, "provider", place, longest=longest["provider"])
    name = _text(entry, "name", place, longest=longest["name"], default=provider)
    config = _mapping(entry.get("config", {}), f"{place}.config", "a mapping")
    _refuse_foreign(config, f"{place}.config")
    repositories = _repositories(entry.get("repositories"), f"{place}.repositories")
    return ConnectionSpec(
        name=name,
        provider=provider,
        config=config,
        repositories=repositories or default_repositories(name),
        place=place,
        code_host=_text(entry, "code_host", place, longest=longest["name"], default=""),
    )


def _repositories(value: Any, place: str) -> tuple[RepositorySpec, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not value:
        raise ConfigError("expected a list of repositories", place=place)
    specs = tuple(_repository(item, f"{place}[{index}]") for index, item in enumerate(value))
    for key in ("name", "external_id"):
        values = [getattr(spec, key) for spec in specs]
        twice = next((one for one in values if values.count(one) > 1), None)
        if twice is not None:
            raise ConfigError(f"the {key} {twice!r} is used twice", place=place)
    return specs


def _repository(value: Any, place: str) -> RepositorySpec:
    entry = _mapping(value, place, "a mapping with `name`")
    _refuse_unknown(entry, set(LONGEST_OF_REPOSITORY), place)
    defaults = {
        "name": None,
        "external_id": entry.get("name"),
        "clone_url": "",
        "default_branch": "main",
        "code_name": "",
    }
    texts = {
        key: _text(entry, key, place, longest=LONGEST_OF_REPOSITORY[key], default=default)
        for key, default in defaults.items()
    }
    return RepositorySpec(**texts)


def _mapping(value: Any, place: str, expected: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"expected {expected}, found {_kind(value)}", place=place)
    for key in value:
        if not isinstance(key, str):
            raise ConfigError(f"the key {key!r} is not a text; put it in quotes", place=place)
    return value


def _refuse_foreign(value: Any, place: str) -> None:
    """YAML knows dates, bytes, sets and pairs; a configuration is stored as JSON, which does not."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not _is_plain(key):
                raise ConfigError(
                    f"the key {key!r} is {_kind(key)}, which JSON does not have; put it in quotes", place=place
                )
            _refuse_foreign(item, f"{place}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _refuse_foreign(item, f"{place}[{index}]")
    elif not _is_plain(value):
        raise ConfigError(f"found {_kind(value)}, which JSON does not have; put it in quotes", place=place)


def _is_plain(value: Any) -> bool:
    return math.isfinite(value) if isinstance(value, float) else value is None or isinstance(value, str | int)


def _text(entry: Mapping[str, Any], key: str, place: str, *, longest: int, default: str | None = None) -> str:
    if key not in entry and default is None:
        raise ConfigError("is missing; expected a text", place=f"{place}.{key}")
    value = entry.get(key, default)
    if not isinstance(value, str) or (not value.strip() and value != default):
        raise ConfigError(f"expected a text, found {_kind(value)}", place=f"{place}.{key}")
    if not value.isprintable() or len(value) > longest:
        raise ConfigError(f"expected a text of at most {longest} characters on one line", place=f"{place}.{key}")
    return value


def _refuse_unknown(entry: Mapping[str, Any], known: set[str], place: str, *, separator: str = ".") -> None:
    for key in entry:
        if key not in known:
            raise ConfigError(
                f"unknown key; known here: {', '.join(sorted(known))}", place=f"{place}{separator}{key[:80]}"
            )


def _kind(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    names = {
        dict: "a mapping",
        list: "a list",
        str: "a text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return names.get(type(value), type(value).__name__)
