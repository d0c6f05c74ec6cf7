"""Connections: what there is, whether it is allowed what it needs, and a new GitHub App."""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from ci_integrations import selectors
from ci_integrations.domain import AccessCheck
from ci_integrations.errors import OrchestrateError
from ci_integrations.models import Connection
from ci_integrations.services import access, github_app, installations
from dashboard.access import PageRequest, administration, administration_action
from dashboard.forms import GitHubAppForm
from dashboard.middleware import policy


@administration
def connect(request: PageRequest) -> HttpResponse:
    """The connections, and the form for a new App."""
    return _render(request, GitHubAppForm())


@administration_action
def create_app(request: PageRequest) -> HttpResponse:
    """The last page here before GitHub: the manifest in a form that goes there."""
    form = GitHubAppForm(request.POST)
    if not form.is_valid():
        return _render(request, form, status=422)
    try:
        prepared = github_app.begin(
            user_id=request.user.pk,
            host=form.cleaned_data["host"],
            organization=form.cleaned_data["organization"],
            name=form.cleaned_data["name"],
            url=settings.ORCHESTRATE_URL,
            webhook_url=lambda key: _here(reverse("webhook", args=[github_app.PROVIDER, key])),
            back=_here(reverse("dashboard:github-created")),
            done=_here(reverse("dashboard:github-installed")),
        )
    except OrchestrateError as error:
        form.add_error(None, str(error))
        return _render(request, form, status=422)
    answer = render(request, "dashboard/connect_github.html", {"prepared": prepared})
    answer.headers["Content-Security-Policy"] = policy(form_action=prepared.host)
    return answer


@administration
def created(request: PageRequest) -> HttpResponse:
    """GitHub sends the browser back with a code: the App is stored, and installed next."""
    try:
        _, install = github_app.finish(
            user_id=request.user.pk, code=request.GET.get("code", ""), state=request.GET.get("state", "")
        )
    except OrchestrateError as error:
        messages.error(request, f"The App was not stored: {error}")
        return redirect("dashboard:connect")
    return redirect(install)


@administration
def installed(request: PageRequest) -> HttpResponse:
    """Where GitHub leads to once the App is installed: its webhook tells the same, this is for who is faster."""
    messages.success(request, "GitHub says that the App is installed. Its repositories appear here in a moment.")
    return redirect("dashboard:connect")


@administration_action
def check(request: PageRequest, connection_id: int) -> HttpResponse:
    """Ask the server what we may do there, and who installed us."""

    def ask(connection: Connection) -> Sequence[AccessCheck]:
        installations.refresh(connection)
        return access.check(connection)

    return _checked(request, connection_id, ask)


@administration_action
def install_webhooks(request: PageRequest, connection_id: int) -> HttpResponse:
    """Have the server call us about what the connection follows."""
    return _checked(
        request, connection_id, lambda connection: access.install_webhooks(connection, _webhook_url(connection))
    )


def _checked(
    request: PageRequest, connection_id: int, ask: Callable[[Connection], Sequence[AccessCheck]]
) -> HttpResponse:
    connection = selectors.connections().filter(pk=connection_id).first()
    if connection is None:
        raise Http404
    context: dict[str, object] = {"connection": connection}
    try:
        context["checks"] = ask(connection)
    except OrchestrateError as error:
        context["error"] = str(error)
    return render(request, "dashboard/connect_check.html", context)


def _render(request: PageRequest, form: GitHubAppForm, status: int = 200) -> HttpResponse:
    rows = [
        (connection, _webhook_url(connection), selectors.installs_webhooks(connection))
        for connection in selectors.connections()
    ]
    context = {
        "form": form,
        "rows": rows,
        "is_reachable": urlsplit(settings.ORCHESTRATE_URL).hostname not in {"localhost", "127.0.0.1"},
    }
    return render(request, "dashboard/connect.html", context, status=status)


def _webhook_url(connection: Connection) -> str:
    return _here(reverse("webhook", args=[connection.provider, connection.key]))


def _here(path: str) -> str:
    return f"{settings.ORCHESTRATE_URL}{path}"
