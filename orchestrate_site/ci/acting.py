"""`orchestrate ci trigger`, `retry`, `cancel` and `approve`: each a request that is sent at most once."""

import argparse
import getpass
import hashlib
import shlex
import uuid
from collections.abc import Mapping

from ci_integrations import selectors
from ci_integrations.domain import RetryScope
from ci_integrations.models import Action, Repository, Run
from ci_integrations.services import control, sync
from orchestrate_site.ci.exits import Exit, UsageError
from orchestrate_site.ci.following import carry_out
from orchestrate_site.ci.output import Output
from orchestrate_site.ci.parser import Verbs, add_patience, add_run, add_verb
from orchestrate_site.ci.runs import find_run
from orchestrate_site.ci.shapes import action_report
from orchestrate_site.ci.waiting import Patience, patience_of, wait_and_tell


def add(verbs: Verbs) -> None:
    """Add the verbs."""
    _add_trigger(verbs)
    retry = add_verb(
        verbs,
        "retry",
        retry_run,
        summary="Repeat the failed jobs of a finished run, one job, or all of it",
        examples="""orchestrate ci retry --run 12
                    orchestrate ci retry --run 12 --job test --wait
                    orchestrate ci retry --run 12 --all""",
    )
    add_run(retry)
    what = retry.add_mutually_exclusive_group()
    what.add_argument("--job", default="", metavar="JOB", help="repeat this job only, by name or id")
    what.add_argument("--all", action="store_true", help="repeat every job, not the failed ones only")
    retry.add_argument("--debug", action="store_true", help="with debug logs, where the server can")
    retry.add_argument("--wait", action="store_true", help="wait for the end of the new run, as `wait` does")
    add_patience(retry, waits="waiting")
    cancel = add_verb(
        verbs,
        "cancel",
        cancel_run,
        summary="Ask the server to stop a run",
        examples="orchestrate ci cancel --run 12\norchestrate ci cancel --run 12 --force",
    )
    add_run(cancel)
    cancel.add_argument("--force", action="store_true", help="end a run that does not answer to a plain cancel")
    approve = add_verb(
        verbs,
        "approve",
        approve_job,
        summary="Let a job that waits for somebody go on",
        examples="orchestrate ci approve --run 12 --job deploy",
    )
    add_run(approve)
    approve.add_argument("--job", required=True, metavar="JOB", help="the job that waits, by name or id")


def _add_trigger(verbs: Verbs) -> None:
    trigger = add_verb(
        verbs,
        "trigger",
        trigger_run,
        summary="Start a run; prints its number",
        examples="""orchestrate ci trigger --workflow tests --branch main
                    orchestrate ci trigger --workflow deploy --input target=staging --wait --timeout 1800
                    RUN=$(orchestrate ci trigger --workflow tests) && orchestrate ci wait --run $RUN""",
    )
    trigger.add_argument(
        "--workflow",
        default="",
        metavar="NAME",
        help="what to run, as the server names it, where it has several things",
    )
    trigger.add_argument("--branch", default="", help="branch to run on (default: the repository's default branch)")
    trigger.add_argument("--commit", default="", metavar="SHA", help="commit to run on (default: head of the branch)")
    trigger.add_argument("--repo", default="", help="repository, where there are several")
    trigger.add_argument(
        "--input", action="append", default=[], metavar="K=V", help="an input, such as n=int(3); may be repeated"
    )
    trigger.add_argument(
        "--variable", action="append", default=[], metavar="K=V", help="a variable of its jobs; may be repeated"
    )
    trigger.add_argument(
        "--idempotency-key", default="", metavar="KEY", help="the same key gives the same run, however often it is sent"
    )
    trigger.add_argument("--wait", action="store_true", help="wait for the end of the run, as `wait` does")
    add_patience(trigger, waits="waiting")


