"""The token goes to Canvas itself, over a connection that proves to be Canvas, and nowhere else."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gradesync_tui.lms.address import canvas_origin
from gradesync_tui.lms.errors import BadAddress, BadAnswer, CertificateError, UntrustedHost


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://district.instructure.com", "https://district.instructure.com"),
        (" https://District.Instructure.com/ ", "https://district.instructure.com"),
        ("https://district.instructure.com/api/v1/", "https://district.instructure.com"),
        ("https://canvas.example:8443", "https://canvas.example:8443"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_an_address_is_canvas_host(address: str, origin: str) -> None:
    assert str(canvas_origin(address)) == origin


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "no address"),
        ("district.instructure.com", "no address"),
        ("ftp://district.instructure.com", "no address"),
        ("https://", "no address"),
        ("https://host:port", "no address"),
        ("https://[::1", "no address"),
        ("http://district.instructure.com", "unencrypted"),
        ("http://127.0.0.1.evil.example", "unencrypted"),
        ("http://localhost.evil.example", "unencrypted"),
        ("https://me:secret-word@district.instructure.com", "name or password"),
        ("https://district.instructure.com/login/canvas", "holds more"),
        ("https://district.instructure.com?access_token=secret-word", "holds more"),
        ("https://\x1b[31mdistrict", "no address"),
        ("https://me:secret-word@host:port", "no address"),
    ],
)
def test_an_address_that_will_not_do_is_explained(address: str, words: str) -> None:
    with pytest.raises(BadAddress, match=words) as caught:
        canvas_origin(address)
    assert caught.value.message.isprintable()
    assert "secret-word" not in caught.value.message


async def test_a_redirect_within_canvas_is_followed(serve, connect) -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/api/v1/courses/5":
            return web.Response(status=307, headers={"Location": "/elsewhere?x=1"})
        return web.json_response({"id": 5, "name": request.headers["Authorization"]})

    assert (await connect(await serve(answer)).course("5")).name == "Bearer ***"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_host_carries_nothing_there(serve, connect, status: int) -> None:
    seen: list[web.Request] = []

    async def trap(request: web.Request) -> web.Response:
        seen.append(request)
        return web.json_response({"id": 5})

    other = await serve(trap)

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": f"{other}/api/v1/courses/5"})

    with pytest.raises(UntrustedHost, match="not sent there"):
        await connect(await serve(answer)).course("5")
    assert seen == []


@pytest.mark.parametrize("location", [None, "", "http://[", "http://a b/", "http://x:port/"])
async def test_a_redirect_to_nowhere_is_explained(serve, connect, location: str | None) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={} if location is None else {"Location": location})

    with pytest.raises(BadAnswer):
        await connect(await serve(answer)).course("5")


async def test_cookies_are_not_kept_and_the_token_is_not_in_the_address(serve, connect) -> None:
    seen: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request)
        return web.json_response({"id": 5}, headers={"Set-Cookie": "session=1"})

    canvas = connect(await serve(answer))
    await canvas.course("5")
    await canvas.course("sis_course_id:MATH 1/é")
    assert all("Cookie" not in request.headers and "canvas-token" not in request.raw_path for request in seen)
    assert seen[1].raw_path == "/api/v1/courses/sis_course_id:MATH%201%2F%C3%A9"


# --- certificates ----------------------------------------------------------------------------------------------------


class Authority:
    """A private certificate authority, as a district may have one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "District CA")])
        self.certificate = self._sign(self._name, self._key, x509.BasicConstraints(ca=True, path_length=None), 30)
        self.file = folder / "ca.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(self, name: x509.Name, key: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType, days: int):
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=60))
            .not_valid_after(now + dt.timedelta(days=days))
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(self._key, hashes.SHA256())
        )

    def context(self, *, host: str = "127.0.0.1", days: int = 30) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        name: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        certificate = self._sign(x509.Name([]), key, x509.SubjectAlternativeName([name]), days)
        path = self._folder / f"server-{host}-{days}.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def course(_: web.Request) -> web.Response:
    return web.json_response({"id": 5})


async def test_a_private_authority_can_be_named(serve, connect, authority: Authority) -> None:
    url = await serve(course, ssl=authority.context())
    assert (await connect(url, ca_file=str(authority.file)).course("5")).id == "5"


@pytest.mark.parametrize(
    ("options", "own_authority", "words"),
    [
        ({}, False, "name its file as the connection's CA file"),
        ({"host": "canvas.example"}, True, "another host's"),
        ({"days": -10}, True, "renewed"),
    ],
)
async def test_a_certificate_that_proves_nothing_is_explained(
    serve, connect, authority: Authority, tmp_path: Path, options: dict, own_authority: bool, words: str
) -> None:
    asked: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request)
        return await course(request)

    (tmp_path / "other").mkdir()
    url = await serve(answer, ssl=authority.context(**options))
    trusted = authority if own_authority else Authority(tmp_path / "other")
    with pytest.raises(CertificateError, match=words) as caught:
        await connect(url, ca_file=str(trusted.file)).course("5")
    assert caught.value.code == "certificate"
    assert asked == []


async def test_this_machine_itself_needs_no_certificate(serve, connect, authority: Authority) -> None:
    url = await serve(course, ssl=authority.context())
    assert (await connect(url).course("5")).id == "5"


async def test_plain_http_where_tls_belongs_is_explained(serve, connect, authority: Authority) -> None:
    url = (await serve(course)).replace("http://", "https://")
    with pytest.raises(CertificateError, match="TLS"):
        await connect(url, ca_file=str(authority.file)).course("5")


@pytest.mark.parametrize("content", [None, "no certificate at all"])
async def test_a_ca_file_that_will_not_do_is_explained(connect, tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(CertificateError, match="The CA file"):
        await connect("https://127.0.0.1:9", ca_file=str(path)).course("5")
