"""`{placeholder}` in URLs, header values and JSON bodies."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ci_integrations.errors import Invalid

INPUT = "input_"
INPUTS = "inputs"
_TOKEN = re.compile(r"\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_.-]*)\}|[{}]")
_DOTS = re.compile(r"/\.{1,2}(?=[/?#]|$)")

Values = Mapping[str, Any]


def placeholders(template: Any) -> Iterator[str]:
    """The names used in a text, or in the texts of a JSON template. Raises ValueError for a single brace."""
    if isinstance(template, str):
        for match in _TOKEN.finditer(template):
            if match.group(1):
                yield match.group(1)
            elif len(match.group()) == 1:
                raise ValueError(f"a single `{match.group()}`; write it twice for a plain one")
    elif isinstance(template, Mapping):
        for item in template.values():
            yield from placeholders(item)
    elif isinstance(template, list):
        for item in template:
            yield from placeholders(item)


def check_placeholders(template: Any, known: frozenset[str], *, inside_url: bool = False) -> None:
    """Raises ValueError, listing what is known, for a placeholder that this endpoint does not have."""
    for name in placeholders(template):
        if name == INPUTS and INPUTS in known and inside_url:
            raise ValueError("{inputs} is an object and stands in a body only; write {input_NAME} for one of them")
        if name not in known and not (INPUTS in known and name.startswith(INPUT)):
            listed = ", ".join("{" + one + "}" for one in sorted(known)) or "none"
            raise ValueError(f"unknown placeholder {{{name}}}; known here: {listed}")


def fill_url(template: str, values: Values) -> str:
    """The URL, every value percent-encoded. Raises Invalid where a value would change the path (`.` or `..`)."""
    url = _fill(template, values, lambda value: quote(value, safe=""))
    if _DOTS.search(url.partition("?")[0]) and not _DOTS.search(template.partition("?")[0]):
        raise Invalid("a value of only dots cannot stand in a URL")
    return url


def fill_header(template: str, values: Values) -> str:
    """The header value. Raises Invalid for one that would not stay on its line."""
    text = _fill(template, values, str)
    if not text.isprintable() or not text.isascii():
        raise Invalid("a header value may hold printable ASCII only")
    return text


def fill_body(template: Any, values: Values) -> Any:
    """The JSON value: texts are filled, `"{inputs}"` alone becomes the object of inputs."""
    if isinstance(template, str):
        return dict(values[INPUTS]) if template == "{inputs}" else _fill(template, values, str)
    if isinstance(template, Mapping):
        return {str(key): fill_body(item, values) for key, item in template.items()}
    if isinstance(template, list):
        return [fill_body(item, values) for item in template]
    return template


def _fill(template: str, values: Values, encode: Callable[[str], str]) -> str:
    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return match.group()[0]
        if name not in values and name.startswith(INPUT):
            return encode(str(values[INPUTS].get(name.removeprefix(INPUT), "")))
        return encode(str(values[name]))

    return _TOKEN.sub(replace, template)
