"""How GitLab writes times."""

from datetime import UTC, datetime


def stamp(moment: datetime | None) -> str | None:
    """A time in REST answers."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if moment else None


def spoken(moment: datetime | None) -> str | None:
    """A time in most webhooks."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if moment else None


def seconds(start: datetime | None, end: datetime | None) -> float | None:
    """How long something took."""
    return (end - start).total_seconds() if start and end else None
