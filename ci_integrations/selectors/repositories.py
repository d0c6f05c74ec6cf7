"""Connections and repositories, and what can be done there."""

from django.db.models import Prefetch, Q, QuerySet

from ci_integrations.domain import Capability
from ci_integrations.errors import ConfigError, NotFound
from ci_integrations.models import Connection, Repository
from ci_integrations.wiring import provider_of


def home_of(repository: Repository) -> Repository:
    """Where reports on a repository's commits are kept: its row at the code host, if that is followed.

    Else the oldest row of all that build the same code, which may be itself.
    """
    host = repository.connection.code_host
    if host is None:
        return repository
    at_host = Repository.objects.filter(connection=host, external_id__iexact=repository.code_name, is_active=True)
    built = Repository.objects.filter(_built(host.pk, repository.code_name))
    found = at_host.select_related("connection").first() or built.select_related("connection").order_by("pk").first()
    return found or repository


def same_code(home: Repository) -> QuerySet[Repository]:
    """The repositories, at whichever CI server, that hold or build the code of one that `home_of` gives."""
    host, name = home.connection.code_host_id, home.code_name
    if host is None:
        host, name = home.connection_id, home.external_id
    return Repository.objects.filter(_built(host, name) | Q(pk=home.pk))


def _built(host: int, name: str) -> Q:
    return Q(connection__code_host=host, code_name__iexact=name, is_active=True)


def capabilities(repository: Repository) -> Capability:
    """What can be done with the runs of a repository."""
    return provider_of(repository.connection).capabilities


def repositories() -> QuerySet[Repository]:
    """All repositories of active connections, by name."""
    active = Repository.objects.filter(is_active=True, connection__is_active=True)
    return active.select_related("connection").order_by("name", "id")


def get_repository(name: str = "") -> Repository:
    """A repository by name, the server's id or `CONNECTION:NAME`; the only one without a name. Raises NotFound."""
    rows = repositories()
    found = [row for row in rows if not name or name in _names_of(row)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(f"{row.connection.name}:{row.name}" for row in found or rows)
    if not known:
        raise NotFound("repositories: none; add one with: orchestrate ci connect -f FILE")
    if not found:
        raise NotFound(f"there is no repository {name!r}; known: {known}")
    raise NotFound(f"name one of the repositories with --repo: {known}")


def _names_of(repository: Repository) -> set[str]:
    return {repository.name, repository.external_id, f"{repository.connection.name}:{repository.name}"}


def connections() -> QuerySet[Connection]:
    """All connections with their repositories."""
    repositories = Prefetch("repositories", Repository.objects.order_by("name"))
    return Connection.objects.select_related("code_host").prefetch_related(repositories).order_by("provider", "name")


def installs_webhooks(connection: Connection) -> bool:
    """Whether the server can be asked to call us; False where the configuration no longer works."""
    try:
        return Capability.INSTALLS_WEBHOOKS in provider_of(connection).capabilities
    except ConfigError:
        return False
