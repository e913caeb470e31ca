"""What every place of the console has: the path above, the keys below, and one way from a key to an action."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, ClassVar, Self, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import ScreenResume
from textual.geometry import Region
from textual.widget import Widget
from textual.worker import Worker

from gradesync_tui.console.actions import BY_ID, FOOTER, Action, Section, in_sections
from gradesync_tui.console.beat import Beat
from gradesync_tui.console.presenters.cells import Cell, Span
from gradesync_tui.console.presenters.link import fit_crumbs
from gradesync_tui.console.screens.sized import SizedScreen
from gradesync_tui.console.widgets.bars import KeyBar, Line, Notice, SectionTitle, TooSmall
from gradesync_tui.domain.records import Change
from gradesync_tui.domain.text import clean

if TYPE_CHECKING:
    from gradesync_tui.console.app import ConsoleApp
    from gradesync_tui.services import Services

_HELP = "S: Contact SIS Support"

_LEADS_ON = frozenset({"list.filter", "go.back", "app.quit"})
"""What changes nothing, but what the next key is meant for."""

_PATIENCE = 0.4
"""Seconds that a place may read before it is drawn without what it reads."""


def bindings(*sections: Section) -> list[BindingType]:
    """The bindings of some sections, from the registry; the key leads to `action_do` of the screen."""
    return [
        Binding(
            action.keys, f"screen.do('{action.id}')", action.label, show=False, tooltip=action.tooltip, id=action.id
        )
        for action in in_sections(*sections)
    ]


class Place(SizedScreen[None]):
    """A screen on the path Admin › account › …"""

    SECTION: ClassVar[Section] = "everywhere"
    BINDINGS: ClassVar[list[BindingType]] = bindings("everywhere", "engine")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (160, "-wide")]  # noqa: RUF012  (as the toolkit declares it)
    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-middle"), (44, "-tall")]  # noqa: RUF012

    _moving_focus = False

    def __init__(self) -> None:
        super().__init__()
        self._dirty = False
        self._opened = False
        self._resumed = False
        self._curtain_lifted = False
        self._acting: Worker[None] | None = None
        self._beat = Beat(self._draw_changes)
        # Held, not looked up: what comes late, while the screen is being taken down, then changes nothing.
        self._path = Line(id="path")
        self._keys = KeyBar(id="keys")
        self._notice = Notice(id="notice")
        self._too_small = TooSmall()

    @property
    def program(self) -> ConsoleApp:
        return cast("ConsoleApp", self.app)

    @property
    def services(self) -> Services:
        return self.program.services

    # --- to be said by each place ------------------------------------------------------------------------------------

    @property
    def account_id(self) -> int | None:
        """The account that actions here concern."""
        return None

    @property
    def remembered_as(self) -> str:
        """What the filters of its lists are remembered by, beside the list: here the account."""
        return "" if self.account_id is None else str(self.account_id)

    def crumbs(self) -> Sequence[str]:
        """The path to here, outermost first."""
        return ("Admin",)

    def above(self) -> Place | None:
        """The place one step up the path, made anew; None for the first."""
        return None

    def body(self) -> ComposeResult:
        """The content between path and keys."""
        yield from ()

    async def reload(self) -> None:
        """Read everything shown here again."""

    async def on_changes(self, changes: Sequence[Change]) -> None:
        """Something has changed in the database."""
        await self.reload()

    def tick(self) -> None:
        """Time has passed: put right what says how long ago or how soon."""

    def look_again(self) -> None:
        """The theme has changed."""

    # --- drawing -----------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        # Now, while nothing is inside: when the toolkit learns the size, it would give each widget its styles again.
        for length, points in zip(self.app.size, (self.HORIZONTAL_BREAKPOINTS, self.VERTICAL_BREAKPOINTS), strict=True):
            self.add_class(max((at, name) for at, name in points if at <= length)[1])
        yield self._path
        yield from self.body()
        yield self._keys
        yield self._notice
        yield self._too_small

    async def first_look(self) -> None:
        """Read what the place shows when it is opened."""
        await self.reload()

    def on_mount(self) -> None:
        if self._opened:
            # The toolkit calls every class's handler by itself, after a subclass has called this one.
            return
        self._opened = True
        self._notice.display = False
        self.show_path()
        self.show_keys()
        self.set_timer(_PATIENCE, self._lift_curtain)
        self.act(self._look())

    async def _look(self) -> None:
        try:
            await self.first_look()
        finally:
            self._lift_curtain()

    def _lift_curtain(self) -> None:
        if not self._curtain_lifted:
            self._curtain_lifted = True
            self._beat.catch_up()
            self.refresh()

    @property
    def _update_timer(self) -> Beat:  # type: ignore[override]
        return self._beat

    def _draw_changes(self) -> None:
        try:
            self._on_timer_update()
        except Exception as error:  # as the toolkit's timer does it
            self.app._handle_exception(error)

    def _compositor_refresh(self) -> None:
        # Nothing is drawn before there is something to show: one picture instead of three, which a slow line feels.
        # (Batching updates would do the same, but holds the layout back too, and the toolkit's own start with it.)
        if self._curtain_lifted:
            super()._compositor_refresh()

    def on_resize(self) -> None:
        self.set_class(self._too_small.look_at(self.size), "-too-small")
        if self._notice.display:
            self._notice.fit()
        self.show_path()
        self.show_keys()

    def kept_as(self) -> Sequence[str]:
        """The path by which the next session finds back here: an account's name, and a place or tab of it."""
        return self.crumbs()[1:3]

    def on_screen_resume(self, event: ScreenResume) -> None:
        self.program.session.place = list(self.kept_as())
        # The toolkit's own handler comes after this one. What has just been made has its styles.
        event.refresh_styles = self._resumed
        self._resumed = True
        self.program.housekeeping.soon()
        self.show_path()
        if self._dirty:
            self._dirty = False
            self.act(self.reload())

    def show_path(self) -> None:
        """The path at the left, the state at the right."""
        if not self.is_mounted:
            return
        arrow = " › " if self.program.options.icons else " > "
        state = self.program.following.state_cell(self.size.width)
        crumbs = fit_crumbs([clean(crumb) for crumb in self.crumbs()], self.size.width - state.width - 6, len(arrow))
        spans: list[Span] = [Span(" ")]
        for depth, crumb in enumerate(crumbs):
            last = depth == len(crumbs) - 1
            spans.append(
                Span(crumb, "strong" if last else "muted", None if last else ("go.up", len(crumbs) - 1 - depth))
            )
            if not last:
                spans.append(Span(arrow, "faint"))
        self._path.show(Cell(tuple(spans)), state)

    def section(self) -> Section:
        """The section that has the focus."""
        node = self.focused
        while node is not None and node is not self:
            section = getattr(node, "SECTION", None)
            if section is not None:
                return cast(Section, section)
            node = cast("Widget | None", node.parent)
        return self.SECTION

    def footer(self, section: Section) -> Iterable[str]:
        """The ids of the actions that the footer shows; a place may choose by what is under the cursor."""
        return FOOTER.get(section, FOOTER["everywhere"])

    def show_keys(self) -> None:
        """The keys of the focused section, and its title accented."""
        if not self.is_mounted:
            return
        self.show_footer()
        around = set(self.focused.ancestors) if self.focused is not None else set()
        for title in self.query(SectionTitle):
            owner = next((node for node in title.ancestors if getattr(node, "SECTION", None) is not None), self)
            title.section_focus(owner is not self and owner in around)

    def show_footer(self) -> None:
        """The keys alone: another row is under the cursor, and with it other things can be done."""
        keys = []
        for action_id in list(self.footer(self.section()))[:6]:
            action = BY_ID[action_id]
            keys.append((self.program.key_of(action), action.label, action.id, self.why_not(action) is None))
        self._keys.show_keys(keys)

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """As the toolkit does it, without the repaint of the whole screen that it asks for: the widgets that lose and
        gain the focus draw themselves."""
        self._moving_focus = True
        try:
            super().set_focus(widget, scroll_visible, from_app_focus)
        finally:
            self._moving_focus = False

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        if self._moving_focus and not (regions or layout or recompose):
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def on_descendant_focus(self) -> None:
        self.show_keys()

    def say(self, text: Cell) -> None:
        """Show a notice over the last line of the content."""
        self._notice.say(text)

    def hush(self) -> None:
        """Take the notice away."""
        self._notice.hush()

    # --- acting ------------------------------------------------------------------------------------------------------

    def may_not(self, action: Action) -> str | None:
        """Why the person may not do it, by their role or because the session is read-only; None if they may."""
        return self.services.why_not(action.verb, self.account_id) if action.verb else None

    def why_not(self, action: Action) -> str | None:
        """Why it cannot be done here and now, by whom it is asked or by how things are; None if it can."""
        against = getattr(self.owner_of(action), "reason_against", None)
        return self.may_not(action) or (against(action.id) if against is not None else None)

    def refuses(self, action: Action) -> bool:
        """Whether the person may not do it; says why, and who can help."""
        reason = self.may_not(action)
        if reason is not None:
            support = self.program.options.support
            # A session that only watches is no matter for support: how to act is in the reason.
            help = "" if self.program.options.read_only else f" {_HELP}" + (f", {support}" if support else "")
            self.program.tell(reason + help, "warning")
        return reason is not None

    def is_at(self, action: Action) -> bool:
        """Whether an action still goes on, so that another must wait; a key pressed twice is one."""
        at_work = self.at_work
        if not action.verb or at_work is None:
            return False
        if at_work.name != action.id:
            self.program.tell(f"{action.label}: press again when the last action is done.", "warning")
        return True

    def action_do(self, action_id: str) -> None:
        """Do an action: the focused widget, what is around it, the screen or the program knows how."""
        action = BY_ID[action_id]
        owner = self.owner_of(action)
        if owner is None or self.refuses(action) or self.is_at(action):
            return
        reason = self.why_not(action) or self._row_slid(owner, action)
        if reason is not None:
            self.program.tell(reason, "warning")
            return
        result = getattr(owner, action.method)()
        if isawaitable(result):
            self.act(result, action)

    def _row_slid(self, owner: object, action: Action) -> str | None:
        """A row that went away under the cursor just before the key must not hand the key on to the next one."""
        slid = getattr(owner, "row_slid", None)
        now = slid() if action.of_row and slid is not None else None
        if now is None:
            return None
        return (
            f"The row that was here has gone; this is {now}. Press {self.program.key_of(action)} again if you mean it."
        )

    def owner_of(self, action: Action) -> object | None:
        """What does an action from where the focus is; None if nothing here can."""
        around: list[object] = []
        if self.focused is not None:
            around += [node for node in self.focused.ancestors_with_self if isinstance(node, Widget)]
        around += [*self.helpers(), self, self.app]
        return next((owner for owner in around if hasattr(owner, action.method)), None)

    def helpers(self) -> Iterable[object]:
        """What else on the screen may know how to do an action when nothing around the focus does."""
        return ()

    def act(self, work: Awaitable[object], action: Action | None = None) -> None:
        """Run something that waits; what goes wrong becomes a notice. action: what it is, if it is one."""
        if action is None:
            self.run_worker(self.program.guarded(work), group="act", exit_on_error=True)
            return
        acted = self._acted(work, changes=bool(action.verb))
        worker = self.run_worker(acted, name=action.id, group="act", exit_on_error=True)
        if action.verb or action.id in _LEADS_ON:
            self._acting = worker

    async def _acted(self, work: Awaitable[object], *, changes: bool) -> None:
        """Do it; what was changed here its doer sees, even while they follow nothing."""
        try:
            await self.program.guarded(work)
            if changes and self.program.following.link.still and self.is_attached:
                await self.program.guarded(self.reload())
        finally:
            self.call_later(self.program.typed_ahead.release)

    @property
    def at_work(self) -> Worker[None] | None:
        """The action that is under way and will ask, open a field or change something; None while there is none."""
        return None if self._acting is None or self._acting.is_finished else self._acting

    def action_press(self, action_id: str, target: int) -> None:
        """Somebody clicked something that stands for an action."""
        if action_id == "go.up":
            self.program.go_up(target)
        else:
            self.action_do(action_id)

    def do_go_back(self) -> None:
        self.program.go_up(1)

    def do_app_refresh(self) -> Awaitable[None]:
        return self.reload()

    async def feed(self, changes: Sequence[Change]) -> None:
        """Changes for this place: at once if it is in sight, else when it comes back.

        Below a question it holds still too: the toolkit would draw the whole screen again for every change.
        """
        if self.program.screen_stack[-1] is self:
            await self.on_changes(changes)
        else:
            self._dirty = True
