"""From the `config:` mapping to checked settings; a wrong one is refused with its place and what was expected."""

from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any, Self, get_args

from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_core import ErrorDetails

from ci_integrations.configfile import expand
from ci_integrations.errors import ConfigError
from ci_integrations.parsing.masking import Masker
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.credentials import secret_values
from ci_integrations.providers.custom.auth import AuthConfig, NoAuth, WebhookConfig
from ci_integrations.providers.custom.fields import Strict
from ci_integrations.providers.custom.schema import RUN, TRIGGER, Endpoints, Request, Retry, Status, Trigger, check_url
from ci_integrations.providers.custom.states import StateMap
from ci_integrations.providers.transport import origin

_TAGGED = {"auth", "webhooks"}
_EXPECTED = {
    "missing": "is missing",
    "string_type": "expected a text",
    "string_too_short": "expected a text, found an empty one",
    "string_pattern_mismatch": "expected the name of an HTTP header",
    "int_type": "expected a whole number",
    "float_type": "expected a number",
    "bool_type": "expected true or false",
    "dict_type": "expected a mapping",
    "model_type": "expected a mapping",
    "model_attributes_type": "expected a mapping",
    "list_type": "expected a list",
}


class Settings(Strict):
    """The whole of `config:`."""

    base_url: str = ""
    auth: AuthConfig = NoAuth()
    trigger_url: str = ""
    status_url: str = ""
    endpoints: Endpoints = Endpoints()
    states: StateMap = {}
    webhooks: WebhookConfig | None = None
    timeout: Annotated[float, Field(gt=0, le=120, strict=False)] = 15.0
    trusted: list[str] = []
    ca_file: str | None = None

    @field_validator("base_url")
    @classmethod
    def _base(cls, value: str) -> str:
        if not origin(value) or "?" in value or "#" in value:
            raise ValueError("expected an http or https URL without a query")
        return value.rstrip("/")

    @field_validator("trigger_url", "status_url")
    @classmethod
    def _short(cls, value: str, info: ValidationInfo) -> str:
        return check_url(value, TRIGGER if info.field_name == "trigger_url" else RUN)

    @field_validator("trusted")
    @classmethod
    def _trusted(cls, value: list[str]) -> list[str]:
        if not all(origin(one) for one in value):
            raise ValueError("expected a list of http or https URLs")
        return value

    @field_validator("ca_file")
    @classmethod
    def _ca_file(cls, value: str | None) -> str | None:
        if value is not None and not FilePath(value).is_file():
            raise ValueError("expected the path of a file of certificates in PEM; there is none")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.trigger_url and self.endpoints.trigger:
            raise ValueError("trigger_url: expected either this or `endpoints.trigger`, found both")
        if bool(self.status_url) == bool(self.endpoints.status):
            found = "both" if self.status_url else "neither"
            raise ValueError(f"status_url: expected either this or `endpoints.status`, found {found}")
        if self.endpoints.steps and not self.endpoints.jobs:
            raise ValueError("endpoints.steps: expected `endpoints.jobs` beside it")
        for kind in ("logs", "artifacts", "tests"):
            scoped = getattr(self.endpoints, kind)
            if scoped and scoped.for_each == "step" and not self.endpoints.steps:
                raise ValueError(f"endpoints.{kind}.for_each: `step` needs `endpoints.steps`")
        if not self.base_url and any(url.startswith("/") for url in self.urls()):
            raise ValueError("base_url: is missing; a URL that begins with / needs it")
        return self

    @model_validator(mode="after")
    def _attempts(self) -> Self:
        """Just after a retry a server may still show how the run ended before: that is not the new attempt's end."""
        for scope in Retry.model_fields:
            call = getattr(self.endpoints.retry, scope)
            if call and call.run_id is None and not self.tells_attempts:
                raise ValueError(
                    f"endpoints.retry.{scope}: expected `run_id`, where the new run's id lies in the answer; or, where "
                    "the run keeps its id, `endpoints.status.fields.attempt` (or {attempt} in the status URL): without "
                    "it the old result would be taken for that of the retry"
                )
        return self

    @property
    def tells_attempts(self) -> bool:
        """Whether the server's answers about a run say, by the configuration, of which attempt they are."""
        return "attempt" in self.status.fields.model_fields_set or "attempt" in self.status.used()

    @property
    def trigger(self) -> Trigger | None:
        """The trigger endpoint, however it was written."""
        return Trigger(url=self.trigger_url) if self.trigger_url else self.endpoints.trigger

    @property
    def status(self) -> Status:
        """The status endpoint, however it was written."""
        return self.endpoints.status or Status(url=self.status_url)

    def urls(self) -> Iterator[str]:
        """Every URL template."""
        yield from (url for url in (self.trigger_url, self.status_url) if url)
        yield from _urls(self.endpoints)

    def origins(self) -> set[str]:
        """The places that get the credentials: all that the configuration names."""
        named = (url.partition("{")[0] for url in (self.base_url, *self.urls()) if not url.startswith("/"))
        return {origin(url) for url in named} - {""}


