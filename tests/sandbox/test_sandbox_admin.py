"""The district's back door."""

from __future__ import annotations


async def test_nobody_enters_without_the_token(district, client):
    d = await district()
    for url in (d.sis.url, d.canvas.url):
        assert (await client(d).ask("GET", f"{url}/admin/state", "guess"))[0] == 401
        assert (await client(d).ask("GET", f"{url}/admin/state", d.admin_token))[0] == 200


async def test_teachers_teach_on_demand(district, client):
    d = await district(pupils=100)
    c = client(d)
    before = (await c.admin("/state"))["canvas"]
    done = await c.admin("/teach", "POST", json={"rounds": 2})
    after = await c.admin("/state")
    assert after["rounds"] == 2
    assert after["canvas"]["assignments"] == before["assignments"] + done["assignments"] > before["assignments"]


async def test_settings_and_rules_change_while_it_runs(district, client):
    d = await district()
    c = client(d)
    await c.admin("/settings", "PUT", json={"sis": {"errors": "wrapped", "rules": {"title_limit": 5}}})
    status, body, _ = await c.put(c.line_item())
    assert status == 422 and "longer than 5" in body["imsx_StatusInfo"]["imsx_description"]
    await c.admin("/settings", "PUT", json={"sis": {"profile": "plain"}, "canvas": {"counts_pages": False}})
    assert (await c.put(c.line_item()))[0] == 201 and d.canvas_settings.counts_pages is False
    there = d.describe()["admin"]
    status, body, _ = await c.ask("PUT", there["url"] + "/settings", there["token"], json={"sis": {"colour": "red"}})
    assert status == 400 and "there is no setting colour" in body["error"]


async def test_a_registrar_closes_a_grading_period(district, client):
    c = client(await district())
    await c.put(c.line_item())
    await c.admin("/settings", "PUT", json={"closed_periods": ["GP-1", "GP-2"]})
    status, body, _ = await c.put(c.line_item(title="HW 1: Slopes"))
    assert status == 422 and "Quarter 2 is closed" in body["imsx_description"]


async def test_faults_are_set_added_and_ended(district, client):
    c = client(await district())
    await c.sis("/categories")
    await c.admin("/faults", "POST", json={"faults": "sis:5xx(times=1)"})
    assert (await c.sis("/categories"))[0] == 503
    shown = await c.admin("/faults")
    assert shown["faults"][0]["struck"] == 1
    await c.admin("/faults", "PUT", json={"faults": "sis:401"})
    assert (await c.sis("/categories"))[0] == 401
    await c.admin("/faults", "DELETE")
    assert (await c.sis("/categories"))[0] == 200


async def test_tokens_are_made_to_measure_and_taken_away(district, client):
    d = await district()
    c = client(d)
    short = (await c.admin("/tokens", "POST", json={"lifetime_s": 0}))["token"]
    poor = (await c.admin("/tokens", "POST", json={"rights": []}))["token"]
    key = await c.admin("/tokens", "POST", json={"key": True})
    assert (await c.canvas("/accounts/1", token=short))[0] == 401
    assert (await c.canvas("/accounts/1/courses", token=poor))[0] == 401
    assert set(key) == {"client_id", "client_secret", "refresh_token"}
    await c.admin("/tokens", "DELETE", json={"token": poor})
    _, body, _ = await c.canvas("/accounts/1", token=poor)
    assert body["errors"][0]["message"] == "Revoked access token."
    await c.sis("/categories")
    await c.admin("/tokens", "DELETE")
    assert (await c.sis("/categories"))[0] == 401


async def test_reset_brings_the_first_day_back_on_the_same_ports(district, client):
    d = await district()
    c = client(d)
    before = d.describe()
    await c.put(c.line_item())
    d.teach(2)
    body = await c.admin("/state", "POST", json={"reset": True})
    assert body["rounds"] == 0 and body["sis"]["line_items"] == 0 and d.describe() == before
    assert (await c.canvas("/accounts/1"))[0] == 200


async def test_mistakes_are_made_on_demand(district, client):
    made = (await client(await district()).admin("/mistakes", "POST", json={"count": 1}))["mistakes"]
    kinds = {one.rsplit(": ", 1)[1] for one in made}
    assert {"no due date", "unknown category", "too long title", "closed grading period", "no SIS id"} <= kinds


async def test_background_teachers_stop_with_the_district(district):
    d = await district(teachers=True)
    background = d._background
    assert background is not None and not background.done()
    await d.stop()
    assert background.cancelled()
