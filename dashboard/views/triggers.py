"""The form that asks for a run."""

import hashlib
import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ci_integrations import selectors
from ci_integrations.errors import OrchestrateError
from ci_integrations.models import Action
from ci_integrations.services import control
from dashboard.access import PageRequest, action, may_act, page
from dashboard.forms import TriggerForm


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def trigger(request: PageRequest) -> HttpResponseBase:
    """Show the form, or take it in."""
    return _send(request) if request.method == "POST" else _show(request)


@page
def _show(request: PageRequest) -> HttpResponse:
    if not may_act(request.user):
        return render(request, "dashboard/trigger.html", {"may_act": False})
    repository = selectors.repositories().first()
    form = TriggerForm(initial={"branch": repository.default_branch if repository else ""} | _known(request))
    return _render(request, form)


@action
def _send(request: PageRequest) -> HttpResponse:
    form = TriggerForm(request.POST)
    if not form.is_valid():
        return _render(request, form, status=422)
    try:
        asked = _ask(form.cleaned_data, user_id=request.user.pk, name=request.user.get_username())
    except OrchestrateError as error:
        form.add_error(None, str(error))
        return _render(request, form, status=422)
    if asked.result_run_id is not None:
        return redirect("dashboard:run", asked.result_run_id)
    messages.success(request, "The run was asked for. It appears here once the server has taken it.")
    return redirect("dashboard:runs")


def _ask(values: dict[str, Any], *, user_id: int, name: str) -> Action:
    """The key is made of the form's token and what was in it: sent twice it is one wish, changed it is another."""
    wish = values | {"repository": values["repository"].pk}
    digest = hashlib.sha256(json.dumps(wish, sort_keys=True).encode()).hexdigest()
    return control.trigger(
        values["repository"],
        workflow=values["workflow"],
        branch=values["branch"],
        commit_sha=values["commit_sha"],
        inputs=values["inputs"],
        variables=values["variables"],
        requested_by=name,
        idempotency_key=f"page:{user_id}:{digest}",
    )


def _known(request: PageRequest) -> dict[str, str]:
    """What a link to the form already says."""
    return {name: request.GET[name] for name in ("repository", "workflow", "branch") if request.GET.get(name)}


def _render(request: PageRequest, form: TriggerForm, status: int = 200) -> HttpResponse:
    _, workflows = selectors.recent_names()
    context = {
        "form": form,
        "may_act": True,
        "workflows": workflows,
        "has_repository": selectors.repositories().exists(),
    }
    return render(request, "dashboard/trigger.html", context, status=status)
