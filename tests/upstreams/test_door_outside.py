"""The second door: addresses that people give lead nowhere but to public machines."""

import gzip
import io
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image

from tests.upstreams.scripted import Reply
from vinyl.upstreams import door, outside, request_log
from vinyl.upstreams.addresses import Rules, is_public, networks, read
from vinyl.upstreams.errors import (
    AddressRefused,
    BadAnswer,
    CallsForbidden,
    NotFound,
    RateLimited,
    Unavailable,
)

NAME = "shop.example.test"


def public(host, port):
    return ["93.184.215.14"]


@pytest.fixture
def shop(outside):
    """The scripted server as a shop on the public internet: its machine counts as public here,
    and its name resolves to it."""
    rules = Rules(ports=frozenset({outside.port}), also=networks("127.0.0.1/32"))
    outside.at = f"http://{NAME}:{outside.port}"
    outside.how = {"rules": rules, "resolve": lambda host, port: ["127.0.0.1"]}
    return outside


def fetch(shop, path="/feed", kinds=("text/csv",), **more):
    return outside.fetch(shop.at + path, kinds=kinds, **(shop.how | more))


CSV = {"Content-Type": "text/csv; charset=utf-8"}


def test_feed_is_fetched_under_the_name_that_was_asked_for(shop):
    shop.on("/feed", Reply("id;title\n1;Amnesiac\n", headers=CSV))

    found = fetch(shop, "/feed?page=1")

    assert (found.status, found.kind, found.body[:8]) == (200, "text/csv", b"id;title")
    assert shop.seen[0].headers["host"] == f"{NAME}:{shop.port}"
    assert shop.seen[0].query == {"page": "1"}
    assert shop.seen[0].headers["user-agent"].startswith("Vinilogy/")


def test_log_line_names_the_host_and_no_path(shop):
    """A webhook's path is its secret."""
    shop.on("/services", Reply("{}"))

    outside.post(f"{shop.at}/services/T0/hush", b"{}", person_id=7, **shop.how)

    (line,) = request_log.latest(5)
    assert (line.upstream, line.method, line.path) == ("outside", "POST", shop.at)
    assert (line.status, line.person_id) == (200, 7)


# --- which addresses -------------------------------------------------------------------------


@pytest.mark.parametrize("url", [
    "ftp://shop.example/x", "file:///etc/passwd", "gopher://shop.example/", "javascript:alert(1)",
    "//shop.example/x", "shop.example", "", "http://", "http:///x", "https://shop.example:8443/x",
    "http://shop.example:22/", "http://shop.example:x/", "http://ana:hush@shop.example/",
    "http://@shop.example/", "http://shop.example\\@127.0.0.1/", "http://shop.example/a b",
    "http://shop.example/\r\nHost: x", "http://[fe80::1%25eth0]/", "http://[::1]/",
    "http://127.0.0.1/", "http://10.1.2.3/", "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "http://[fd00::1]/", "http://[ff02::1]/",
    "http://0.0.0.0/", "http://[::]/", "http://100.64.0.1/", "http://224.0.0.1/",
    "https://255.255.255.255/", "http://shop.example/" + "x" * 3_000,
])  # fmt: skip
def test_address_is_refused_as_it_is_written(url):
    with pytest.raises(AddressRefused) as caught:
        read(url, Rules())

    assert "public machines" in str(caught.value)
    assert "hush" not in repr(caught.value) + caught.value.detail


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/feed.csv?a=1#x",
        "http://shop.example:80/",
        "https://bücher.example/",
        "https://93.184.215.14/",
        "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
    ],
)
def test_ordinary_address_is_taken(url):
    assert read(url, Rules()).port in (80, 443)


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.127.255.255", "0.0.0.0", "192.0.0.8", "192.0.2.1",
    "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.251", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "fec0::1",
    "::ffff:10.0.0.1", "::ffff:93.184.215.14", "::10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1",
    "2002:a00:1::", "2001::1", "2001:db8::1", "3fff::1", "5f00::1", "100::1", "not an address", "",
])  # fmt: skip
def test_machine_is_not_public(address):
    assert not is_public(address, Rules())


@pytest.mark.parametrize("address", ["93.184.215.14", "172.32.0.1", "100.128.0.1", "2a00:1450::8a"])
def test_machine_is_public(address):
    assert is_public(address, Rules())


def as_systems_do(host, port):
    """Old spellings of IPv4 addresses, read without asking a name server."""
    return [socket.inet_ntoa(socket.inet_aton(host))]


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
def test_loopback_in_disguise_is_seen_when_it_is_resolved(spelling):
    with pytest.raises(AddressRefused):
        outside.fetch(
            f"http://{spelling}/", kinds=("text/",), rules=Rules(), resolve=as_systems_do
        )  # fmt: skip


def test_name_with_one_private_address_is_refused(shop):
    def mixed(host, port):
        return ["127.0.0.1", "10.0.0.5"]

    with pytest.raises(AddressRefused):
        fetch(shop, resolve=mixed)
    assert shop.seen == []


