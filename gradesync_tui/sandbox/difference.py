"""An independent judge: asks Canvas and the SIS over HTTP and counts where the two gradebooks do not agree."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import aiohttp
import msgspec

from gradesync_tui.domain.clock import parse_instant, to_datetime
from gradesync_tui.domain.text import clean

Json = dict[str, Any]
EXAMPLES = 10
AT_ONCE = 4
_PROGRESSBOOK: Json = {"title_limit": 50, "unique": "class and due date", "open_period": True, "category": "known"}


@dataclass(slots=True)
class Difference:
    """What the judge found.

    compared: grades that the SIS should have. missing and different: how many of them it lacks or has otherwise.
    doubled: results and line items beyond the one that a grade or an assignment may have. foreign: those that no
    assignment and no pupil of Canvas stands behind. left: results whose grade has gone or is hidden in Canvas, which no
    sync has to take away. examples: a few of them in words.
    """

    compared: int = 0
    missing: int = 0
    different: int = 0
    doubled: int = 0
    foreign: int = 0
    left: int = 0
    examples: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.missing + self.different + self.doubled + self.foreign

    def note(self, text: str) -> None:
        if len(self.examples) < EXAMPLES:
            self.examples.append(clean(text, limit=200))


async def difference(description: Mapping[str, Any]) -> Difference:
    """Compare the gradebooks of a district, given as `gradesync sandbox` describes it.

    What should be in the SIS: posted grades, numeric or excused, of pupils with a SIS id who are active in a section
    from the SIS, in assignments that are published, marked for the SIS, and such as the SIS takes. The SIS's rules are
    asked of `admin` where it is given, else they are ProgressBook's. aiohttp.ClientError where a side cannot be
    reached, RuntimeError where it refuses.
    """
    async with aiohttp.ClientSession() as session:
        canvas, sis, rules = _Canvas(session, description["canvas"]), _Sis(session, description["sis"]), _PROGRESSBOOK
        zone = "America/New_York"
        if "admin" in description:
            rules, zone = await _rules(session, description["admin"])
        await sis.read()
        judge = _Judge(sis, rules, zone)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(course: Json) -> None:
            async with gate:
                judge.course(await canvas.read_course(course))

        courses = [course async for course in canvas.pages(f"/api/v1/accounts/{canvas.account}/courses?published=true")]
        await asyncio.gather(*(one(course) for course in courses))
        judge.finish()
        return judge.found


async def _rules(session: aiohttp.ClientSession, admin: Json) -> tuple[Json, str]:
    async with session.get(f"{admin['url']}/state", headers={"Authorization": f"Bearer {admin['token']}"}) as answer:
        state: Json = msgspec.json.decode(await answer.read())
    return state["sis"]["settings"]["rules"], state["zone"]


@dataclass(slots=True)
class _Course:
    sections: dict[int, str]
    pupils: list[Json]
    enrolled: set[str]
    groups: list[Json]
    rows: list[Json]


class _Canvas:
    """The judge's own small Canvas client."""

    def __init__(self, session: aiohttp.ClientSession, where: Json) -> None:
        self._session = session
        self._url = where["url"].rstrip("/")
        self._headers = {"Authorization": f"Bearer {where['token']}"}
        self.account = where["account_id"]

    async def pages(self, path: str) -> AsyncIterator[Json]:
        url: str | None = f"{self._url}{path}{'&' if '?' in path else '?'}per_page=100"
        while url is not None:
            rows, url = await self._page(url)
            for row in rows:
                yield row

    async def _page(self, url: str) -> tuple[list[Json], str | None]:
        for attempt in range(40):
            async with self._session.get(url, headers=self._headers) as answer:
                body = await answer.read()
                if answer.status == 200:
                    following = answer.links.get("next")
                    return msgspec.json.decode(body), str(following["url"]) if following else None
                if answer.status not in (403, 429, 500, 502, 503):
                    raise RuntimeError(
                        f"Canvas answered {answer.status} to {url}: {clean(body[:200].decode('utf-8', 'replace'))}"
                    )
            await asyncio.sleep(min(2.0, 0.1 * 2**attempt))
        raise RuntimeError(f"Canvas keeps refusing {url}")

    async def read_course(self, course: Json) -> _Course:
        base = f"/api/v1/courses/{course['id']}"
        dates = "include[]=assignments&include[]=overrides&override_assignment_dates=false"
        groups = [row async for row in self.pages(f"{base}/assignment_groups?{dates}")]
        sections = [row async for row in self.pages(f"{base}/sections")]
        pupils = [
            row
            async for row in self.pages(f"{base}/enrollments?type[]=StudentEnrollment&state[]=active&state[]=completed")
        ]
        rows = [row async for row in self.pages(f"{base}/students/submissions?student_ids[]=all&grouped=true")]
        return _Course(
            sections={one["id"]: one["sis_section_id"] for one in sections if one.get("sis_section_id")},
            pupils=[one for one in pupils if one["enrollment_state"] == "active"],
            enrolled={one["sis_user_id"] for one in pupils if one.get("sis_user_id")},
            groups=groups,
            rows=rows,
        )


