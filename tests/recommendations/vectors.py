"""Vectors of records, built as the command does."""

import io

from django.core.management import call_command


def build():
    call_command("build_content_vectors", stdout=io.StringIO())
