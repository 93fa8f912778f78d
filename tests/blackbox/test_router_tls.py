"""TLS between clients and router; certificates that are renewed."""

import socket
import ssl
import subprocess
import threading

import pytest
import requests
from certificates import make_certificate
from engine_process import free_port
from router_process import Configured, Router, Upstream, echo, read_body, read_head, run_to_its_end


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """Settings for a certificate of the router's own."""
    return make_certificate(tmp_path_factory.mktemp("tls"), "router")


def test_clients_can_come_by_tls(started, tls):
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host, **tls)
    started.extend([router, upstream])
    stalled = [socket.create_connection(router.address) for _ in range(50)]
    for connection in stalled:
        connection.sendall(b"\x16\x03\x01")  # half a handshake holds up nobody
    url = f"https://127.0.0.1:{router.port}"
    with requests.Session() as session:
        for size in (1, 3_000_000):
            response = session.post(url + "/e/x", data=b"y" * size, verify=tls["TLS_CERT"], timeout=60)
            assert response.text.endswith("\r\n\r\n" + "y" * size)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(router.url + "/healthz", timeout=60)
    for connection in stalled:
        connection.close()


def test_versions_of_tls_that_are_deprecated_are_refused(started, tls):
    """RFC 8996."""
    router = Router(ENGINE_E_HOST="127.0.0.1:1", **tls)
    started.append(router)

    def is_taken(version):
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{router.port}", version]
        done = subprocess.run(
            [*command, "-cipher", "ALL:@SECLEVEL=0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
        return done.returncode == 0

    versions = ("-tls1", "-tls1_1", "-tls1_2", "-tls1_3")
    assert [is_taken(version) for version in versions] == [False, False, True, True]


@pytest.mark.parametrize(
    "names, line",
    [
        ({"TLS_CERT": "own.pem"}, "TLS_KEY is missing"),
        ({"TLS_KEY": "own.key"}, "TLS_CERT is missing"),
        ({"TLS_CERT": "own.pem", "TLS_KEY": "other.key"}, "TLS_CERT and TLS_KEY are not"),
        ({"TLS_CERT": "empty.pem", "TLS_KEY": "own.key"}, "TLS_CERT and TLS_KEY are not"),
        ({"TLS_CERT": "nowhere.pem", "TLS_KEY": "own.key"}, "nowhere.pem: No such file"),
    ],
)
def test_a_wrong_certificate_stops_the_start(tmp_path, names, line):
    for name in ("own", "other"):
        make_certificate(tmp_path, name)
    (tmp_path / "empty.pem").write_text("")
    code, output = run_to_its_end(
        ENGINE_E_HOST="a",
        LISTEN=f"127.0.0.1:{free_port()}",
        **{name: str(tmp_path / file) for name, file in names.items()},
    )
    assert code != 0 and line in output


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    """A root, an authority below it, and certificates of different kinds by that."""
    folder = tmp_path_factory.mktemp("authorities")
    make_certificate(folder, "root", authority=True)
    make_certificate(folder, "below", issuer="root", authority=True)
    for name, key in (
        ("old", "rsa:2048"), ("new", "rsa:2048"), ("ec", "ec -pkeyopt ec_paramgen_curve:P-256"),
        ("ed", "ed25519"),
    ):  # fmt: skip
        make_certificate(folder, name, key=key, issuer="below")
        chain = folder / f"{name}.pem"
        chain.write_text(chain.read_text() + (folder / "below.pem").read_text())
    return folder


class Certified(Configured):
    """A router for HTTPS whose certificate can be replaced, and a client of it."""

    def __init__(self, path, settings, authorities, name):
        self.folder = path.parent
        self.authorities = authorities
        self.put(name)
        files = {"TLS_CERT": str(self.folder / "tls.pem"), "TLS_KEY": str(self.folder / "tls.key")}
        super().__init__(path, settings, THREADS="2", **files)

    def put(self, name, key=None):
        for suffix, source in ((".pem", name), (".key", key or name)):
            content = (self.authorities / f"{source}{suffix}").read_bytes()
            (self.folder / f"tls{suffix}").write_bytes(content)

    def connect(self, version=ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=self.authorities / "root.pem")
        context.minimum_version = context.maximum_version = version
        return context.wrap_socket(
            socket.create_connection(self.address, timeout=60), server_hostname="127.0.0.1"
        )

    def shows(self, version=ssl.TLSVersion.TLSv1_3):
        """The name in the certificate that a new connection gets, with a chain to the root."""
        with self.connect(version) as connection:
            assert asks(connection)
            return dict(pair for (pair,) in connection.getpeercert()["subject"])["commonName"]


def asks(connection):
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: r\r\n\r\n")
    head, rest = read_head(connection)
    return head.startswith(b"HTTP/1.1 200") and read_body(connection, head, rest) != b""


def test_a_new_certificate_is_shown_after_sighup_and_no_connection_ends(
    started, tmp_path, authorities
):
    settings = {"ENGINE_E_HOST": "127.0.0.1:1"}
    router = Certified(tmp_path / "config", settings, authorities, "old")
    started.append(router)
    with router.connect() as connection, router.connect(ssl.TLSVersion.TLSv1_2) as older:
        for name in ("old", "new", "ec", "ed", "new", "old"):
            router.put(name)
            assert "SIGHUP: read again, 1 engine," in router.reload()
            for _ in range(4):  # on both threads
                assert router.shows() == name
                assert router.shows(ssl.TLSVersion.TLSv1_2) == name
            assert asks(connection) and asks(older)


def test_a_handshake_that_has_begun_survives_sighup(started, tmp_path, authorities):
    settings = {"ENGINE_E_HOST": "127.0.0.1:1"}
    router = Certified(tmp_path / "config", settings, authorities, "old")
    started.append(router)
    context = ssl.create_default_context(cafile=authorities / "root.pem")
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(into, out, server_hostname="127.0.0.1")
    with socket.create_connection(router.address, timeout=60) as connection:
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()
        connection.sendall(out.read())
        into.write(connection.recv(65536))  # the old certificate, or the beginning of it
        router.put("new")
        assert "read again" in router.reload()
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                connection.sendall(out.read())
                into.write(connection.recv(65536))
        client.write(b"GET /healthz HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")
        connection.sendall(out.read())
        while received := connection.recv(65536):
            into.write(received)
        assert client.read(65536).startswith(b"HTTP/1.1 200")
    assert router.shows() == "new"


@pytest.mark.parametrize(
    "name, key, line",
    [
        ("new", "old", "TLS_CERT and TLS_KEY are not allowed: they must be the PEM files of"),
        ("garbage", "old", "TLS_CERT and TLS_KEY are not allowed"),
        ("old", "empty", "TLS_CERT and TLS_KEY are not allowed"),
        (None, None, "tls.pem: No such file or directory"),
    ],
)
def test_a_bad_new_certificate_changes_nothing(started, tmp_path, authorities, name, key, line):
    upstream = Upstream(echo)
    settings = {"ENGINE_E_HOST": upstream.host}
    router = Certified(tmp_path / "config", settings, authorities, "old")
    started.extend([router, upstream])
    (authorities / "garbage.pem").write_bytes(bytes(range(256)))
    (authorities / "empty.key").write_bytes(b"")
    if name:
        router.put(name, key)
    else:
        (router.folder / "tls.pem").unlink()
    before = len(router.log.splitlines())
    said = router.reload({"ENGINE_F_HOST": upstream.host})
    assert "SIGHUP: nothing is changed: TLS_CERT" in said and line in said
    assert len(router.log.splitlines()) == before + 1
    assert router.shows() == "old"
    get = b"GET /%s/x HTTP/1.1\r\nHost: r\r\n\r\n"
    for path, number in ((b"e", 200), (b"f", 404)):
        with router.connect() as connection:
            connection.sendall(get % path)
            assert connection.recv(65536).startswith(b"HTTP/1.1 %d" % number)
    router.put("new")
    assert "read again" in router.reload()
    assert router.shows() == "new"


def test_certificates_can_be_renewed_while_clients_come(started, tmp_path, authorities):
    settings = {"ENGINE_E_HOST": "127.0.0.1:1"}
    router = Certified(tmp_path / "config", settings, authorities, "old")
    started.append(router)
    over, seen = threading.Event(), set()

    def come():
        while not over.is_set():
            seen.add(router.shows())

    threads = [threading.Thread(target=come) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(40):
        router.put(("old", "ec")[number % 2])
        assert "read again" in router.reload()
    over.set()
    for thread in threads:
        thread.join()
    assert seen == {"old", "ec"}
    assert "client's connection" not in router.log
