"""What a failed job remarked at lines of files, from the code host."""

import logging
from typing import Final

from ci_integrations.domain import JobRef
from ci_integrations.errors import AuthFailed, Invalid, NotFound, NotSupported
from ci_integrations.models import Job, JobAnnotation
from ci_integrations.parsing.masking import Masker
from ci_integrations.providers.base import CodeHost
from ci_integrations.services.fitting import fitting, whole
from ci_integrations.services.sync import run_ref

log = logging.getLogger(__name__)

MOST: Final = 200


def fetch(code_host: CodeHost, job: Job, masker: Masker) -> None:
    """Store the annotations of a finished job, once. What may not be read is done without: the log tells most of it.

    Raises ProviderError where another try may help.
    """
    if job.annotations.exists():
        return
    try:
        found = code_host.list_annotations(JobRef(run=run_ref(job.run), external_id=job.external_id))
    except (AuthFailed, Invalid, NotFound, NotSupported) as error:
        log.info("job %s: no annotations: %s", job.pk, error)
        return
    JobAnnotation.objects.bulk_create(
        [
            JobAnnotation(
                job=job,
                ordinal=ordinal,
                level=one.level,
                line=whole(one.line) or 1,
                **fitting(
                    JobAnnotation,
                    path=masker.text(one.path),
                    title=masker.text(one.title),
                    message=masker.text(one.message),
                ),
            )
            for ordinal, one in enumerate(found[:MOST])
        ],
        ignore_conflicts=True,
    )
