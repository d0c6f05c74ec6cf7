"""Ports of the loopback address."""

import socket

from ci_integrations.errors import OrchestrateError

LOOPBACK = "127.0.0.1"


def require_free(port: int, *, what: str, option: str) -> None:
    """Refuse a TCP port of the loopback address that `what` could not listen on.

    `what` is the program's name and `option` the command-line option that chooses its port; both go into the message.
    Raises OrchestrateError.
    """
    mend = f"{what} cannot listen on {LOOPBACK}:{port}; stop what uses it or choose another port with {option}"
    if not 0 < port < 65536:
        raise OrchestrateError(f"port {port} does not exist: choose one from 1 to 65535 with {option}")
    with socket.socket() as probe:
        # As servers do: connections of an earlier server that are still closing are no hindrance, a listener is.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except PermissionError as error:
            raise OrchestrateError(f"port {port} is reserved for the administrator: {mend}") from error
        except OSError as error:
            raise OrchestrateError(f"port {port} is in use: {mend}") from error


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port
