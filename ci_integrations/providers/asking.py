"""What a request asks of a connection, in capabilities; one that it lacks is refused, not left out."""

from typing import Final

from ci_integrations.domain import Capability, RetryRequest, RetryScope, TriggerRequest
from ci_integrations.errors import NotSupported

# What repeating so much of a run takes.
RETRY: Final = {
    RetryScope.ALL: Capability.RETRY_ALL,
    RetryScope.FAILED: Capability.RETRY_FAILED,
    RetryScope.JOB: Capability.RETRY_JOB,
}


def require(can: Capability, needed: Capability) -> None:
    """Raises NotSupported, naming what is lacking, where a connection `can` not all that is needed."""
    lacking = ", ".join(f"{one.name}".lower() for one in needed & ~can)
    if lacking:
        raise NotSupported(f"this connection cannot do it: {lacking}")


def needed_by(request: TriggerRequest | RetryRequest) -> Capability:
    """The capabilities that a request is about."""
    if isinstance(request, RetryRequest):
        return RETRY[request.scope] | (Capability.RETRY_DEBUG if request.debug else Capability.NONE)
    inputs = Capability.INPUTS if request.inputs else Capability.NONE
    return Capability.TRIGGER | inputs | (Capability.VARIABLES if request.variables else Capability.NONE)
