"""What staff's pages call jobs' rows, and the columns that every job has."""

from __future__ import annotations

from django.utils.translation import gettext_lazy, pgettext_lazy

from jobs.models import JobEvent, ServiceState

ROWS = {
    JobEvent: (gettext_lazy("job event"), gettext_lazy("job events")),
    ServiceState: (gettext_lazy("provider"), gettext_lazy("providers")),
}
COLUMNS = {
    "id": pgettext_lazy("column", "id"),
    "owner": pgettext_lazy("column", "owner"),
    "state": pgettext_lazy("column", "state"),
    "queue": pgettext_lazy("column", "queue"),
    "priority": pgettext_lazy("column", "priority"),
    "attempt": pgettext_lazy("column", "attempt"),
    "fence": pgettext_lazy("column", "fence"),
    "run_after": pgettext_lazy("column", "run after"),
    "claimed_at": pgettext_lazy("column", "claimed at"),
    "lease_until": pgettext_lazy("column", "lease until"),
    "progress": pgettext_lazy("column", "progress"),
    "error_code": pgettext_lazy("column", "error code"),
    "error_message": pgettext_lazy("column", "error message"),
    "error_detail": pgettext_lazy("column", "error detail"),
    "created_at": pgettext_lazy("column", "created at"),
    "started_at": pgettext_lazy("column", "started at"),
    "finished_at": pgettext_lazy("column", "finished at"),
    "service": pgettext_lazy("column", "service"),
    "lane": pgettext_lazy("column", "lane"),
    "phase": pgettext_lazy("column", "phase"),
    "submit_key": pgettext_lazy("column", "submit key"),
    "submits": pgettext_lazy("column", "submits"),
    "remote_id": pgettext_lazy("column", "remote id"),
    "submitted_at": pgettext_lazy("column", "submitted at"),
    "expected_seconds": pgettext_lazy("column", "expected seconds"),
    "poll_at": pgettext_lazy("column", "poll at"),
    "polls": pgettext_lazy("column", "polls"),
    "answer": pgettext_lazy("column", "answer"),
    "kind": pgettext_lazy("column", "kind"),
    "job_id": pgettext_lazy("column", "job id"),
    "at": pgettext_lazy("column", "at"),
    "old": pgettext_lazy("column", "old"),
    "new": pgettext_lazy("column", "new"),
    "note": pgettext_lazy("column", "note"),
    "by": pgettext_lazy("column", "by"),
    "name": pgettext_lazy("column", "name"),
    "failures": pgettext_lazy("column", "failures"),
    "resting_until": pgettext_lazy("column", "resting until"),
    "limit": pgettext_lazy("column", "limit"),
    "switched_off": pgettext_lazy("column", "switched off"),
    "changed_at": pgettext_lazy("column", "changed at"),
}
