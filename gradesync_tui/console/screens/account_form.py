"""Adding an account: its name and its time zone."""

from __future__ import annotations

from collections.abc import Mapping

from gradesync_tui.console.presenters.cells import cell
from gradesync_tui.console.presenters.forms import Wrong, zone_names
from gradesync_tui.console.screens.form import Field, FormScreen, Outlook
from gradesync_tui.domain.records import Account
from gradesync_tui.domain.text import clean
from gradesync_tui.services.accounts import check_name, check_zone
from gradesync_tui.services.errors import Invalid


class AccountForm(FormScreen[Account]):
    """The fields of an account."""

    YES = "Add"
    ROOM = 2

    def __init__(self, about: str = "") -> None:
        fields = (
            Field("name", "Name", "the district, as people call it"),
            Field("zone", "Time zone", "America/New_York", suggestions=zone_names()),
        )
        super().__init__("Add your district", fields, {"zone": "America/New_York"}, about)

    def understand(self, values: Mapping[str, str]) -> Outlook:
        from gradesync_tui.domain import when

        zone = values["zone"].strip()
        for field, check in (("name", check_name), ("zone", check_zone)):
            try:
                check(values[field].strip())
            except Invalid as problem:
                return Outlook((), Wrong(field, str(problem)))
        now = when.exact(self.program.now(), zone)
        return Outlook((cell(f"There it is {now} now. Schedules begin with this zone.", "muted"),))

    async def keep(self, values: Mapping[str, str]) -> Account:
        made = await self.services.create_account(values["name"].strip(), values["zone"].strip())
        self.program.tell(f"Added {clean(made.name)}.")
        return made