def test_name_that_resolves_to_something_else_a_moment_later_gains_nothing(shop):
    """DNS rebinding: what was checked is what is connected to; the name is asked once."""
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    shop.on("/feed", Reply("a;b", headers=CSV))

    assert fetch(shop, resolve=lambda host, port: answers.pop(0)).body == b"a;b"
    assert answers == [["169.254.169.254"]]
    # The next call asks again and is refused.
    with pytest.raises(AddressRefused):
        fetch(shop, resolve=lambda host, port: answers.pop(0))


def test_name_server_that_does_not_answer_ends_at_the_deadline(shop):
    stop = threading.Event()

    def slow(host, port):
        stop.wait(5)
        return ["127.0.0.1"]

    started = time.monotonic()
    with pytest.raises(Unavailable):
        fetch(shop, resolve=slow, seconds=0.1)
    assert time.monotonic() - started < 2
    stop.set()


def test_unknown_name_is_unavailable(shop):
    def unknown(host, port):
        raise OSError("no such name")

    with pytest.raises(Unavailable) as caught:
        fetch(shop, resolve=unknown)
    assert str(caught.value).startswith(f"{NAME} is not answering")
    assert caught.value.retry_at is not None


def test_in_the_sandbox_only_the_sandbox_is_asked(sandbox):
    found = outside.fetch(f"{sandbox.url}/_control/clock", kinds=("application/json",))
    assert found.status == 200

    for elsewhere in ("https://93.184.215.14/", "http://127.0.0.1:9/", "https://example.com/"):
        with pytest.raises(AddressRefused):
            outside.fetch(elsewhere, kinds=("text/",), resolve=public)


# --- redirects -------------------------------------------------------------------------------


def test_redirect_to_another_public_address_is_followed(shop):
    shop.on("/feed", Reply(status=302, headers={"Location": "/moved"}))
    shop.on("/moved", Reply("a;b", headers=CSV))

    assert fetch(shop).url == f"{shop.at}/moved"


@pytest.mark.parametrize("target", [
    "http://127.0.0.2:{port}/feed", "http://169.254.169.254/latest", "http://[::1]:{port}/",
    "ftp://shop.example.test/x", "http://shop.example.test:22/", "http://a:b@shop.example.test/",
])  # fmt: skip
def test_redirect_is_checked_like_the_first_address(shop, target):
    location = target.format(port=shop.port)
    shop.on("/feed", Reply(status=302, headers={"Location": location}))

    with pytest.raises(AddressRefused):
        fetch(shop)
    assert len(shop.seen) == 1


def test_redirect_to_a_name_that_resolves_to_a_private_machine_is_refused(shop):
    shop.on("/feed", Reply(status=307, headers={"Location": f"http://inside.test:{shop.port}/"}))

    def resolve(host, port):
        return ["127.0.0.1"] if host == NAME else ["192.168.0.1"]

    with pytest.raises(AddressRefused):
        fetch(shop, resolve=resolve)


def test_endless_redirects_end(shop):
    shop.on("/feed", Reply(status=302, headers={"Location": "/feed"}))

    with pytest.raises(BadAnswer):
        fetch(shop)
    assert len(shop.seen) == 4


def test_what_is_handed_over_follows_no_redirect(shop):
    shop.on("/hook", Reply(status=307, headers={"Location": "/elsewhere"}))

    with pytest.raises(BadAnswer):
        outside.post(f"{shop.at}/hook", b"{}", **shop.how)
    assert shop.asked("/elsewhere") == []


# --- limits ----------------------------------------------------------------------------------


def test_bomb_is_not_unpacked(shop):
    bomb = gzip.compress(b"\0" * 4_000_000)
    shop.on("/feed", Reply(bomb, headers=CSV | {"Content-Encoding": "gzip"}))

    with pytest.raises(BadAnswer) as caught:
        fetch(shop)
    assert caught.value.detail == "body unpacks too far"


def test_bomb_in_a_bomb_is_not_unpacked(shop):
    bomb = gzip.compress(gzip.compress(b"\0" * 40_000_000))
    assert len(bomb) < 5_000
    shop.on("/feed", Reply(bomb, headers=CSV | {"Content-Encoding": "gzip, gzip"}))

    with pytest.raises(BadAnswer) as caught:
        fetch(shop)
    assert caught.value.detail == "body unpacks too far"


def test_packed_text_is_unpacked(shop):
    packed = gzip.compress(b"id;title\n" * 1000)
    shop.on("/feed", Reply(packed, headers=CSV | {"Content-Encoding": "gzip"}))

    assert fetch(shop).body == b"id;title\n" * 1000


@pytest.mark.parametrize("kind", ["plain", "endless"])
def test_too_big_a_body_is_not_read(shop, kind):
    shop.on("/feed", Reply(b"x" * 50_000, kind=kind, headers=CSV))

    with pytest.raises(BadAnswer):
        fetch(shop, max_bytes=10_000)


def test_dripping_body_ends_at_the_deadline(shop):
    shop.on("/feed", Reply("x" * 500, kind="drip", seconds=0.05, headers=CSV))

    started = time.monotonic()
    with pytest.raises(Unavailable):
        fetch(shop, seconds=0.3)
    assert time.monotonic() - started < 1.5