def trigger_run(options: argparse.Namespace, out: Output) -> Exit:
    """Ask for a run. Without --wait this exits 0 once the server has accepted it."""
    inputs, variables = _pairs("--input", options.input), _pairs("--variable", options.variable)
    repository = selectors.get_repository(options.repo)
    key = options.idempotency_key or uuid.uuid4().hex
    branch = options.branch or repository.default_branch
    action = control.trigger(
        repository,
        workflow=options.workflow,
        branch=branch,
        commit_sha=options.commit,
        inputs=inputs,
        variables=variables,
        requested_by=requested_by(),
        # Of fixed length: no key is the beginning of another.
        idempotency_key=hashlib.sha256(f"cli:{key}".encode(errors="replace")).hexdigest(),
    )
    _refuse_other_wish(action, repository, [options.workflow, branch, options.commit, inputs, variables])
    again = ["trigger", "--branch", branch, "--repo", repository.name]
    again += [word for name, value in inputs.items() for word in ("--input", f"{name}={value}")]
    # Their values may be secrets: what is printed goes into logs.
    again += [word for name in variables for word in ("--variable", f"{name}=...")]
    again += ["--workflow", options.workflow] if options.workflow else []
    again += ["--commit", options.commit] if options.commit else []
    return _act(action, patience_of(options), out, wait=options.wait, again=[*again, "--idempotency-key", key])


def retry_run(options: argparse.Namespace, out: Output) -> Exit:
    """Ask for another attempt. Repeating the command gives the same attempt, not one more."""
    run = _present(find_run(options.run))
    job = selectors.get_job(run, options.job) if options.job else None
    scope = RetryScope.JOB if job else RetryScope.ALL if options.all else RetryScope.FAILED
    action = control.retry(run, scope=scope, job=job, debug=options.debug, requested_by=requested_by())
    again = ["retry", "--run", f"{run.pk}", *(["--job", f"{job.pk}"] if job else ["--all"] if options.all else [])]
    again += ["--debug"] if options.debug else []
    return _act(action, patience_of(options), out, wait=options.wait, again=again)


def cancel_run(options: argparse.Namespace, out: Output) -> Exit:
    """Ask for the end of a run. Exits 0 once the server has taken the request."""
    run = _present(find_run(options.run))
    action = control.cancel(run, force=options.force, requested_by=requested_by())
    again = ["cancel", "--run", f"{run.pk}", *(["--force"] if options.force else [])]
    action = carry_out(action, Patience(), out, wait=False, again=_command(again))
    out.note(f"asked the server to stop run {run.pk}; to see it end: orchestrate ci wait --run {run.pk}")
    _print_action(action, selectors.get_run(run.pk), out)
    return Exit.OK


def approve_job(options: argparse.Namespace, out: Output) -> Exit:
    """Let a waiting job go on. Exits 0 once the server has taken the request."""
    run = _present(find_run(options.run))
    job = selectors.get_job(run, options.job)
    action = control.approve(job, requested_by=requested_by())
    again = _command(["approve", "--run", f"{run.pk}", "--job", f"{job.pk}"])
    action = carry_out(action, Patience(), out, wait=False, again=again)
    after = action.result_run or selectors.get_run(run.pk)
    out.note(f"job {job.name} of run {after.pk} goes on; to see its end: orchestrate ci wait --run {after.pk}")
    _print_action(action, after, out)
    return Exit.OK


def requested_by() -> str:
    """Who asks, for the ledger."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError, ImportError):
        return "cli"


def _act(action: Action, patience: Patience, out: Output, *, wait: bool, again: list[str]) -> Exit:
    action = carry_out(action, patience, out, wait=wait, again=_command(again))
    run = action.result_run
    if run is None:
        out.note("the server accepted the request; its run is not known yet: orchestrate ci list")
    else:
        out.note(f"run {run.pk} on {run.repository.connection} (its {run.external_id}) {run.url}".rstrip())
    if run is not None and wait:
        return wait_and_tell(run, patience, out)
    _print_action(action, run, out)
    return Exit.OK


def _print_action(action: Action, run: Run | None, out: Output) -> None:
    if out.as_json:
        out.json(action_report(action, run))
    elif run is not None:
        out.data(f"{run.pk}")


def _present(run: Run) -> Run:
    """The run as the server has it now: what may be done depends on it."""
    return run if run.state_is_final else sync.sync_run(run.repository, sync.run_ref(run))


def _pairs(option: str, pairs: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise UsageError(f"{option} {pair!r}: write it as name=value")
        found[name] = value
    return found


def _refuse_other_wish(action: Action, repository: Repository, wish: list[str | Mapping[str, str]]) -> None:
    asked = [action.request[name] for name in ("workflow", "branch", "commit_sha", "inputs")] + [action.variables or {}]
    if action.repository_id != repository.pk or asked != wish:
        raise UsageError("this --idempotency-key was used for another request; use a new one")


def _command(words: list[str]) -> str:
    return shlex.join(["orchestrate", "ci", *words])
