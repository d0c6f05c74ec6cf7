"""Whatever a server says must fit its column: PostgreSQL refuses what is longer, and what is no number of its size."""

from typing import Final

from django.db.models import Model

from ci_integrations.parsing.texts import storable

MAX_INTEGER: Final = 2**31 - 1
MAX_BIG_INTEGER: Final = 2**63 - 1


def fitting(model: type[Model], **texts: str) -> dict[str, str]:
    """The texts for fields of a model: without what no database keeps, and cut to the field's length, if it has one."""
    return {name: storable(text)[: _room(model, name)] for name, text in texts.items()}


def whole(value: int | None, *, most: int = MAX_INTEGER) -> int | None:
    """The number, None where it is negative or larger than its column holds."""
    return value if value is not None and 0 <= value <= most else None


def _room(model: type[Model], field: str) -> int | None:
    length: int | None = getattr(model._meta.get_field(field), "max_length", None)
    return length
