"""What a server that accepts connections and never answers does to those who ask it."""

import socket
import threading
from contextlib import contextmanager

import pytest
from rest_framework.test import APIClient

from tests.factories import make_person
from vinyl import patience
from vinyl.upstreams import valkey


class Silent:
    """A port of this machine that takes connections and what is sent, and says nothing."""

    def __init__(self):
        self.connections = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self._open = []
        self.url = f"redis://127.0.0.1:{self._server.getsockname()[1]}/0"
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self):
        while True:
            try:
                self._open.append(self._server.accept()[0])
            except OSError:
                return
            self.connections += 1

    def close(self):
        for one in (self._server, *self._open):
            one.close()


@contextmanager
def silent_server(settings, monkeypatch):
    server = Silent()
    settings.CACHE_URL = server.url
    monkeypatch.setattr(valkey, "ANSWERS_WITHIN_S", 0.2)
    monkeypatch.setattr(patience, "SILENT_FOR_S", 60)
    try:
        yield server
    finally:
        server.close()


def test_a_valkey_that_is_silent_is_waited_for_once_not_by_each_question(settings, monkeypatch):
    with silent_server(settings, monkeypatch) as server:
        for _ in range(5):
            with pytest.raises(valkey.Trouble):
                valkey.connection().get("anything")
        later = valkey.Later()
        later.add(lambda pipe: pipe.set("anything", 1))
        with pytest.raises(valkey.Trouble):
            later.send()
        assert server.connections == 1


def test_after_a_while_the_silent_one_is_asked_again(settings, monkeypatch):
    with silent_server(settings, monkeypatch) as server:
        monkeypatch.setattr(patience, "SILENT_FOR_S", 0)
        for _ in range(2):
            with pytest.raises(valkey.Trouble):
                valkey.connection().get("anything")
        assert server.connections == 2


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/api/v1/albums", "/api/v1/me"])
def test_pages_and_api_answer_while_the_cache_does_not(settings, address):
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1"}}
    client = APIClient()
    if address.endswith("me"):
        client.force_authenticate(make_person())
    assert client.get(address).status_code == 200
