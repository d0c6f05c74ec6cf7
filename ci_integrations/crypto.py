"""Encryption at rest, with keys of its own (ORCHESTRATE_FIELD_KEYS, newest first; old ones still decrypt)."""

import json
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


def _cipher() -> MultiFernet:
    try:
        return MultiFernet([Fernet(key.strip()) for key in settings.ORCHESTRATE_FIELD_KEYS])
    except ValueError as error:
        raise ImproperlyConfigured(
            "ORCHESTRATE_FIELD_KEYS must be Fernet keys, comma-separated; make one with: "
            "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        ) from error


if TYPE_CHECKING:
    TextField = models.TextField[Any, Any]
else:
    TextField = models.TextField


class EncryptedJSONField(TextField):
    """A JSON value that the database holds only encrypted (Fernet)."""

    if TYPE_CHECKING:
        _pyi_private_set_type: Any
        _pyi_private_get_type: Any

    def from_db_value(self, value: str | None, *_: object) -> object:
        """The value. Raises ImproperlyConfigured where no configured key fits."""
        if value is None:
            return None
        try:
            return json.loads(_cipher().decrypt(value.encode()))
        except InvalidToken as error:
            raise ImproperlyConfigured(
                "a stored configuration cannot be decrypted: ORCHESTRATE_FIELD_KEYS lacks the key it was written with"
            ) from error

    def get_prep_value(self, value: object) -> str | None:
        """The encrypted text to store."""
        if value is None:
            return None
        return _cipher().encrypt(json.dumps(value).encode()).decode()