class _Sis:
    """The judge's own small OneRoster client, and everything that it read."""

    def __init__(self, session: aiohttp.ClientSession, where: Json) -> None:
        self._session = session
        self._where = where
        self.categories: list[Json] = []
        self.periods: list[Json] = []
        self.items: list[Json] = []
        self.results: list[Json] = []
        self.enrollments: list[Json] = []

    async def read(self) -> None:
        where = self._where
        login = aiohttp.encode_basic_auth(where["client_id"], where["client_secret"])
        form = {"grant_type": "client_credentials"}
        async with self._session.post(where["token_url"], data=form, headers={"Authorization": login}) as answer:
            if answer.status != 200:
                raise RuntimeError(f"the SIS answered {answer.status} to the request for a token")
            headers = {"Authorization": f"Bearer {msgspec.json.decode(await answer.read())['access_token']}"}
        self.categories = await self._all("categories", headers)
        self.periods = await self._all("gradingPeriods", headers, key="academicSessions")
        self.items = await self._all("lineItems", headers)
        self.results = await self._all("results", headers)
        self.enrollments = await self._all("enrollments", headers)

    async def _all(self, name: str, headers: dict[str, str], key: str = "") -> list[Json]:
        rows: list[Json] = []
        while True:
            url = f"{self._where['url_v1p1']}/{name}?limit=2000&offset={len(rows)}"
            async with self._session.get(url, headers=headers) as answer:
                body = await answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"the SIS answered {answer.status} to {url}")
                page: list[Json] = msgspec.json.decode(body)[key or name]
                rows += page
                if not page or len(rows) >= int(answer.headers["X-Total-Count"]):
                    return rows


