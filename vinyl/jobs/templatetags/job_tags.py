"""Template tags of progress strips."""

from __future__ import annotations

from django import template

from vinyl.jobs import queries
from vinyl.jobs.models import Job

register = template.Library()


@register.simple_tag
def job_strip(job: Job) -> queries.Strip:
    """All that the strip of `job` shows."""
    return queries.strip(job)
