"""Middleware of the pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


def policy(*, form_action: str = "") -> str:
    """Nothing from elsewhere, no inline script and no inline style; the pages and the admin need neither.

    `form_action` is another origin that a form of the page may go to.
    """
    forms = f"'self' {form_action}".strip()
    return (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; "
        f"base-uri 'none'; form-action {forms}; frame-ancestors 'none'"
    )


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Add the Content-Security-Policy header to every answer."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy())
        return response

    return middleware
