"""Who may see a page, and who may act."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh
from django_htmx.middleware import HtmxDetails

ACT = "ci_integrations.add_action"
ADMINISTER = "ci_integrations.change_connection"

View = Callable[..., HttpResponseBase]


class HtmxRequest(HttpRequest):
    """A request that knows whether htmx sent it."""

    htmx: HtmxDetails


class PageRequest(HtmxRequest):
    """A request as the views get it: somebody is signed in."""

    user: User


def page(view: View) -> View:
    """A page to read, for whoever is signed in; others are sent to the login page."""
    inner = login_required(require_safe(view))

    @wraps(view)
    def wrapper(request: HtmxRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.htmx and not request.user.is_authenticated:
            # A partial must not be replaced by the login form: the whole page is loaded again.
            return HttpResponseClientRefresh()
        return inner(request, *args, **kwargs)

    return wrapper


def action(view: View) -> View:
    """A POST that asks something of a provider: 403 for whoever lacks the permission `ci_integrations.add_action`."""
    return login_required(require_POST(permission_required(ACT, raise_exception=True)(view)))


def administration(view: View) -> View:
    """A page for who may change connections: 403 for others."""
    return page(permission_required(ADMINISTER, raise_exception=True)(view))


def administration_action(view: View) -> View:
    """A POST by who may change connections: 403 for others."""
    return login_required(require_POST(permission_required(ADMINISTER, raise_exception=True)(view)))


def may_act(user: User) -> bool:
    """Whether this user may trigger, retry, cancel and fix."""
    return user.has_perm(ACT)
