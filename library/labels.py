"""What staff's pages call the rows and columns of the library."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from jobs import labels as of_jobs
from library.models import Space

ROWS = {
    Space: (gettext_lazy("space of a person"), gettext_lazy("space of people")),
}
COLUMNS = {
    **of_jobs.COLUMNS,
    "photos": gettext_lazy("photos"),
    "videos": gettext_lazy("videos"),
    "music": gettext_lazy("music"),
    "takes": gettext_lazy("takes"),
    "films": gettext_lazy("films"),
    "pieces": gettext_lazy("pieces"),
    "exports": gettext_lazy("exports"),
}