class _Judge:
    def __init__(self, sis: _Sis, rules: Json, zone: str) -> None:
        self.found = Difference()
        self._rules = rules
        self._zone = zone
        self._categories = [(one["title"], (one.get("metadata") or {}).get("classId")) for one in sis.categories]
        self._open = [
            (date.fromisoformat(one["startDate"]), date.fromisoformat(one["endDate"]))
            for one in sis.periods
            if (one.get("metadata") or {}).get("closed") != "true"
        ]
        self._items: defaultdict[tuple[str, str], list[Json]] = defaultdict(list)
        for item in sis.items:
            if item["status"] == "active":
                self._items[item["class"]["sourcedId"], clean(item["title"])].append(item)
        self._results: defaultdict[tuple[str, str], list[Json]] = defaultdict(list)
        for result in sis.results:
            if result["status"] == "active":
                self._results[result["lineItem"]["sourcedId"], result["student"]["sourcedId"]].append(result)
        self._explained: set[tuple[str, str]] = set()
        self._enrolled: defaultdict[str, set[str]] = defaultdict(set)
        for one in sis.enrollments:
            self._enrolled[one["class"]["sourcedId"]].add(one["user"]["sourcedId"])

    def course(self, course: _Course) -> None:
        """Judge everything of one course."""
        grades = {
            (row["user_id"], submission["assignment_id"]): submission
            for row in course.rows
            for submission in row["submissions"]
        }
        for section_id, class_id in course.sections.items():
            pupils = {
                one["user_id"]: one["sis_user_id"]
                for one in course.pupils
                if one["course_section_id"] == section_id and one.get("sis_user_id") and one.get("sis_import_id")
            }
            assignments = [one | {"group": group["name"]} for group in course.groups for one in group["assignments"]]
            names = [(clean(one["name"]), self._day(_due(one, section_id))) for one in assignments if _is_sent(one)]
            for one in assignments:
                items = self._items.get((class_id, clean(one["name"])), [])
                # A pupil who lost the SIS id in Canvas is still the SIS's own, and so are the results sent before.
                self._explain(items, course.enrolled | self._enrolled[class_id])
                if not _is_sent(one) or not self._is_valid(one, section_id, class_id, names):
                    continue
                item = self._one_item(one, items, self._day(_due(one, section_id)))
                for user_id, sis_id in pupils.items():
                    self._grade(one, item, sis_id, grades.get((user_id, one["id"])))

    def finish(self) -> None:
        """Count what nothing in Canvas stands behind, and what is there twice."""
        for (class_id, title), items in self._items.items():
            for item in items:
                if (item["sourcedId"], "") not in self._explained:
                    self.found.foreign += 1
                    self.found.note(f"foreign line item {title} in class {class_id}")
        for (item_id, student), results in self._results.items():
            if len(results) > 1:
                self.found.doubled += len(results) - 1
                self.found.note(f"{len(results)} results of pupil {student} for line item {item_id}")
            if (item_id, "") in self._explained and (item_id, student) not in self._explained:
                self.found.foreign += 1
                self.found.note(f"foreign result of {student} for line item {item_id}")

    def _explain(self, items: list[Json], enrolled: set[str]) -> None:
        for item in items:
            self._explained.add((item["sourcedId"], ""))
            self._explained.update((item["sourcedId"], student) for student in enrolled)

    def _is_valid(self, one: Json, section_id: int, class_id: str, names: list[tuple[str, date | None]]) -> bool:
        """Whether the SIS would take the assignment."""
        rules, due, title = self._rules, self._day(_due(one, section_id)), clean(one["name"])
        single = {self._day(two["due_at"]) for two in one["overrides"] if "student_ids" in two and two["due_at"]}
        if due is None or not title.strip() or single - {due}:
            return False
        if one["only_visible_to_overrides"] and section_id not in {
            two.get("course_section_id") for two in one["overrides"]
        }:
            return False
        limit = rules.get("title_limit")
        if limit is not None and len(one["name"]) > limit:
            return False
        same = [name for name in names if name[0] == title and (rules["unique"] == "class" or name[1] == due)]
        if rules.get("unique") and len(same) > 1:
            return False
        if rules.get("open_period") and not any(start <= due <= end for start, end in self._open):
            return False
        if rules.get("positive_points", True) and not (one["points_possible"] or 0) > 0:
            return False
        return rules.get("category") != "known" or any(
            name == one["group"] and of in (None, class_id) for name, of in self._categories
        )

    def _one_item(self, one: Json, items: list[Json], due: date | None) -> Json | None:
        same_day = [item for item in items if self._day(item["dueDate"]) == due]
        if len(same_day) > 1:
            self.found.doubled += len(same_day) - 1
            self.found.note(f"{len(same_day)} line items for {one['name']}")
        return next(iter(same_day or items), None)

    def _grade(self, one: Json, item: Json | None, student: str, grade: Json | None) -> None:
        results = self._results.get((item["sourcedId"], student), []) if item is not None else []
        score, excused = (grade["score"], bool(grade["excused"])) if grade is not None else (None, False)
        if (
            grade is None
            or grade["posted_at"] is None
            or (score is None and not excused)
            or not self._is_taken(one, score, excused)
        ):
            self.found.left += bool(results)
            return
        self.found.compared += 1
        if not results:
            self.found.missing += 1
            self.found.note(f"missing: {student} in {one['name']}, {'excused' if excused else score}")
        elif not any(_is_same(result, score, excused) for result in results):
            self.found.different += 1
            there = f"{results[0].get('score')} {results[0]['scoreStatus']}"
            self.found.note(
                f"different: {student} in {one['name']}, {'excused' if excused else score}, in the SIS {there}"
            )

    def _is_taken(self, one: Json, score: float | None, excused: bool) -> bool:
        """Whether the SIS would take this grade."""
        rules = self._rules
        if rules.get("statuses") and ("exempt" if excused else "fully graded") not in rules["statuses"]:
            return False
        if excused or score is None:
            return True
        if score < 0 or (not rules.get("extra_credit", True) and score > one["points_possible"]):
            return False
        return not rules.get("whole_scores") or score == int(score)

    def _day(self, text: str | None) -> date | None:
        if not text:
            return None
        try:
            return to_datetime(parse_instant(text), self._zone).date()
        except (ValueError, OverflowError):
            return None


def _is_sent(one: Json) -> bool:
    return bool(one["published"] and one["post_to_sis"] and one["grading_type"] != "not_graded")


def _due(one: Json, section_id: int) -> str | None:
    due: str | None = one["due_at"]
    for override in one["overrides"]:
        if override.get("course_section_id") == section_id:
            due = override["due_at"]
    return due


def _is_same(result: Json, score: float | None, excused: bool) -> bool:
    if excused or result["scoreStatus"] == "exempt":
        return excused and result["scoreStatus"] == "exempt"
    return score is not None and result.get("score") is not None and abs(result["score"] - score) < 1e-6
