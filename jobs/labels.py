"""What staff's pages call jobs' rows, and the columns that every job has."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from jobs.models import JobEvent, ServiceState

ROWS = {
    JobEvent: (gettext_lazy("job event"), gettext_lazy("job events")),
    ServiceState: (gettext_lazy("provider"), gettext_lazy("providers")),
}
COLUMNS = {
    "id": gettext_lazy("id"),
    "owner": gettext_lazy("owner"),
    "state": gettext_lazy("state"),
    "queue": gettext_lazy("queue"),
    "priority": gettext_lazy("priority"),
    "attempt": gettext_lazy("attempt"),
    "fence": gettext_lazy("fence"),
    "run_after": gettext_lazy("run after"),
    "claimed_at": gettext_lazy("claimed at"),
    "lease_until": gettext_lazy("lease until"),
    "progress": gettext_lazy("progress"),
    "error_code": gettext_lazy("error code"),
    "error_message": gettext_lazy("error message"),
    "error_detail": gettext_lazy("error detail"),
    "created_at": gettext_lazy("created at"),
    "started_at": gettext_lazy("started at"),
    "finished_at": gettext_lazy("finished at"),
    "service": gettext_lazy("service"),
    "lane": gettext_lazy("lane"),
    "phase": gettext_lazy("phase"),
    "submit_key": gettext_lazy("submit key"),
    "submits": gettext_lazy("submits"),
    "remote_id": gettext_lazy("remote id"),
    "submitted_at": gettext_lazy("submitted at"),
    "expected_seconds": gettext_lazy("expected seconds"),
    "poll_at": gettext_lazy("poll at"),
    "polls": gettext_lazy("polls"),
    "answer": gettext_lazy("answer"),
    "kind": gettext_lazy("kind"),
    "job_id": gettext_lazy("job id"),
    "at": gettext_lazy("at"),
    "old": gettext_lazy("old"),
    "new": gettext_lazy("new"),
    "note": gettext_lazy("note"),
    "by": gettext_lazy("by"),
    "name": gettext_lazy("name"),
    "failures": gettext_lazy("failures"),
    "resting_until": gettext_lazy("resting until"),
    "limit": gettext_lazy("limit"),
    "switched_off": gettext_lazy("switched off"),
    "changed_at": gettext_lazy("changed at"),
}
