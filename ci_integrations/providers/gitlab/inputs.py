"""Typed inputs of pipelines: what people write as text, in the type that GitLab checks for.

https://docs.gitlab.com/ci/inputs/#define-input-parameters-with-specinputs
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from ci_integrations.errors import Invalid

_TYPED: Final = re.compile(r"(int|float|number|bool|array)\((.*)\)", re.DOTALL)
_BOOLS: Final = {"true": True, "false": False}
LONGEST_NUMBER: Final = 40


def typed(inputs: Mapping[str, str]) -> dict[str, Any]:
    """`int(3)`, `float(1.5)`, `bool(true)` and `array(["a"])` in their types, all else as text. Raises Invalid."""
    return {name: _value(name, text) for name, text in inputs.items()}


def _value(name: str, text: str) -> Any:
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        return text
    try:
        return _READERS[found[1]](found[2].strip())
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Invalid(f"the input {name}: {text[:80]!r} is no {found[1]}; nothing was started") from None


def _number(text: str) -> int | float:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("too long")
    value = json.loads(text, parse_constant=_refused)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no number")
    return value


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _integer(text: str) -> int:
    value = _number(text)
    if not isinstance(value, int):
        raise TypeError("no whole number")
    return value


def _array(text: str) -> list[Any]:
    value = json.loads(text, parse_constant=_refused)
    if not isinstance(value, list):
        raise TypeError("no array")
    return value


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "int": _integer,
    "float": _number,
    "number": _number,
    "bool": lambda text: _BOOLS[text.lower()],
    "array": _array,
}
