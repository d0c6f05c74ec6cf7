"""Webhooks on their way: https://docs.gitlab.com/user/project/integrations/webhooks/"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from standardwebhooks import Webhook

from tests.fakes.gitlab.state import WebhookRecord


@dataclass
class Hook:
    """A delivery: `event` is its name as the header says it, `key` the same when it is sent again."""

    event: str
    payload: dict[str, Any]
    record: WebhookRecord
    key: str
    uuid: str
    instance: str
    sent_at: datetime

    @property
    def url(self) -> str:
        """Where to."""
        return self.record.url

    @cached_property
    def body(self) -> bytes:
        """What is sent."""
        return json.dumps(self.payload).encode()

    @property
    def headers(self) -> dict[str, str]:
        """What is sent with it."""
        made = {
            "Content-Type": "application/json",
            "User-Agent": "GitLab/18.5.0",
            "Idempotency-Key": self.key,
            "X-Gitlab-Event": self.event,
            "X-Gitlab-Event-UUID": self.uuid,
            "X-Gitlab-Webhook-UUID": f"{self.record.id:08x}-0000-4000-8000-000000000000",
            "X-Gitlab-Instance": self.instance,
        }
        if self.record.token:
            made["X-Gitlab-Token"] = self.record.token
        if self.record.signing_token:
            moment = self.sent_at.astimezone(UTC)
            made["webhook-id"] = self.key
            made["webhook-timestamp"] = f"{int(moment.timestamp())}"
            made["webhook-signature"] = Webhook(self.record.signing_token).sign(self.key, moment, self.body.decode())
        return made

    @property
    def name(self) -> str:
        """What happened, in short: `pipeline.failed`."""
        told = self.payload.get("object_attributes", {})
        detail = self.payload.get("build_status") or told.get("status") or told.get("action")
        return ".".join(filter(None, (self.payload.get("object_kind", ""), detail)))
