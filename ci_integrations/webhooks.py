"""POST /webhooks/<provider>/<key>: verify, store, 202. Nothing else."""

import logging
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ci_integrations.errors import BadWebhook, ConfigError, NotSupported
from ci_integrations.models import Connection
from ci_integrations.services import inbox
from ci_integrations.wiring import provider_of

log = logging.getLogger(__name__)

MAX_DIGITS: Final = 18


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider: str, key: str) -> HttpResponse:
    """Take in one delivery: 202 stored, 401 not authentic, 404 no such connection, 503 not set up.

    400 stands for a Content-Length that is no number, 413 for a body that is too large.
    """
    limit = settings.ORCHESTRATE_WEBHOOK_MAX_BYTES
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdecimal()):
        return JsonResponse({"error": "Content-Length is not a number"}, status=400)
    if len(length) > MAX_DIGITS or int(length) > limit:
        return JsonResponse({"error": f"the body is larger than {limit} bytes"}, status=413)
    if not (provider + key).isprintable():
        raise Http404
    connection = get_object_or_404(Connection, provider=provider, key=key, is_active=True)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        delivery = provider_of(connection).authenticate_webhook(headers, request.body)
    except (BadWebhook, NotSupported) as error:
        log.warning("webhook for %s refused: %s", connection, error)
        return JsonResponse({"error": "the delivery could not be verified"}, status=401)
    except ConfigError as error:
        log.error("webhook for %s not taken: %s", connection, error)  # noqa: TRY400  # the place says it all
        return JsonResponse({"error": "this connection is not set up"}, status=503)
    row = inbox.receive(connection, delivery)
    return JsonResponse({"delivery": row.delivery_id}, status=202)
