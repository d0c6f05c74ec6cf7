"""A port that cannot be had is refused with its mend."""

import socket

import pytest

from ci_integrations.errors import OrchestrateError
from orchestrate_site.demo.ports import free_port, require_free


def test_free_port_is_accepted() -> None:
    require_free(free_port(), what="web", option="--port")


def test_port_of_a_listener_is_refused_and_free_once_it_is_gone() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        with pytest.raises(OrchestrateError, match=rf"port {port} is in use: web .* with --port"):
            require_free(port, what="web", option="--port")
    require_free(port, what="web", option="--port")


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_port_out_of_range_is_refused(port: int) -> None:
    with pytest.raises(OrchestrateError, match="does not exist: choose one from 1 to 65535 with --port"):
        require_free(port, what="web", option="--port")
