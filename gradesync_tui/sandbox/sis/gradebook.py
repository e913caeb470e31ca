"""OneRoster's gradebook, read and written, in both versions and both dialects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from gradesync_tui.domain.clock import Clock
from gradesync_tui.sandbox.sis.errors import Style
from gradesync_tui.sandbox.sis.fields import faults_of
from gradesync_tui.sandbox.sis.query import collection, only_fields
from gradesync_tui.sandbox.sis.rosters import unknown
from gradesync_tui.sandbox.sis.rules import PROFILES, Broken, Rules, check_item, check_result
from gradesync_tui.sandbox.sis.show import GRADEBOOK, Show
from gradesync_tui.sandbox.sis.state import Category, LineItem, Result, SisState
from gradesync_tui.sandbox.web import Answer, Call, Json, Router

_FLAGS = ("inProgress", "incomplete", "late", "missing")


@dataclass(slots=True)
class SisSettings:
    """How this SIS is set up; all may change while it runs.

    dialect: `standard` takes the sourcedId of the sender, `modified` gives new records its own and answers with them.
    strict: whether bodies are held to every field rule of OneRoster. rules: what the vendor's gradebook refuses.
    vendor_header: a name and value without which gradebook paths answer 401. bulk: whether 1.2's bulk POST is offered.
    """

    profile: str = "progressbook"
    dialect: Literal["standard", "modified"] = "standard"
    strict: bool = True
    errors: Style = "bare"
    vendor_header: tuple[str, str] | None = None
    bulk: bool = True
    rules: Rules = field(default_factory=lambda: PROFILES["progressbook"])
    zone: str = "America/New_York"


class Gradebook:
    """Handlers of the gradebook paths of one version."""

    def __init__(self, state: SisState, show: Show, settings: SisSettings, version: str, clock: Clock) -> None:
        self._state = state
        self._show = show
        self._settings = settings
        self._version = version
        self._clock = clock

    def add_to(self, router: Router) -> None:
        root = GRADEBOOK[self._version]
        state, show = self._state, self._show
        plain: tuple[tuple[str, str, Callable[[], dict[str, Any]], Callable[[Any], Json]], ...] = (
            ("categories", "category", lambda: state.categories, show.category),
            ("lineItems", "lineItem", lambda: state.line_items, show.line_item),
            ("results", "result", lambda: state.results, show.result),
        )
        for path, single, rows, one in plain:
            router.add("GET", f"{root}/{path}", self._list(path, rows, one))
            router.add("GET", f"{root}/{path}/:id", self._single(single, rows, one))
        in_class = f"{root}/classes/:class"
        router.add(
            "GET",
            f"{in_class}/lineItems",
            lambda call: collection(call, "lineItems", state.items_of_class[self._class(call)], show.line_item),
        )
        router.add(
            "GET",
            f"{in_class}/results",
            lambda call: collection(call, "results", state.results_of_class[self._class(call)], show.result),
        )
        router.add("GET", f"{in_class}/lineItems/:item/results", self.results_of_item)
        router.add("GET", f"{in_class}/students/:student/results", self.results_of_student)
        for path, put in (
            ("lineItems", self.put_item),
            ("results", self.put_result),
            ("categories", self.put_category),
        ):
            router.add("PUT", f"{root}/{path}/:id", put)
            router.add("PUT", f"{root}/{path}", put)
        router.add("DELETE", f"{root}/lineItems/:id", self.delete_item)
        router.add("DELETE", f"{root}/results/:id", self.delete_result)
        router.add("DELETE", f"{root}/categories/:id", self.delete_category)
        if self._version == "1.2":
            router.add("GET", f"{in_class}/categories", self.categories_of_class)
            router.add("GET", f"{root}/scoreScales", lambda call: collection(call, "scoreScales", [], lambda one: one))
            router.add("POST", f"{in_class}/lineItems", self.post_items)
            router.add("POST", f"{root}/schools/:school/lineItems", self.post_items)
            router.add("POST", f"{root}/lineItems/:item/results", self.post_results)
            router.add("POST", f"{in_class}/academicSessions/:session/results", self.post_results)

    # --- reading ----------------------------------------------------------------------------------------------------

    @staticmethod
    def _list(key: str, rows: Callable[[], dict[str, Any]], show: Callable[[Any], Json]) -> Callable[[Call], Answer]:
        return lambda call: collection(call, key, rows(), show)

    @staticmethod
    def _single(key: str, rows: Callable[[], dict[str, Any]], show: Callable[[Any], Json]) -> Callable[[Call], Answer]:
        def answer(call: Call) -> Answer:
            found = rows().get(call.params[0])
            if found is None:
                raise unknown(call.params[0])
            return Answer(200, {key: only_fields(call, show(found))})

        return answer

    def _class(self, call: Call) -> str:
        if call.params[0] not in self._state.classes:
            raise unknown(call.params[0])
        return call.params[0]

    def results_of_item(self, call: Call) -> Answer:
        class_id = self._class(call)
        item = self._state.line_items.get(call.params[1])
        if item is None or item.klass != class_id:
            raise unknown(call.params[1])
        return collection(call, "results", self._state.results_of_item[item.id], self._show.result)

    def results_of_student(self, call: Call) -> Answer:
        rows = [
            one for one in self._state.results_of_class[self._class(call)].values() if one.student == call.params[1]
        ]
        if not rows and call.params[1] not in self._state.people:
            raise unknown(call.params[1])
        return collection(call, "results", rows, self._show.result)

    def categories_of_class(self, call: Call) -> Answer:
        class_id = self._class(call)
        rows = [one for one in self._state.categories.values() if one.klass in (None, class_id)]
        return collection(call, "categories", rows, self._show.category)

    # --- writing ----------------------------------------------------------------------------------------------------

    def put_item(self, call: Call) -> Answer:
        record = self._record(call, "lineItem")
        item = self._item(record, self._id_for(call, record, "lineItem", self._state.line_items))
        if not item.active and not self._settings.rules.deletes:
            raise Broken("Line items cannot be deleted.", 403, "forbidden")
        check_item(self._state, self._settings.rules, item, self._settings.zone)
        created = self._state.put_item(item)
        return self._stored(created, "lineItem", self._show.line_item(item))

    def put_result(self, call: Call) -> Answer:
        record = self._record(call, "result")
        result = self._result(record, self._id_for(call, record, "result", self._state.results))
        if not result.active and not self._settings.rules.deletes:
            raise Broken("Results cannot be deleted.", 403, "forbidden")
        check_result(self._state, self._settings.rules, result)
        created = self._state.put_result(result)
        return self._stored(created, "result", self._show.result(result))

    def put_category(self, call: Call) -> Answer:
        record = self._record(call, "category")
        sourced_id = self._id_for(call, record, "category", self._state.categories)
        title, klass = str(record.get("title", "")), (record.get("metadata") or {}).get("classId")
        created = sourced_id not in self._state.categories
        category = Category(sourced_id, title, klass, self._clock.now(), record.get("status") != "tobedeleted")
        self._state.categories[sourced_id] = category
        return self._stored(created, "category", self._show.category(category))

    def delete_item(self, call: Call) -> Answer:
        item = self._state.line_items.get(call.params[0])
        if item is None:
            raise unknown(call.params[0])
        self._may_delete("Line items")
        self._state.delete_item(item)
        return Answer(204)

    def delete_result(self, call: Call) -> Answer:
        result = self._state.results.get(call.params[0])
        if result is None:
            raise unknown(call.params[0])
        self._may_delete("Results")
        self._state.delete_result(result)
        return Answer(204)

    def delete_category(self, call: Call) -> Answer:
        if call.params[0] not in self._state.categories:
            raise unknown(call.params[0])
        if any(item.category == call.params[0] for item in self._state.line_items.values()):
            raise Broken("A category in use cannot be deleted.", 422, "deletefailure")
        del self._state.categories[call.params[0]]
        return Answer(204)

    def post_items(self, call: Call) -> Answer:
        pairs = []
        for record in self._records(call, "lineItems", "lineItem"):
            item = self._item(record, self._state.allocate("lineItem"))
            check_item(self._state, self._settings.rules, item, self._settings.zone)
            pairs.append((record, item))
        for _, item in pairs:
            self._state.put_item(item)
        return self.allocated([(record.get("sourcedId", ""), item.id) for record, item in pairs])

    def post_results(self, call: Call) -> Answer:
        pairs = []
        for record in self._records(call, "results", "result"):
            result = self._result(record, self._state.allocate("result"))
            if "/lineItems/" in call.path and result.line_item != call.params[0]:
                raise Broken(f"A result is for line item {result.line_item}.", 422)
            check_result(self._state, self._settings.rules, result)
            pairs.append((record, result))
        for _, result in pairs:
            self._state.put_result(result)
        return self.allocated([(record.get("sourcedId", ""), result.id) for record, result in pairs])

    @staticmethod
    def allocated(pairs: list[tuple[str, str]]) -> Answer:
        """The answer to a bulk write: which id was given for which."""
        rows = [{"suppliedSourcedId": supplied, "allocatedSourcedId": allocated} for supplied, allocated in pairs]
        return Answer(201, {"sourcedIdPairs": rows})

    def _may_delete(self, what: str) -> None:
        if not self._settings.rules.deletes:
            raise Broken(f"{what} cannot be deleted.", 403, "forbidden")

    def _stored(self, created: bool, key: str, record: Json) -> Answer:
        # The standard defines no body; only who has given an id of its own has to say which.
        body = {key: record} if self._settings.dialect == "modified" else None
        return Answer(201 if created else 200, body)

    # --- from bodies to records -------------------------------------------------------------------------------------

    def _body(self, call: Call) -> Json:
        try:
            body = call.json()
        except ValueError:
            raise Broken("The body is not JSON.", 422) from None
        if not isinstance(body, dict):
            raise Broken("The body must be an object.", 422)
        return body

    def _record(self, call: Call, key: str) -> Json:
        body = self._body(call)
        record = body.get(key)
        if not isinstance(record, dict) or (self._settings.strict and set(body) != {key}):
            raise Broken(f"The body must hold exactly one {key}.", 422)
        self._check_fields(key, record, needs_id=self._settings.dialect == "standard")
        return record

    def _records(self, call: Call, key: str, single: str) -> list[Json]:
        if not self._settings.bulk:
            raise Broken("Bulk writes are not supported.", 405, "forbidden")
        records = self._body(call).get(key)
        if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
            raise Broken(f"The body must hold a list of {key}.", 422)
        for record in records:
            self._check_fields(single, record, needs_id=True)
        return records

    def _check_fields(self, key: str, record: Json, *, needs_id: bool) -> None:
        if self._settings.strict and (faults := faults_of(self._version, key, record, needs_id=needs_id)):
            raise Broken(f"The {key} is not valid: {'; '.join(faults)}.", 422)

    def _id_for(self, call: Call, record: Json, kind: str, known: dict[str, Any]) -> str:
        in_path, in_body = call.params[0] if call.params else "", record.get("sourcedId")
        if self._settings.dialect == "modified":
            if not in_body:
                return self._state.allocate(kind)
            if in_body not in known:
                raise unknown(str(in_body))
            return str(in_body)
        if not in_path or (in_body is not None and in_body != in_path):
            raise Broken("The sourcedId in the path and the one in the body must be the same.", 422)
        return in_path

    def _item(self, record: Json, sourced_id: str) -> LineItem:
        due, assign = record.get("dueDate"), record.get("assignDate")
        session = _target(record.get("academicSession")) or _target(record.get("gradingPeriod"))
        if session is not None and session not in self._state.sessions:
            raise Broken(
                f"Could Not Determine Class or Grading Period: {session} not found.", self._settings.rules.status
            )
        if not isinstance(due, str):
            raise Broken("Cannot Find Due Date: the due date is missing.", self._settings.rules.status)
        return LineItem(
            id=sourced_id,
            title=str(record.get("title", "")),
            description=str(record.get("description", "")),
            assign=assign if isinstance(assign, str) else due,
            due=due,
            klass=_target(record.get("class")) or "",
            category=_target(record.get("category")) or "",
            session=session,
            school=_target(record.get("school")),
            least=_float(record.get("resultValueMin"), "resultValueMin") or 0.0,
            most=_float(record.get("resultValueMax"), "resultValueMax") or 0.0,
            active=record.get("status") != "tobedeleted",
            changed=self._clock.now(),
            metadata=record.get("metadata"),
        )

    def _result(self, record: Json, sourced_id: str) -> Result:
        line_item = _target(record.get("lineItem")) or ""
        item = self._state.line_items.get(line_item)
        if item is None:
            raise Broken(f"Invalid assignment ID (lineItem sourcedId is invalid): {line_item}", 404, "unknownobject")
        status = str(record.get("scoreStatus", ""))
        score = _float(record.get("score"), "score")
        if score is None and status == "fully graded":
            raise Broken("Unable to Process Score: a graded result needs a numeric score.", self._settings.rules.status)
        return Result(
            id=sourced_id,
            line_item=line_item,
            klass=item.klass,
            student=_target(record.get("student")) or "",
            status=status,
            score=score,
            text_score=record.get("textScore"),
            score_date=str(record.get("scoreDate", ""))[:10],
            comment=str(record.get("comment", "")),
            flags={name: record[name] for name in _FLAGS if record.get(name) in ("true", "false")},
            active=record.get("status") != "tobedeleted",
            changed=self._clock.now(),
            metadata=record.get("metadata"),
        )


def _target(reference: Any) -> str | None:
    """What a reference points at; also where a sender writes the bare id in an object of its own."""
    if isinstance(reference, dict):
        found = reference.get("sourcedId")
        return None if found is None else str(found)
    return None


def _float(value: Any, name: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Broken(f"Unable to Process Score: {name} {value!r} is not a number.", 422)
    return float(value)
