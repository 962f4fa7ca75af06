"""The settings: profile, linked services, API tokens, and the end of the account."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.confirming import confirmed
from accounts.consents import Ending, ending_of
from accounts.forms import ProfileForm, TokenForm
from accounts.limits import within_limit
from accounts.linking import SIGN_INS, linkable, unlink
from accounts.models import ApiToken, LinkedService, User
from accounts.second_factor import second_factor_of
from accounts.services.export import write_export
from accounts.services.profile import delete_account, update_profile
from accounts.signed_in import SignedInRequest
from accounts.tokens import make_token, revoke_token

EXPORTS_AN_HOUR = 10


@dataclass(frozen=True)
class ServiceRow:
    """One line of the linked services. `link_url` is "" where nothing can be linked here."""

    service: str
    label: str
    link: LinkedService | None
    link_url: str
    by_sign_in: bool
    ending: Ending | None = None

    @property
    def broken(self) -> bool:
        again = self.link is not None and self.link.state == LinkedService.State.LINK_AGAIN
        return again or (self.ending is not None and self.ending.over)

    @property
    def ends_soon(self) -> bool:
        return self.ending is not None and not self.ending.over


def service_rows(user: User) -> list[ServiceRow]:
    """Services that are linked or can be, in one query."""
    links = {link.service: link for link in LinkedService.objects.filter(user=user)}
    now = timezone.now()
    rows = []
    for service in LinkedService.Service:
        by_sign_in = service in SIGN_INS
        possible = linkable(service) if by_sign_in else True
        if not possible and service not in links:
            continue
        url = reverse(f"{service}_login" if by_sign_in else "accounts:start") if possible else ""
        link = links.get(service)
        ending = ending_of(link, now) if link is not None else None
        rows.append(ServiceRow(service, service.label, link, url, by_sign_in, ending))
    return rows


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: SignedInRequest) -> HttpResponse:
    """All settings on one page; POST saves the profile."""
    # The form writes into its object while it checks; the frame must not show what is refused.
    person = User.objects.get(pk=request.user.pk)
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=person)
    if request.method == "POST" and form.is_valid():
        update_profile(request.user, **form.cleaned_data)
        with translation.override(request.user.language or translation.get_language()):
            messages.success(request, _("Saved."))
        return redirect("accounts:settings")
    status = 422 if form.is_bound else 200
    return _page(request, form=form, status=status)


@login_required
@require_POST
def unlink_service(request: SignedInRequest, service: str) -> HttpResponse:
    """Ends a link and forgets the listening that was read there."""
    if service not in LinkedService.Service.values or not unlink(request.user, service):
        raise Http404
    label = LinkedService.Service(service).label
    text = _("%(service)s is unlinked; what we had read there is deleted.")
    messages.success(request, text % {"service": label})
    return redirect(reverse("accounts:settings") + "#services")


@login_required
@require_safe
@confirmed("accounts:token_new")
def new_token(request: SignedInRequest) -> HttpResponse:
    """The form for a new API token, after the password was asked again."""
    return render(request, "accounts/settings_token.html", {"form": TokenForm()})


@login_required
@require_POST
@confirmed("accounts:token_new")
@never_cache
def create_token(request: SignedInRequest) -> HttpResponse:
    """Makes a token and shows it, this once: it is in this answer and nowhere else."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/settings_token.html", {"form": form}, status=422)
    made = make_token(
        request.user,
        name=form.cleaned_data["name"],
        can_write=form.cleaned_data["can_write"],
        lifetime=form.lifetime(),
    )
    return render(request, "accounts/settings_token_made.html", {"made": made})


@login_required
@require_POST
def revoke(request: SignedInRequest, number: int) -> HttpResponse:
    """Ends one of the person's API tokens."""
    if not revoke_token(request.user, number):
        raise Http404
    messages.success(request, _("The token is revoked."))
    return redirect(reverse("accounts:settings") + "#tokens")


@never_cache
@login_required
@require_safe
@reauthentication_required
def own_data(request: SignedInRequest) -> HttpResponseBase:
    """All that is stored about the person, as a file, after it was asked again who is there."""
    if not within_limit(f"own data {request.user.pk}", most=EXPORTS_AN_HOUR, seconds=3600):
        return render(request, "429.html", status=429)
    file = write_export(request.user)
    return FileResponse(file, as_attachment=True, filename="vinilogy-my-data.zip")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed("accounts:delete")
def delete(request: SignedInRequest) -> HttpResponse:
    """Says what goes; POST deletes the account for good."""
    if request.method != "POST":
        return render(request, "accounts/settings_delete.html")
    person = User.objects.get(pk=request.user.pk)
    logout(request)
    delete_account(person)
    messages.success(request, _("Your account and all its data are deleted."))
    return redirect("home")


def _page(request: SignedInRequest, *, form: ProfileForm, status: int) -> HttpResponse:
    context = {
        "form": form,
        "services": service_rows(request.user),
        "second_factor": second_factor_of(request.user),
        "tokens": ApiToken.objects.filter(user=request.user).order_by("-created_at"),
    }
    return render(request, "accounts/settings.html", context, status=status)
