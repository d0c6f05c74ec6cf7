"""Conditions of `rules:if`. https://docs.gitlab.com/ci/jobs/job_rules/#cicd-variable-expressions

Known: variables, texts, `null`, patterns, `==`, `!=`, `=~`, `!~`, `&&`, `||` and brackets.
"""

import re
from collections.abc import Mapping
from typing import Final

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<variable>\$\w+)|(?P<text>\"[^\"]*\"|'[^']*')|(?P<null>null\b)"
    r"|(?P<pattern>/(?:\\/|[^/])+/i?)|(?P<operator>==|!=|=~|!~|&&|\|\||\(|\)))"
)


class BadExpression(Exception):
    """A condition that cannot be read."""


def holds(expression: str, variables: Mapping[str, str]) -> bool:
    """Whether a condition is true. Raises BadExpression."""
    reader = _Reader(_tokens(expression), variables)
    value = reader.either()
    if reader.rest:
        raise BadExpression(expression)
    return bool(value)


def _tokens(expression: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = expression.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise BadExpression(expression)
        found.append((match.lastgroup or "", match[match.lastgroup or 0]))
        place = match.end()
    return found


class _Reader:
    """Reads the words of a condition from left to right."""

    def __init__(self, tokens: list[tuple[str, str]], variables: Mapping[str, str]) -> None:
        self.rest, self.variables = tokens, variables

    def either(self) -> bool:
        """`a || b`."""
        value = self.both()
        while self._took("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> bool:
        """`a && b`."""
        value = self.comparison()
        while self._took("&&"):
            other = self.comparison()
            value = value and other
        return value

    def comparison(self) -> bool:
        """`a == b`, or a variable alone: set, and not empty."""
        if self._took("("):
            value = self.either()
            if not self._took(")"):
                raise BadExpression("a bracket is not closed")
            return value
        left = self._value()
        for operator in ("==", "!=", "=~", "!~"):
            if self._took(operator):
                return self._compare(operator, left, self._value())
        return bool(left)

    def _compare(self, operator: str, left: str | None, right: str | None) -> bool:
        if operator == "==":
            return left == right
        if operator == "!=":
            return left != right
        given = right or ""
        flags = re.IGNORECASE if given.endswith("i") else 0
        matched = re.search(given.removesuffix("i").strip("/").replace("\\/", "/"), left or "", flags) is not None
        return matched == (operator == "=~")

    def _value(self) -> str | None:
        if not self.rest:
            raise BadExpression("a value is missing")
        kind, text = self.rest.pop(0)
        if kind == "operator":
            raise BadExpression(text)
        if kind == "variable":
            return self.variables.get(text[1:])
        if kind == "null":
            return None
        return text[1:-1] if kind == "text" else text

    def _took(self, operator: str) -> bool:
        if self.rest and self.rest[0] == ("operator", operator):
            self.rest.pop(0)
            return True
        return False
