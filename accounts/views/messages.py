"""Messages: what a person was told, how they are told, and the way out that stands in each mail."""

from __future__ import annotations

from datetime import time

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Message
from accounts.services import messages as services
from accounts.signed_in import SignedInRequest
from vinyl.widgets import LongSelect

PER_PAGE = 30
HOURS = [(f"{hour:02}:00", f"{hour:02}:00") for hour in range(24)]


class HowForm(forms.Form):
    """How a person is told."""

    by_mail = forms.BooleanField(label=gettext_lazy("Mail me too"), required=False)
    quiet_from = forms.ChoiceField(
        label=gettext_lazy("Quiet from"), choices=HOURS, widget=LongSelect
    )
    quiet_until = forms.ChoiceField(label=gettext_lazy("until"), choices=HOURS, widget=LongSelect)

    def hours(self) -> tuple[time, time]:
        begin, end = (self.cleaned_data[name] for name in ("quiet_from", "quiet_until"))
        return time.fromisoformat(begin), time.fromisoformat(end)


@never_cache
@login_required
@require_safe
def messages_page(request: SignedInRequest) -> HttpResponse:
    """Everything that the person was told, newest first."""
    return _page(request, None)


@login_required
@require_POST
def how(request: SignedInRequest) -> HttpResponse:
    """How the person is told from now on."""
    form = HowForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    begin, end = form.hours()
    services.change_settings(
        request.user,
        by_mail=form.cleaned_data["by_mail"],
        quiet_from=begin,
        quiet_until=end,
    )
    messages.success(request, _("Saved."))
    return redirect("accounts:messages")


@login_required
@require_POST
def read(request: SignedInRequest) -> HttpResponse:
    """Everything is seen."""
    services.read_all(request.user)
    return redirect("accounts:messages")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def off(request: HttpRequest, token: str) -> HttpResponse:
    """The way out of the mails, without signing in: GET asks, POST does it. Mail programs post by
    themselves (RFC 8058) and have no cookie; what they may do is in the signed address."""
    user = services.user_of_token(token)
    if user is None:
        raise Http404
    if request.method == "POST":
        services.mails_off(user)
    context = {"done": request.method == "POST", "token": token}
    return render(request, "accounts/messages_off.html", context)


def _page(request: SignedInRequest, form: HowForm | None) -> HttpResponse:
    found = Message.objects.filter(user=request.user)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    kept = services.settings_of(request.user)
    first = {
        "by_mail": kept.by_mail,
        "quiet_from": f"{kept.quiet_from:%H}:00",
        "quiet_until": f"{kept.quiet_until:%H}:00",
    }
    context = {
        "page": page,
        "any_unread": services.unread(request.user).exists(),
        "form": form or HowForm(initial=first),
    }
    return render(request, "accounts/messages.html", context, status=422 if form else 200)
