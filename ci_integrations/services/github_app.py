"""Creating a GitHub App by its manifest, from our connect page to a stored connection.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.core import signing

from ci_integrations.errors import ConfigError
from ci_integrations.models import Connection
from ci_integrations.models.connection import new_key
from ci_integrations.providers.github import manifest

# GitHub's code is good for an hour, and so is what we gave to the browser.
SECONDS: Final = 3600
_SALT: Final = "orchestrate.github-app"
PROVIDER: Final = "github"


@dataclass(frozen=True, slots=True)
class Form:
    """What the browser sends to GitHub: the manifest as JSON, to `action` on `host`."""

    host: str
    action: str
    manifest: str


def begin(
    *,
    user_id: int,
    host: str,
    organization: str,
    name: str,
    url: str,
    webhook_url: Callable[[str], str],
    back: str,
    done: str,
) -> Form:
    """Prepare the form. `webhook_url` gives for a connection's key where GitHub is to ring; `back` is where it returns
    to with its code, `done` where people come to when they have installed the App. Raises ConfigError naming the field.
    """
    web = manifest.web_url(host)
    if not name.strip() or len(name) > 34:
        raise ConfigError("expected a name of at most 34 characters, GitHub's limit", place="name")
    key = new_key()
    state = signing.dumps({"user": user_id, "key": key, "web": web}, salt=_SALT)
    made = manifest.manifest(
        name=name.strip(), url=url, webhook_url=webhook_url(key), redirect_url=back, setup_url=done
    )
    action = manifest.form_action(web, organization=organization.strip(), state=state)
    return Form(host=web, action=action, manifest=json.dumps(made))


def finish(*, user_id: int, code: str, state: str) -> tuple[Connection, str]:
    """Exchange GitHub's code for the App's credentials and store them; gives the connection and where to install it.

    Raises ConfigError for a state that is not ours, too old, somebody else's or used; ProviderError.
    """
    prepared = _prepared(state, user_id)
    web, key = prepared["web"], prepared["key"]
    if Connection.objects.filter(key=key).exists():
        raise ConfigError("this App was stored already: look at the list of connections", place="state")
    base_url = manifest.base_url_of(web)
    made = manifest.convert_code(base_url, code)
    config = {
        "base_url": base_url,
        "app": {"id": made.id, "slug": made.slug, "private_key": made.private_key},
        "webhook_secret": made.webhook_secret,
    }
    connection = Connection.objects.create(
        provider=PROVIDER, name=_free_name(made.slug), key=key, config=config, place="connect page"
    )
    return connection, manifest.installation_url(made)


def _prepared(state: str, user_id: int) -> dict[str, Any]:
    try:
        prepared: dict[str, Any] = signing.loads(state, salt=_SALT, max_age=SECONDS)
    except signing.SignatureExpired:
        raise ConfigError("more than an hour has passed: begin again", place="state") from None
    except signing.BadSignature:
        raise ConfigError("this did not begin here: begin again on the connect page", place="state") from None
    if prepared["user"] != user_id:
        raise ConfigError("somebody else began this: begin again", place="state")
    return prepared


def _free_name(slug: str) -> str:
    names = set(Connection.objects.filter(provider=PROVIDER).values_list("name", flat=True))
    return next(name for number in range(1, 1000) if (name := slug if number == 1 else f"{slug}-{number}") not in names)
