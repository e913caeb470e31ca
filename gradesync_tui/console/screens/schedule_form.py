"""Making or changing a schedule, with its next five runs before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from gradesync_tui.console.presenters import schedule_form as presenter
from gradesync_tui.console.presenters.forms import Wrong, zone_names
from gradesync_tui.console.presenters.schedule_form import Form
from gradesync_tui.console.presenters.schedules import name
from gradesync_tui.console.screens.form import Field, FormScreen, Outlook
from gradesync_tui.domain.records import Account, Schedule
from gradesync_tui.domain.text import clean


def _fields() -> tuple[Field, ...]:
    return (
        Field("when", "Runs", "every 4 hours · weekdays 6 PM · sat 9:00 · 0 6 * * 1-5"),
        Field("first", "First Run", "now · tomorrow 6am · Dec 1 6:00 AM"),
        Field("zone", "Time Zone", "America/New_York", suggestions=zone_names()),
    )


class ScheduleForm(FormScreen[Schedule]):
    """The fields of a schedule; what they mean is shown as one types."""

    ROOM: ClassVar[int] = presenter.RUNS_SHOWN + 2

    def __init__(self, account: Account, schedule: Schedule | None = None, about: str = "") -> None:
        title = "New schedule" if schedule is None else "Change the schedule"
        start = presenter.texts(schedule, account)
        super().__init__(f"{title} of {clean(account.name)}", _fields(), start, about)
        self._account = account
        self._schedule = schedule
        self._form: Form | None = None

    def understand(self, values: Mapping[str, str]) -> Outlook:
        form = presenter.read(values, self.program.now())
        self._form = None if isinstance(form, Wrong) else form
        return Outlook((), form) if isinstance(form, Wrong) else Outlook(presenter.preview(form, self.program.now()))

    async def keep(self, values: Mapping[str, str]) -> Schedule | None:
        if self._form is None:
            return None
        draft = presenter.draft(self._form, self._account, self._schedule, self.services.actor.name)
        if self._schedule is None:
            saved = await self.services.add_schedule(draft)
        else:
            saved = await self.services.edit_schedule(self._schedule.id, draft)
        self.program.tell(f"{'Made' if self._schedule is None else 'Changed'} {name(saved)}.")
        return saved
