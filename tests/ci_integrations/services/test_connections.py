"""Connections to CI servers that hold no code: where the code is, and having the server call us."""

from dataclasses import replace
from typing import Any

import pytest

from ci_integrations import selectors
from ci_integrations.configfile import ConnectionSpec, RepositorySpec, parse_config
from ci_integrations.domain import AccessCheck, Capability, InstallationState, RepoRef
from ci_integrations.errors import ConfigError, NotFound
from ci_integrations.models import Connection, Installation, Repository
from ci_integrations.services import access
from ci_integrations.services.connections import connect
from ci_integrations.wiring import code_of, secrets_of
from tests.fakes.memory import EVERYTHING, MemoryServer

pytestmark = pytest.mark.django_db
HOST: Any = object()


@pytest.fixture
def host() -> MemoryServer:
    """A server that holds code."""
    made = MemoryServer("host")
    made.code_host = HOST
    return made


def spec_of(name: str, *repositories: RepositorySpec, **fields: Any) -> ConnectionSpec:
    return ConnectionSpec(name, "memory", {"server": name}, repositories, f"o.yaml: {name}", **fields)


def test_the_code_of_a_repository_is_at_its_code_host_under_its_name_there(
    server: MemoryServer, host: MemoryServer
) -> None:
    connect(spec_of("host", RepositorySpec("acme/shop", "acme/shop")))
    shop = RepositorySpec("gh/acme/shop", "acme/shop")
    other = RepositorySpec("circleci/a/b", "lib", code_name="acme/lib")
    circle = connect(spec_of("one", shop, other, code_host="host"))
    first, second = circle.repositories.order_by("name")
    for repository, name in ((first, "acme/shop"), (second, "acme/lib")):
        code = code_of(repository)
        assert code is not None
        assert (code.host, code.repo) == (HOST, RepoRef(name))
    assert selectors.home_of(first).connection.name == "host"
    assert selectors.home_of(second) == second
    at_host = Repository.objects.get(connection__name="host")
    assert set(selectors.same_code(at_host)) == {at_host, first}


def test_without_a_code_host_the_code_is_not_known(repository: Repository) -> None:
    assert code_of(repository) is None
    assert selectors.home_of(repository) == repository


def test_secrets_of_the_code_host_are_masked_too(server: MemoryServer, host: MemoryServer) -> None:
    made = connect(replace(spec_of("host"), config={"server": "host", "token": "hidden-4711"}))
    circle = connect(spec_of("one", RepositorySpec("a", "a"), code_host="host"))
    assert secrets_of(made) == secrets_of(circle) == ["hidden-4711"]


@pytest.mark.parametrize(("name", "words"), [("nobody", "no connection 'nobody'"), ("one", "no connection 'one'")])
def test_a_code_host_that_is_none_is_refused(server: MemoryServer, host: MemoryServer, name: str, words: str) -> None:
    connect(spec_of("host", RepositorySpec("x", "x")))
    with pytest.raises(ConfigError, match=words) as refused:
        connect(spec_of("one", RepositorySpec("x", "x"), code_host=name))
    assert refused.value.place == "o.yaml: one.code_host"
    assert Connection.objects.count() == 1


def test_the_file_names_code_host_and_code() -> None:
    raw = b"ci: {provider: x, code_host: gh, repositories: [{name: a, external_id: gh/a, code_name: acme/a}]}"
    (spec,) = parse_config(raw, source="o.yaml")
    assert (spec.code_host, spec.repositories[0].code_name) == ("gh", "acme/a")


class HookInstaller:
    """Sets up webhooks; `refused` are targets that it may not."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.asked: list[tuple[str, str]] = []

    def install_webhook(self, target: str, url: str) -> AccessCheck:
        self.asked.append((target, url))
        return AccessCheck("webhook", target, "follow runs", target not in self.refused)


def grouped(server: MemoryServer, installer: HookInstaller) -> Connection:
    """A connection with a group of two repositories, and one of its own."""
    server.capabilities = EVERYTHING | Capability.INSTALLS_WEBHOOKS
    server.installer = installer  # type: ignore[assignment]  # what is not asked for here is left out
    made = connect(spec_of("one", RepositorySpec("own", "own")))
    group = Installation.objects.create(
        connection=made, external_id="group", account="acme", state=InstallationState.ACTIVE
    )
    for name in ("a", "b"):
        Repository.objects.create(connection=made, external_id=name, name=name, installation=group)
    return made


def test_one_webhook_serves_a_group(server: MemoryServer) -> None:
    installer = HookInstaller()
    found = access.install_webhooks(grouped(server, installer), "https://us/hook")
    assert [target for target, _ in installer.asked] == ["group", "own"]
    assert all(one.granted for one in found)


def test_where_a_group_takes_none_each_repository_gets_one(server: MemoryServer) -> None:
    installer = HookInstaller("group", "b")
    found = access.install_webhooks(grouped(server, installer), "https://us/hook")
    assert [target for target, _ in installer.asked] == ["group", "own", "a", "b"]
    assert [(one.needed, one.granted) for one in found] == [("own", True), ("a", True), ("b", False)]


def test_a_server_whose_webhooks_people_set_up_is_not_asked(server: MemoryServer) -> None:
    installer = HookInstaller()
    made = grouped(server, installer)
    server.capabilities = EVERYTHING
    assert access.install_webhooks(made, "https://us/hook") == []
    assert installer.asked == []


def test_two_repositories_of_one_name_are_told_apart_by_their_connection(
    server: MemoryServer, host: MemoryServer
) -> None:
    at_host = connect(spec_of("host", RepositorySpec("acme/shop", "acme/shop"))).repositories.get()
    built = connect(spec_of("one", RepositorySpec("gh/acme/shop", "acme/shop"), code_host="host")).repositories.get()
    with pytest.raises(NotFound, match="host:acme/shop, one:acme/shop"):
        selectors.get_repository("acme/shop")
    assert selectors.get_repository("host:acme/shop") == at_host
    assert selectors.get_repository("one:acme/shop") == selectors.get_repository("gh/acme/shop") == built
    with pytest.raises(NotFound, match="no repository 'x'; known: host:acme/shop, one:acme/shop"):
        selectors.get_repository("x")


def test_without_the_code_hosts_own_row_the_oldest_one_has_the_report(server: MemoryServer, host: MemoryServer) -> None:
    connect(spec_of("host", RepositorySpec("else", "else")))
    first = connect(spec_of("one", RepositorySpec("a", "acme/shop"), code_host="host")).repositories.get()
    MemoryServer("two")
    second = connect(spec_of("two", RepositorySpec("b", "acme/shop"), code_host="host")).repositories.get()
    assert selectors.home_of(second) == selectors.home_of(first) == first
    assert set(selectors.same_code(first)) == {first, second}
