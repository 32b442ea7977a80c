"""What staff's pages call the rows and columns of the library."""

from __future__ import annotations

from django.utils.translation import gettext_lazy, pgettext_lazy

from jobs import labels as of_jobs
from library.models import Space

ROWS = {
    Space: (gettext_lazy("space of a person"), gettext_lazy("space of people")),
}
COLUMNS = {
    **of_jobs.COLUMNS,
    "photos": pgettext_lazy("column", "photos"),
    "videos": pgettext_lazy("column", "videos"),
    "music": pgettext_lazy("column", "music"),
    "takes": pgettext_lazy("column", "takes"),
    "films": pgettext_lazy("column", "films"),
    "pieces": pgettext_lazy("column", "pieces"),
    "exports": pgettext_lazy("column", "exports"),
}