def load_settings(connection: ConnectionConfig) -> tuple[Settings, tuple[str, ...]]:
    """The checked settings and the texts to hide. Raises ConfigError for the first thing that is wrong."""
    place = f"{connection.place}.config"
    hidden = secret_values(connection.config, place)
    try:
        settings = Settings.model_validate(expand(dict(connection.config), place))
    except ValidationError as error:
        raise _refusal(error, place, Masker(hidden)) from None
    if settings.webhooks and settings.webhooks.repository is None and len(connection.repositories) > 1:
        raise ConfigError(
            "is missing: with several repositories, say where a webhook names its own",
            place=f"{place}.webhooks.repository",
        )
    return settings, tuple(hidden)


def _refusal(error: ValidationError, place: str, masker: Masker) -> ConfigError:
    details = error.errors(include_url=False, include_input=False)
    first = details[0]
    # For a part whose `type` chooses its form, pydantic puts the type's value after the key.
    keys = [key for index, key in enumerate(first["loc"]) if index != 1 or first["loc"][0] not in _TAGGED]
    if first["type"].startswith("union_tag"):
        keys.append("type")
    message = _message(first)
    if first["type"] == "value_error" and not keys:
        where, _, message = message.partition(": ")
        keys = [where]
    where = place + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys if key != "[key]")
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    return ConfigError(masker.text(message) + more, place=masker.text(where))


def _message(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    if detail["type"] == "value_error":
        return str(context["error"])
    if detail["type"] == "extra_forbidden":
        return f"unknown key; known here: {', '.join(sorted(_known_keys(detail['loc'])))}"
    if detail["type"].startswith("union_tag"):
        return f"expected one of {', '.join(_types(str(detail['loc'][0])))}"
    if detail["type"] == "literal_error":
        return f"expected one of {context['expected']}".replace("'", "")
    return _EXPECTED.get(detail["type"], detail["msg"])


def _known_keys(place: tuple[int | str, ...]) -> set[str]:
    """The keys beside the one that `place` leads to."""
    models: list[type[BaseModel]] = [Settings]
    for key in place[:-1]:
        of_type = [model for model in models if key in get_args(_fields(model).get("type"))]
        fields = [field for model in models for name, field in _fields(model).items() if name == key]
        models = of_type or [model for field in fields for model in _models(field)] or models
    return {name for model in models for name in _fields(model)}


def _types(key: str) -> list[str]:
    """The values that `type` can have in a part of the configuration."""
    return [str(word) for model in _models(_fields(Settings)[key]) for word in get_args(_fields(model)["type"])]


def _fields(model: type[BaseModel]) -> Mapping[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _urls(part: BaseModel) -> Iterator[str]:
    if isinstance(part, Request) and part.url:
        yield part.url
    for name in type(part).model_fields:
        value = getattr(part, name)
        if name == "download" and value:
            yield value
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, BaseModel):
                yield from _urls(one)
