"""What a curator does on the page of a row in the admin, as their browser does it."""

from django.urls import reverse


def page_of(row):
    return reverse(f"admin:catalog_{row._meta.model_name}_change", args=[row.pk])


def filled_in(form, formsets=()):
    """All that the page's form sends when nothing was typed."""
    posted = {name: _text(value) for name, value in form.initial.items() if name in form.fields}
    for one in formsets:
        posted |= _formset(one.formset)
    return posted


def correct(client, row, **typed):
    """Type these into the row's form and press Save."""
    shown = client.get(page_of(row)).context
    posted = filled_in(shown["adminform"].form, shown["inline_admin_formsets"])
    answer = client.post(page_of(row), posted | typed)
    assert answer.status_code == 302, answer.context["errors"]
    row.refresh_from_db()


def press(client, row, action, field):
    """Press "Let go" or "Keep again" beside this field; what the page says then."""
    page = client.get(page_of(row))
    [one] = [one for one in page.context["corrections"] if one["field"] == field]
    answer = client.post(
        page.context["correction_url"], {"correction": one["pk"], "action": action}, follow=True
    )
    row.refresh_from_db()
    return answer.text


def _text(value):
    if value is None or value is False:
        return ""
    return ",".join(value) if isinstance(value, list) else value


def _formset(formset):
    posted = {f"{formset.prefix}-{name}": value for name, value in (
        ("TOTAL_FORMS", formset.initial_form_count()),
        ("INITIAL_FORMS", formset.initial_form_count()),
    )}  # fmt: skip
    for form in formset.initial_forms:
        for name in form.fields:
            value = form.initial.get(name, getattr(form.instance, "pk", "") if name == "id" else "")
            posted[f"{form.prefix}-{name}"] = _text(value)
    return posted
