"""The second factor, switched on and off by its owner.

Recovery codes are shown once, in the answer to the form that makes them, and offered there as a
file; no address gives them out again.
"""

from __future__ import annotations

from base64 import b64encode

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.flows import generate_recovery_codes
from allauth.mfa.totp.internal.flows import activate_totp, deactivate_totp
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.confirming import confirmed
from accounts.linking import confirmed_address
from accounts.models import User
from accounts.second_factor import has_second_factor, second_factor_of
from accounts.second_factor_forms import ActivateForm
from accounts.signed_in import SignedInRequest


@login_required
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """Whether it is on, and what can be done about it."""
    context = {
        "second_factor": second_factor_of(request.user),
        "may_switch_on": _may_switch_on(request.user),
    }
    return render(request, "mfa/index.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed("mfa_activate_totp")
@never_cache
def switch_on(request: SignedInRequest) -> HttpResponse:
    """Shows a new secret; POST with a code of it switches on and shows the recovery codes."""
    if has_second_factor(request.user) or not _may_switch_on(request.user):
        return redirect("mfa_index")
    posted = request.POST if request.method == "POST" else None
    form = ActivateForm(posted, user=request.user)
    if form.is_bound and form.is_valid():
        _app, codes = activate_totp(request, form)
        return _codes_page(request, codes) if codes else redirect("mfa_index")
    adapter = get_adapter()
    picture = adapter.build_totp_svg(adapter.build_totp_url(request.user, form.secret))
    context = {"form": form, "picture": _data_address("image/svg+xml", picture)}
    status = 422 if form.is_bound else 200
    return render(request, "mfa/totp/activate_form.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed("mfa_deactivate_totp")
def switch_off(request: SignedInRequest) -> HttpResponse:
    """Says what that means; POST switches off. Recovery codes go with it."""
    if not has_second_factor(request.user):
        return redirect("mfa_index")
    if request.method != "POST":
        return render(request, "mfa/totp/deactivate_form.html")
    app = get_object_or_404(Authenticator, user=request.user, type=Authenticator.Type.TOTP)
    deactivate_totp(request, app)
    return redirect("mfa_index")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@confirmed("mfa_generate_recovery_codes")
@never_cache
def new_codes(request: SignedInRequest) -> HttpResponse:
    """Ten new recovery codes in place of the old ones."""
    if not has_second_factor(request.user):
        return redirect("mfa_index")
    if request.method != "POST":
        context = {"second_factor": second_factor_of(request.user)}
        return render(request, "mfa/recovery_codes/generate.html", context)
    return _codes_page(request, generate_recovery_codes(request))


def _may_switch_on(user: User) -> bool:
    """Not before the address is confirmed: else somebody could sign up with another's address
    and lock them out of it."""
    return bool(confirmed_address(user))


def _codes_page(request: SignedInRequest, row: Authenticator) -> HttpResponse:
    wrapped = row.wrap()
    wrapped.mark_as_viewed()
    codes = wrapped.get_unused_codes()
    lines = "\r\n".join(("Vinilogy", request.user.email, "", *codes, ""))
    # The file is inside the page: no address would have to give the codes out a second time.
    context = {"codes": codes, "file": _data_address("text/plain", lines)}
    return render(request, "mfa/recovery_codes/made.html", context)


def _data_address(kind: str, content: str) -> str:
    return f"data:{kind};base64,{b64encode(content.encode()).decode()}"