def test_dripping_headers_end_at_the_deadline(shop):
    """Before the first line of the body none of our own reading can notice."""
    shop.on("/feed", Reply("x", kind="drip headers", seconds=0.05, headers=CSV))

    started = time.monotonic()
    with pytest.raises(Unavailable):
        fetch(shop, seconds=0.3)
    assert time.monotonic() - started < 1.5


def test_silence_ends_at_the_deadline(shop):
    shop.on("/feed", Reply(kind="hang"))

    with pytest.raises(Unavailable):
        fetch(shop, seconds=0.2)


def test_redirects_gain_no_time(shop):
    """One deadline for all of it: each answer comes in time, the second one after the end."""
    away = Reply(status=302, headers={"Location": "/feed"}, kind="slow", seconds=0.3)
    shop.on("/feed", away)

    with pytest.raises(Unavailable):
        fetch(shop, seconds=0.5)
    assert len(shop.seen) == 2


@pytest.mark.parametrize("kind", ["text/html", "", "application/octet-stream"])
def test_other_kinds_of_content_are_not_taken(shop, kind):
    shop.on("/feed", Reply("<html>", headers={"Content-Type": kind}))

    with pytest.raises(BadAnswer):
        fetch(shop)


@pytest.mark.parametrize(
    ("status", "error"), [(404, NotFound), (410, NotFound), (429, RateLimited), (503, Unavailable)]
)
def test_statuses_are_typed(shop, status, error):
    shop.on("/feed", Reply("", status=status, headers=CSV | {"Retry-After": "7"}))

    with pytest.raises(error):
        fetch(shop)


def test_pages_do_not_go_outside(shop):
    with door.forbid_calls(), pytest.raises(CallsForbidden):
        fetch(shop)
    assert shop.seen == []


# --- TLS -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Path of a key and certificate for shop.example.test, which is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return str(path)


@pytest.fixture
def tls_shop(certificate):
    """An HTTPS server on loopback that notes the names in the TLS greeting."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.headers["Host"].encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.names = []
    context.sni_callback = lambda sock, name, context: server.names.append(name)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def tls_fetch(server, name, ca_file):
    port = server.server_address[1]
    rules = Rules(frozenset({port}), also=networks("127.0.0.1/32"), ca_file=ca_file)
    return outside.fetch(
        f"https://{name}:{port}/", kinds=("text/plain",), rules=rules,
        resolve=lambda host, port: ["127.0.0.1"],
    )  # fmt: skip


def test_pinned_connection_greets_with_the_name(tls_shop, certificate):
    found = tls_fetch(tls_shop, NAME, certificate)

    assert found.body.decode() == f"{NAME}:{tls_shop.server_address[1]}"
    assert tls_shop.names == [NAME]


def test_certificate_of_another_name_is_not_believed(tls_shop, certificate):
    with pytest.raises(Unavailable):
        tls_fetch(tls_shop, "bank.example.test", certificate)


def test_certificate_of_an_unknown_authority_is_not_believed(tls_shop):
    with pytest.raises(Unavailable):
        tls_fetch(tls_shop, NAME, Rules().ca_file)


# --- pictures --------------------------------------------------------------------------------


def picture_file(shape="PNG", size=(60, 40), mode="RGBA", **more):
    written = io.BytesIO()
    Image.new(mode, size, "red").save(written, shape, **more)
    return written.getvalue()


def test_picture_is_drawn_anew(shop):
    exif = Image.Exif()
    exif[0x010E] = "taken in my kitchen"
    body = picture_file("JPEG", (600, 400), "RGB", exif=exif) + b"<script>alert(1)</script>"
    shop.on("/x.jpg", Reply(body, headers={"Content-Type": "image/jpeg"}))

    found = outside.picture(f"{shop.at}/x.jpg", longest=300, **shop.how)

    assert (found.width, found.height, found.kind) == (300, 200, "image/jpeg")
    assert b"script" not in found.body and b"kitchen" not in found.body
    with Image.open(io.BytesIO(found.body)) as again:
        assert (again.format, again.size, dict(again.getexif())) == ("JPEG", (300, 200), {})


@pytest.mark.parametrize("body", [
    b"", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"\x89PNG\r\n\x1a\n",
    picture_file()[:90], picture_file("BMP", mode="RGB"), b"%!PS-Adobe-3.0 EPSF-3.0\n",
], ids=["nothing", "svg", "torn header", "torn", "bmp", "eps"])  # fmt: skip
def test_what_is_no_picture_is_a_bad_answer(shop, body):
    shop.on("/x.png", Reply(body, headers={"Content-Type": "image/png"}))

    with pytest.raises(BadAnswer):
        outside.picture(f"{shop.at}/x.png", **shop.how)


def test_picture_that_would_fill_the_memory_is_not_unpacked(shop):
    body = picture_file(size=(8_000, 6_000), mode="1")
    assert len(body) < 200_000
    shop.on("/x.png", Reply(body, headers={"Content-Type": "image/png"}))

    with pytest.raises(BadAnswer) as caught:
        outside.picture(f"{shop.at}/x.png", **shop.how)
    assert caught.value.status is None
