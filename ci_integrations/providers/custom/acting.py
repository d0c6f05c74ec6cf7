"""Trigger, retry and cancel: each is one request, and a run whose answer was lost can be looked for."""

import time
from typing import Any

from ci_integrations.domain import JobRef, RepoRef, RetryRequest, RetryScope, RunRef, TriggerRequest
from ci_integrations.errors import Conflict, NotFound, NotSupported, ProviderError, Unavailable
from ci_integrations.providers.custom.client import Client
from ci_integrations.providers.custom.convert import identity
from ci_integrations.providers.custom.reading import Reader, run_values
from ci_integrations.providers.custom.schema import Cancel, Find, Lookup, RetryCall, Trigger
from ci_integrations.providers.custom.settings import Settings
from ci_integrations.providers.custom.templates import Values

# A server answers a trigger before it has made the run: how long to wait for its id, in seconds.
_LOOKUP_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)


class Actor:
    """The writing half of a custom connection."""

    def __init__(self, settings: Settings, client: Client, reader: Reader) -> None:
        self._settings = settings
        self._client = client
        self._reader = reader

    def trigger(self, request: TriggerRequest) -> RunRef | None:
        """Start a run; None where it was accepted and its id is not known yet."""
        call = self._trigger_call()
        values = _trigger_values(request)
        answer = self._client.tell(call, values, call.refused)
        found = identity(call.run_id.find(answer))
        return self._resolve_now(request.repo, call.lookup, values, found)

    def retry(self, request: RetryRequest) -> RunRef | None:
        """Repeat a run: the new run, or the next attempt of the same one."""
        call = self._retry_call(request.scope)
        values = self._retry_values(request, call, call.lookup)
        answer = self._client.tell(call, values, call.refused)
        if call.run_id is None:
            return request.run.next_attempt
        found = identity(call.run_id.find(answer))
        run = self._resolve_now(request.run.repo, call.lookup, values, found)
        if run is None or run.external_id != request.run.external_id:
            return run
        # The same id again: the next attempt, where the server tells attempts apart; else nobody knows what came of it.
        return request.run.next_attempt if self._settings.tells_attempts else None

    def cancel(self, ref: RunRef, call: Cancel) -> None:
        """Stop a run. Raises Conflict where it has already ended."""
        if self._reader.run(ref, with_jobs=False).state.is_terminal:
            raise Conflict(f"run {ref.external_id} has already ended")
        values = run_values(ref)
        if "job_id" in call.used():
            values["job_id"] = self._last_job(ref)
        self._client.tell(call, values, call.refused)

    def find(self, request: TriggerRequest | RetryRequest) -> RunRef | None:
        """The run that an earlier trigger or retry with this intent caused; None where there is none."""
        if isinstance(request, TriggerRequest):
            trigger = self._trigger_call()
            return self._find(request.repo, trigger.find, trigger.lookup, _trigger_values(request))
        call = self._retry_call(request.scope)
        if call.run_id is None:
            return self._find_attempt(request.run)
        values = self._retry_values(request, call.find, call.lookup)
        return self._find(request.run.repo, call.find, call.lookup, values)

    def _trigger_call(self) -> Trigger:
        if self._settings.trigger is None:
            raise NotSupported("this connection has no trigger endpoint")
        return self._settings.trigger

    def _retry_call(self, scope: RetryScope) -> RetryCall:
        call: RetryCall | None = getattr(self._settings.endpoints.retry, scope.value)
        if call is None:
            raise NotSupported(f"this connection has no endpoint `retry.{scope.value}`")
        return call

    def _resolve_now(self, repo: RepoRef, lookup: Lookup | None, values: Values, found: str | None) -> RunRef | None:
        """The run of an accepted request. It was accepted: whatever goes wrong here is no reason to send it again."""
        if found is None:
            return None
        if lookup is None:
            return RunRef(repo, found)
        for pause in _LOOKUP_PAUSES:
            try:
                run_id = self._look_up(lookup, values, found)
            except ProviderError:
                return None
            if run_id is not None:
                return RunRef(repo, run_id)
            time.sleep(pause)
        return None

    def _find(self, repo: RepoRef, find: Find | None, lookup: Lookup | None, values: Values) -> RunRef | None:
        if find is None:
            raise NotSupported("this connection has no `find`: it cannot look for a run whose answer was lost")
        if "intent" in find.used() and not values["intent"]:
            raise NotSupported("a run that was sent without an intent id cannot be looked for")
        try:
            found = identity(find.run_id.find(self._client.ask(find, values)))
        except NotFound:
            return None
        if found is None or lookup is None:
            return RunRef(repo, found) if found else None
        run_id = self._look_up(lookup, values, found)
        if run_id is None:
            raise Unavailable(f"the server has accepted {found}, but made no run of it yet")
        return RunRef(repo, run_id)

    def _find_attempt(self, ref: RunRef) -> RunRef | None:
        attempt = self._reader.attempt(ref)
        if attempt is None:
            raise NotSupported("the server does not say which attempt of a run it is at")
        return RunRef(ref.repo, ref.external_id, attempt) if attempt > ref.attempt else None

    def _look_up(self, lookup: Lookup, values: Values, trigger_id: str) -> str | None:
        try:
            answer = self._client.ask(lookup, {**values, "trigger_id": trigger_id})
        except NotFound:
            return None
        return identity(lookup.run_id.find(answer))

    def _retry_values(self, request: RetryRequest, *calls: RetryCall | Find | Lookup | None) -> dict[str, Any]:
        """The placeholders of a retry; what costs a request is asked for only where it is used."""
        used = frozenset[str]().union(*(call.used() for call in calls if call))
        values = run_values(request.run) | {"intent": request.intent_id}
        if "job_id" in used:
            values["job_id"] = _job_id(request.job) or self._last_job(request.run)
        if used & {"workflow", "branch", "commit"}:
            run = self._reader.run(request.run, with_jobs=False)
            values |= {"workflow": run.workflow, "branch": run.branch, "commit": run.commit_sha}
            missing = [name for name in ("workflow", "commit") if name in used and not values[name]]
            if missing:
                raise Conflict(f"the server does not say the {missing[0]} of run {request.run.external_id} (yet)")
        return values

    def _last_job(self, ref: RunRef) -> str:
        jobs = self._reader.jobs(ref)
        if not jobs:
            raise Conflict(f"run {ref.external_id} has no job yet")
        return jobs[-1].ref.external_id


def _trigger_values(request: TriggerRequest) -> dict[str, Any]:
    return {
        "repository": request.repo.external_id,
        "workflow": request.workflow,
        "branch": request.branch,
        "commit": request.commit_sha,
        "intent": request.intent_id,
        "inputs": request.inputs,
    }


def _job_id(job: JobRef | None) -> str:
    return job.external_id if job else ""
