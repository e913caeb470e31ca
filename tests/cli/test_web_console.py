"""`gradesync web`: who comes in, and that what they get is the console."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pyte
import pytest

pytest.importorskip("textual_serve", reason="the extra `web` is not installed")

_LINK = re.compile(r"Opens once: ((http://127\.0\.0\.1:\d+)/\?token=([\w-]{43}))\n")


@pytest.fixture
def served(district_home: Any) -> Iterator[subprocess.Popen[str]]:
    with district_home.running("web", "--port", "0") as process:
        yield process
        process.terminate()
        assert process.wait(timeout=30) == 0


def link_of(process: subprocess.Popen[str]) -> tuple[str, str, str]:
    """The next link that was printed: whole, its origin, and its token."""
    assert process.stdout is not None
    found = _LINK.fullmatch(process.stdout.readline())
    assert found is not None
    return found[1], found[2], found[3]


@asynccontextmanager
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)  # keeps cookies of addresses without a name, as browsers do
    async with aiohttp.ClientSession(cookie_jar=jar, timeout=aiohttp.ClientTimeout(total=60)) as session:
        yield session


class Screen:
    """What the browser's terminal shows."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._screen = pyte.Screen(100, 30)
        self._stream = pyte.ByteStream(self._screen)
        self.told: list[list[str]] = []
        """What the page is told beside the screen, such as that a file waits for it."""

    async def shows(self, text: str) -> None:
        async with asyncio.timeout(40):
            while text not in "\n".join(self._screen.display):
                message = await self._socket.receive()
                assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
                if message.type is aiohttp.WSMsgType.TEXT:
                    self.told.append(json.loads(message.data))
                else:
                    self._stream.feed(re.sub(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]", b"", message.data))

    async def press(self, key: str) -> None:
        await self._socket.send_str(json.dumps(["stdin", key]))


async def test_a_link_opens_the_console_and_the_cookie_keeps_it_open(served: subprocess.Popen[str]) -> None:
    link, origin, token = link_of(served)
    async with browser() as session:
        async with session.get(link, allow_redirects=False) as answer:
            assert answer.status == 303
            assert answer.headers["Location"] == "/"
            cookie = answer.headers["Set-Cookie"]
            assert token not in cookie and "HttpOnly" in cookie and "SameSite=Strict" in cookie
        async with session.get(origin) as answer:
            assert answer.status == 200
            assert token not in await answer.text()
        address = f"{origin}/ws?width=100&height=30"
        async with session.ws_connect(address, headers={"Origin": origin}) as socket:
            screen = Screen(socket)
            await screen.shows("Lakeside")
            await screen.press("?")
            await screen.shows("Everywhere")


async def test_an_export_becomes_a_download_and_stays_not_on_the_server(
    served: subprocess.Popen[str], district_home: Any
) -> None:
    link, origin, _ = link_of(served)
    async with browser() as session:
        async with session.get(link) as answer:
            assert answer.status == 200
        async with session.ws_connect(f"{origin}/ws?width=100&height=30", headers={"Origin": origin}) as socket:
            screen = Screen(socket)
            await screen.shows("Lakeside")
            await screen.press("e")
            await screen.shows("Export what is shown")
            await screen.press("\r")
            await screen.shows("in your browser's downloads")
            (key,) = [each[1] for each in screen.told if each[0] == "deliver_file_start"]
            async with session.get(f"{origin}/download/{key}") as answer:
                assert "attachment; filename=gradesync-accounts-" in answer.headers["Content-Disposition"]
                assert "Lakeside" in await answer.text()
    assert not list(Path.cwd().glob("gradesync-accounts-*"))


async def test_without_the_link_nothing_answers(served: subprocess.Popen[str]) -> None:
    _, origin, token = link_of(served)
    async with browser() as session:
        for path in ("/", "/ws", "/static/js/textual.js", "/download/x", "/?token=", f"/?token={token[:-1]}x", "/none"):
            async with session.get(origin + path) as answer:
                assert answer.status == 403, path
                assert "Set-Cookie" not in answer.headers
                assert token not in await answer.text()
        session.cookie_jar.update_cookies({"gradesync": token})
        async with session.get(origin) as answer:
            assert answer.status == 403, "the token of a link is no session"


async def test_a_link_opens_once_and_another_one_is_printed(served: subprocess.Popen[str]) -> None:
    link, _, token = link_of(served)
    async with browser() as first, browser() as second, browser() as third:
        async with first.get(link, allow_redirects=False) as answer:
            assert answer.status == 303
        async with second.get(link) as answer:
            assert answer.status == 403
        another, origin, other_token = link_of(served)
        assert other_token != token
        async with third.get(another) as answer:
            assert answer.status == 200
        async with first.get(origin) as answer:
            assert answer.status == 200


async def test_another_site_cannot_make_a_browser_act(served: subprocess.Popen[str]) -> None:
    link, origin, _ = link_of(served)
    async with browser() as session:
        async with session.get(link) as answer:
            assert answer.status == 200
        for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await session.ws_connect(f"{origin}/ws", headers=headers)
            assert refused.value.status == 403


async def test_pages_let_nothing_in_from_elsewhere(served: subprocess.Popen[str]) -> None:
    link, _, _ = link_of(served)
    async with browser() as session, session.get(link) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "http:" not in policy and "https:" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_no_console_outlives_its_server(district_home: Any, number: signal.Signals) -> None:
    with district_home.running("web", "--port", "0") as process:
        link, origin, _ = link_of(process)
        async with browser() as session:
            async with session.get(link) as answer:
                assert answer.status == 200
            async with session.ws_connect(f"{origin}/ws?width=100&height=30") as socket:
                await Screen(socket).shows("Lakeside")
                consoles = children(process.pid)
                assert len(consoles) == 1
                process.send_signal(number)
                async with asyncio.timeout(30):
                    while any(Path(f"/proc/{each}").exists() for each in consoles):
                        await asyncio.sleep(0.1)


def test_it_listens_on_this_machine_unless_one_says_what_that_means(home: Any) -> None:
    answer = home("web", "--host", "0.0.0.0", "--port", "0")
    assert answer.code == 2
    assert "no TLS" in answer.err and "--unencrypted" in answer.err and answer.out == ""
    with home.running("web", "--host", "0.0.0.0", "--port", "0", "--unencrypted") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Opens once: http://0.0.0.0:")


def test_a_public_address_is_the_one_in_the_link(home: Any) -> None:
    with home.running("web", "--port", "0", "--public-url", "https://grades.example.org/") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Opens once: https://grades.example.org/?token=")
    answer = home("web", "--public-url", "grades.example.org")
    assert answer.code == 2 and "--public-url" in answer.err


def test_a_taken_port_is_named(home: Any) -> None:
    with home.running("web", "--port", "0") as process:
        _, origin, _ = link_of(process)
        port = origin.rsplit(":", 1)[1]
        answer = home("web", "--port", port)
        assert answer.code == 2 and port in answer.err and "--port" in answer.err


def test_without_the_extra_it_says_what_to_install(home: Any, tmp_path: Path) -> None:
    (tmp_path / "lacking" / "textual_serve").mkdir(parents=True)
    (tmp_path / "lacking" / "textual_serve" / "__init__.py").write_text(
        "raise ModuleNotFoundError('gone', name='textual_serve')"
    )
    path = os.pathsep.join([str(tmp_path / "lacking"), *filter(None, [os.environ.get("PYTHONPATH")])])
    answer = home("web", "--port", "0", PYTHONPATH=path)
    assert answer.code == 2
    assert "gradesync-tui[web]" in answer.err and len(answer.err.splitlines()) == 1
