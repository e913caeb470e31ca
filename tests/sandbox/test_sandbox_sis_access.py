"""Who the district's SIS lets in: OAuth 2, OAuth 1.0a, vendor headers."""

from __future__ import annotations

import aiohttp
import pytest
from oauthlib.oauth1 import SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256, SIGNATURE_PLAINTEXT, Client

from gradesync_tui.domain.clock import SECOND, ManualClock, SystemClock
from gradesync_tui.sandbox.sis.access import SCOPES


async def test_a_token_is_given_for_the_right_secret_alone_in_a_header_or_in_the_body(district, client):
    d = await district()
    c, access = client(d), d.sis.access
    form = {"grant_type": "client_credentials"}
    in_body = form | {"client_id": access.client_id, "client_secret": access.client_secret}
    status, body, _ = await c.ask("POST", d.sis.token_url, data=in_body)
    assert status == 200 and body["token_type"] == "bearer" and body["expires_in"] == 3600
    wrong = {"Authorization": aiohttp.encode_basic_auth(access.client_id, "guess")}
    status, body, _ = await c.ask("POST", d.sis.token_url, headers=wrong, data=form)
    assert (status, body["error"]) == (401, "invalid_client")
    right = {"Authorization": aiohttp.encode_basic_auth(access.client_id, access.client_secret)}
    status, body, _ = await c.ask("POST", d.sis.token_url, headers=right, data={"grant_type": "password"})
    assert (status, body["error"]) == (400, "unsupported_grant_type")
    status, body, _ = await c.ask("POST", d.sis.token_url, headers=right, data=form | {"scope": "everything"})
    assert (status, body["error"]) == (400, "invalid_scope")


async def test_no_token_a_wrong_one_and_one_that_ended_are_401(district, client):
    clock = ManualClock(SystemClock().now())
    d = await district(clock=clock)
    c = client(d)
    token = await c.sis_token()
    assert (await c.sis("/categories", token=token))[0] == 200
    assert [(await c.sis("/categories", token=one))[0] for one in ("", "wrong")] == [401, 401]
    clock.advance(3601 * SECOND)
    status, body, _ = await c.sis("/categories", token=token)
    assert status == 401 and "expired" in body["imsx_description"]


async def test_version_1_2_asks_for_the_scope_of_the_operation(district, client):
    c = client(await district())
    reader = await c.sis_token(f"{SCOPES}gradebook.readonly")
    assert (await c.sis("/lineItems", version="1.2", token=reader))[0] == 200
    status, body, _ = await c.put(c.line_item(version="1.2"), version="1.2", token=reader)
    assert status == 403 and "scope" in body["imsx_description"]
    writer = await c.sis_token(f"{SCOPES}gradebook.readonly {SCOPES}gradebook.createput")
    assert (await c.put(c.line_item(version="1.2"), version="1.2", token=writer))[0] == 201


@pytest.mark.parametrize("method", [SIGNATURE_HMAC_SHA1, SIGNATURE_HMAC_SHA256])
async def test_a_signed_request_is_let_in_once(district, client, method):
    d = await district()
    c, access = client(d), d.sis.access
    signer = Client(access.oauth1_key, access.oauth1_secret, signature_method=method)
    url, headers, _ = signer.sign(d.sis.url_v1p1 + "/categories?limit=2&filter=title%3D%27Tests%27")
    status, body, _ = await c.ask("GET", url, headers=headers)
    assert status == 200 and [one["title"] for one in body["categories"]] == ["Tests"]
    status, body, _ = await c.ask("GET", url, headers=headers)
    assert status == 401 and "nonce" in body["imsx_description"]


async def test_a_signed_write_is_let_in(district, client):
    d = await district()
    c, access = client(d), d.sis.access
    url = d.sis.url_v1p1 + "/lineItems/li-1"
    signer = Client(access.oauth1_key, access.oauth1_secret)
    _, headers, _ = signer.sign(url, "PUT")
    assert (await c.ask("PUT", url, headers=headers, json={"lineItem": c.line_item()}))[0] == 201


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"client_secret": "guess"}, "signature"),
        ({"client_key": "nobody"}, "consumer"),
        ({"timestamp": "1000000000"}, "timestamp"),
        ({"signature_method": SIGNATURE_PLAINTEXT}, "method"),
    ],
)
async def test_a_signature_that_is_wrong_in_any_way_is_401(district, client, change, told):
    d = await district()
    access = d.sis.access
    given = {"client_key": access.oauth1_key, "client_secret": access.oauth1_secret} | change
    url, headers, _ = Client(**given).sign(d.sis.url_v1p1 + "/categories")
    status, body, _ = await client(d).ask("GET", url, headers=headers)
    assert status == 401 and told in body["imsx_description"]


async def test_a_vendor_header_is_asked_for_on_gradebook_paths_only(district, client):
    d = await district()
    d.sis_settings.vendor_header = ("x-vendor-authorization", "key:secret")
    c = client(d)
    assert (await c.sis("/lineItems"))[0] == 401
    assert (await c.sis("/lineItems", headers={"x-vendor-authorization": "key:secret"}))[0] == 200
    assert (await c.sis("/classes"))[0] == 200
