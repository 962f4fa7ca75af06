"""The bundled Valkey."""

import os
import signal

import redis

from vinyl.embedded import processes
from vinyl.embedded.valkey import Valkey


def client(server: Valkey) -> redis.Redis:
    return redis.Redis.from_url(server.url)


def test_it_is_a_broker_that_never_drops_a_task(valkey_server):
    settings = client(valkey_server).config_get("*")
    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["appendonly"] == "yes"
    assert settings["port"] == "0"


def test_queued_work_survives_a_kill(valkey_server):
    queue = client(valkey_server)
    queue.rpush("queue", *range(50))
    # The log is written out once a second; what is older than that must be there.
    queue.execute_command("WAITAOF", 1, 0, 2000)
    os.kill(valkey_server.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: not valkey_server.alive(), seconds=5)

    valkey_server.start()

    assert client(valkey_server).llen("queue") == 50


def test_a_running_one_is_taken_over(valkey_server, places):
    second = Valkey.of(places)
    second.start()
    assert second.pid == valkey_server.pid


def test_stop_keeps_what_was_written(valkey_server):
    client(valkey_server).set("last", "record")
    valkey_server.stop()
    assert not valkey_server.answers()

    valkey_server.start()

    assert client(valkey_server).get("last") == b"record"
