"""Connecting Canvas or the SIS: tried over HTTP, and kept once a person has confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.timer import Timer

from gradesync_tui.console.connection_acts import try_out
from gradesync_tui.console.presenters import connection_form as presenter
from gradesync_tui.console.presenters.cells import Cell, cell
from gradesync_tui.console.presenters.connections import Trial, found_lines
from gradesync_tui.console.presenters.forms import Wrong
from gradesync_tui.console.screens.confirm import ConfirmScreen
from gradesync_tui.console.screens.form import Field, FormScreen, Outlook
from gradesync_tui.console.screens.menu import Choice
from gradesync_tui.console.widgets.bars import PressButton
from gradesync_tui.console.widgets.fields import PickButton
from gradesync_tui.domain.profiles import ProfileError, load_profile, profile_names
from gradesync_tui.domain.records import Account, CanvasConnection, Connection, SisConnection
from gradesync_tui.domain.text import clean
from gradesync_tui.sync.connections import profile_folder

_REF = "env:NAME · file:/path · keyring:service/name"
_CANVAS_FIELDS = (
    Field("url", "Address", "https://district.instructure.com"),
    Field("account", "Account", "self, or the Canvas account's id"),
    Field("sign_in", "Signs in by", choices=[Choice(*each) for each in presenter.CANVAS_SIGN_IN]),
    Field("token", "Token", _REF, reference=True),
    Field("client_id", "Client id", _REF, reference=True),
    Field("client_secret", "Client secret", _REF, reference=True),
    Field("refresh_token", "Refresh token", _REF, reference=True),
    Field("ca_file", "CA file", "/path of a private authority; may stay empty"),
)


def _sis_fields() -> tuple[Field, ...]:
    folder = profile_folder()
    profiles = []
    for name in profile_names(folder):
        try:
            profiles.append(Choice(name, load_profile(name, folder).label))
        except ProfileError as problem:
            profiles.append(Choice(name, name, "", why_not=str(problem)))
    return (
        Field("profile", "SIS", choices=profiles),
        Field("url", "Address", "https://sis.example.org/ims/oneroster/v1p1"),
        Field("version", "Speaks", choices=[Choice(*each) for each in presenter.VERSIONS]),
        Field("dialect", "New records", choices=[Choice(*each) for each in presenter.DIALECTS]),
        Field("auth", "Signs in by", choices=[Choice(*each) for each in presenter.AUTHS]),
        Field("token_url", "Tokens from", "https://sis.example.org/oauth/token"),
        Field("client_id", "Client id", _REF, reference=True),
        Field("client_secret", "Client secret", _REF, reference=True),
        Field("headers", "Headers", "x-api-key=env:NAME; may stay empty"),
        Field("ca_file", "CA file", "/path of a private authority; may stay empty"),
        Field("ssh_key", "SSH key", "/path of the private key"),
        Field("ssh_known_hosts", "Known hosts", "/path of the hosts to trust"),
    )


class ConnectionForm(FormScreen[Connection]):
    """What both connections have in common: the trial, and the question before it is kept."""

    WHAT: ClassVar[str] = ""
    ROOM: ClassVar[int] = 8
    HINTS = (("Tab", "Next"), ("Ctrl+T", "Try it"), ("Esc", "Cancel"))
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+t", "try_it", "Try it", show=False)]

    def __init__(
        self,
        account: Account,
        before: Connection | None,
        fields: Sequence[Field],
        start: Mapping[str, str],
        about: str = "",
    ) -> None:
        verb = "Connect" if before is None else "Change how to reach"
        self._asked = f"{verb} {self.WHAT} of {clean(account.name)}"
        super().__init__(self._asked, fields, start, about)
        self._account = account
        self._before = before
        self._read: Connection | Wrong = Wrong("", "")
        self._tried: tuple[Connection | None, Trial] = (None, Trial())
        self._seconds = 0
        self._ticker: Timer | None = None

    def read(self, values: Mapping[str, str]) -> Connection | Wrong:
        """The connection, or what is wrong with the fields."""
        raise NotImplementedError

    def hidden(self, values: Mapping[str, str]) -> frozenset[str]:
        """The fields that do not matter."""
        raise NotImplementedError

    def more_answers(self) -> Iterable[PressButton]:
        return (PressButton("Try it", id="try"),)

    def understand(self, values: Mapping[str, str]) -> Outlook:
        self._read = self.read(values)
        hidden = self.hidden(values)
        if isinstance(self._read, Wrong):
            return Outlook((), self._read, hidden)
        return Outlook(self._words(self._read), None, hidden)

    def _words(self, connection: Connection) -> list[Cell]:
        if self._ticker is not None:
            since = f" {self._seconds} s" if self._seconds else ""
            return [cell(f"{'●' if self._icons else '>>'} Asking {self.WHAT} …{since}", "run")]
        tried, trial = self._tried
        if tried != connection:
            return [cell(f"Not tried yet. Ctrl+T asks {self.WHAT} and changes nothing there.", "muted")]
        return found_lines(trial, self._icons)

    @property
    def _icons(self) -> bool:
        return self.program.options.icons

    def look(self) -> None:
        super().look()
        wrong = self.outlook.wrong
        busy = "It is being tried." if self._ticker is not None else None
        self.query_one("#try", PressButton).allow(wrong.words if wrong is not None else busy)

    def on_press_button_pressed(self, event: PressButton.Pressed) -> None:
        if event.button.id == "try":
            self.action_try_it()

    def action_try_it(self) -> None:
        if isinstance(self._read, Wrong):
            self.point_at(self._read)
        elif self._ticker is None:
            self.run_worker(self._try(self._read), exit_on_error=True)

    async def _try(self, connection: Connection) -> None:
        """Ask over HTTP, and say for how long by now; what is found stands for this connection only."""
        self._seconds = 0
        self._ticker = self.set_interval(1.0, self._still_trying)
        self.look()
        try:
            self._tried = (connection, await try_out(self.services, self._account, connection))
        finally:
            self._ticker.stop()
            self._ticker = None
        self.look()

    def _still_trying(self) -> None:
        self._seconds += 1
        self.look()

    async def keep(self, values: Mapping[str, str]) -> Connection | None:
        """Try it if that was not done, then ask; what does not work is kept only if the person says so."""
        connection = self._read
        if isinstance(connection, Wrong):
            return None
        if self._tried[0] != connection:
            await self._try(connection)
        failed = self._tried[1].failed
        effects = presenter.effects(self._account.name, self._before, connection)
        effects += (
            ["", "It did not work when tried:", *(f"{'✗' if self._icons else 'XX'} {each}" for each in failed)]
            if failed
            else ["", "It was tried and works."]
        )
        yes = "Keep it all the same" if failed else "Connect"
        if await self.ask(ConfirmScreen(f"{self._asked}?", effects, yes)) is None:
            self.look()
            return None
        if isinstance(connection, CanvasConnection):
            await self.services.connect_canvas(self._account.id, connection, try_it=False)
        else:
            await self.services.connect_sis(self._account.id, connection, try_it=False)
        self.program.tell(f"{self.WHAT[0].upper()}{self.WHAT[1:]} of {self._account.name} is at {connection.url}")
        return connection


class CanvasForm(ConnectionForm):
    """Where Canvas is, and how one signs in there."""

    WHAT = "Canvas"

    def __init__(self, account: Account, before: CanvasConnection | None = None, about: str = "") -> None:
        super().__init__(account, before, _CANVAS_FIELDS, presenter.canvas_texts(before), about)

    def read(self, values: Mapping[str, str]) -> Connection | Wrong:
        return presenter.read_canvas(values)

    def hidden(self, values: Mapping[str, str]) -> frozenset[str]:
        return presenter.canvas_hidden(values)


class SisForm(ConnectionForm):
    """Where the SIS is, what it speaks, and how one signs in there."""

    WHAT = "the SIS"

    def __init__(self, account: Account, before: SisConnection | None = None, about: str = "") -> None:
        super().__init__(account, before, _sis_fields(), presenter.sis_texts(before), about)

    def read(self, values: Mapping[str, str]) -> Connection | Wrong:
        return presenter.read_sis(values)

    def hidden(self, values: Mapping[str, str]) -> frozenset[str]:
        return presenter.sis_hidden(values)

    def on_pick_button_picked(self, event: PickButton.Picked) -> None:
        # A new connection starts with what SISs of the kind mostly need; one that works is not rearranged.
        if event.button.id == "profile" and self._before is None:
            for name, value in presenter.sis_defaults(load_profile(event.button.value, profile_folder())).items():
                self.put(name, value)
