"""Addresses of accounts."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.urls import URLPattern, path
from django.views.generic import RedirectView

from accounts.views import files, messages, second_factor, settings, shelf, start

app_name = "accounts"
TO_SECOND_FACTOR = login_required(RedirectView.as_view(pattern_name="mfa_index"))
urlpatterns: list[URLPattern] = [
    path("settings/", settings.settings_page, name="settings"),
    path("settings/services/<slug:service>/unlink/", settings.unlink_service, name="unlink"),
    path("settings/tokens/new/", settings.new_token, name="token_new"),
    path("settings/tokens/create/", settings.create_token, name="token_create"),
    path("settings/tokens/<int:number>/revoke/", settings.revoke, name="token_revoke"),
    path("settings/my-data.zip", settings.own_data, name="own_data"),
    path("settings/delete/", settings.delete, name="delete"),
    # The sign-in library's own list of links, which knows nothing of ours.
    path("account/3rdparty/", RedirectView.as_view(pattern_name="accounts:settings")),
    # In place of the sign-in library's own: codes are shown once, in the answer that makes them.
    path("account/2fa/", second_factor.overview),
    path("account/2fa/totp/activate/", second_factor.switch_on),
    path("account/2fa/totp/deactivate/", second_factor.switch_off),
    path("account/2fa/recovery-codes/generate/", second_factor.new_codes),
    path("account/2fa/recovery-codes/", TO_SECOND_FACTOR),
    path("account/2fa/recovery-codes/download/", TO_SECOND_FACTOR),
    path("start/", start.start, name="start"),
    path("start/lastfm/", start.bring_lastfm, name="bring_lastfm"),
    path("start/listenbrainz/", start.bring_listenbrainz, name="bring_listenbrainz"),
    path("start/spotify/", start.bring_spotify, name="bring_spotify"),
    path("start/history/", start.bring_history, name="bring_history"),
    path("start/shelf/", start.bring_shelf, name="bring_shelf"),
    path("start/forget/<slug:source>/", start.forget_source, name="forget_source"),
    path("start/put-away/<slug:source>/", start.put_away_failure, name="put_away_failure"),
    path("shelf/files/", files.files, name="files"),
    path("shelf/files/bring/", files.bring, name="files_bring"),
    path("shelf/files/<int:file_id>/", files.file, name="file"),
    path("shelf/files/<int:file_id>/store/", files.store, name="file_store"),
    path("shelf/files/<int:file_id>/take/", files.take, name="file_take"),
    path("shelf/files/<int:file_id>/forget/", files.forget, name="file_forget"),
    path("shelf/files/<slug:name>.csv", files.export, name="files_export"),
    path("messages/", messages.messages_page, name="messages"),
    path("messages/how/", messages.how, name="messages_how"),
    path("messages/read/", messages.read, name="messages_read"),
    path("messages/off/<str:token>/", messages.off, name="messages_off"),
    path("shelf/read/", shelf.read_shelf, name="read_shelf"),
    path("shelf/send/", shelf.send_wants, name="send_wants"),
    path("shelf/send-copies/", shelf.send_copies, name="send_copies"),
    path("shelf/want/", shelf.want, name="want"),
    path("shelf/unwant/", shelf.unwant, name="unwant"),
    path("shelf/own/", shelf.own, name="own"),
    path("shelf/disown/", shelf.disown, name="disown"),
]
