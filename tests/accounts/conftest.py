"""What the tests of this room share."""

import pytest


@pytest.fixture
def real_mail(settings):
    """Mails leave by SMTP, as on the site; pytest-django would keep them in a list."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
