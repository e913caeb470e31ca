"""SIS profiles: what each SIS asks of line items and results, as data. The package's own are in profiles/*.toml."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, cast

import msgspec
from msgspec import Meta, Struct, field

Version = Literal["1.1", "1.2", "csv-1.1", "csv-1.2"]
Dialect = Literal["standard", "modified"]

_PACKAGE = Path(__file__).with_name("profiles")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_Positive = Annotated[int, Meta(ge=1)]


class ProfileError(ValueError):
    """A profile that cannot be used; the message names the file and the key."""


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a profile: a key that does not exist is an error, not ignored."""


class TitleRules(Rules, frozen=True, kw_only=True):
    """max_length: in characters, after cleaning. unique: among what a line item's title must be unique."""

    max_length: _Positive = 255
    unique: Literal["no", "class", "class and due date"] = "class and due date"


class DueDateRules(Rules, frozen=True, kw_only=True):
    """inside_grading_period: the date must lie in an open grading period, where the SIS shows its periods."""

    required: bool = True
    inside_grading_period: bool = True
    same_for_all: bool = True


class CategoryRules(Rules, frozen=True, kw_only=True):
    """How an assignment group becomes a category, when the account has no rule of its own for it.

    map: group to category, names compared as titles are. default: the category's title for whatever else; None: such
    assignments are blocked.
    """

    map: dict[str, str] = field(default_factory=dict)
    default: str | None = None


class PointsRules(Rules, frozen=True, kw_only=True):
    """What the points possible may be."""

    whole_numbers: bool = False
    above_zero: bool = True


class ScoreRules(Rules, frozen=True, kw_only=True):
    """What a score may be (always a number: OneRoster 1.1 has no other), and how what is not a score travels.

    extra_credit: whether a score may be above the points possible. max_value: the largest of all. excused: `exempt`
    sends the status (OneRoster 1.1 also demands a score: 0), `skip` sends nothing. missing, late: `flag` uses 1.2's
    flags (1.1 has none), `comment` writes the word into the comment, `none` drops it. statuses: which may be sent.
    """

    whole_numbers: bool = False
    extra_credit: bool = True
    negative: bool = False
    max_value: float = 100_000.0
    excused: Literal["exempt", "skip"] = "exempt"
    missing: Literal["flag", "comment", "none"] = "flag"
    late: Literal["flag", "comment", "none"] = "flag"
    statuses: tuple[Literal["exempt", "fully graded", "not submitted", "partially graded", "submitted"], ...] = (
        "exempt",
        "fully graded",
        "not submitted",
        "partially graded",
        "submitted",
    )


class CommentRules(Rules, frozen=True, kw_only=True):
    """send: whether comments go at all. max_length: in characters."""

    send: bool = False
    max_length: _Positive = 1000


class Rate(Rules, frozen=True, kw_only=True):
    """How fast the SIS may be asked: requests at once, and requests a second (None: no such limit)."""

    in_flight: Annotated[int, Meta(ge=1, le=64)] = 4
    per_second: Annotated[float, Meta(gt=0)] | None = None


class Defaults(Rules, frozen=True, kw_only=True):
    """What a new connection of this profile starts with. headers: names of additional headers that the SIS asks for."""

    version: Version = "1.1"
    dialect: Dialect = "standard"
    auth: Literal["oauth2", "oauth1-sha1", "oauth1-sha256", "none"] = "oauth2"
    headers: tuple[str, ...] = ()


class Profile(Rules, frozen=True, kw_only=True):
    """One kind of SIS. `label` is its name for people; `deletes`: whether results may be deleted.

    bulk: whether many records may be created with one request (OneRoster 1.2's POST).
    grading_period: whether a line item names its grading period; many SISs derive it from the due date.
    files: for a SIS that takes OneRoster CSV: changes only, or always the whole truth.
    """

    name: str
    label: str
    note: str = ""
    deletes: bool = False
    bulk: bool = False
    grading_period: bool = True
    files: Literal["delta", "bulk"] = "delta"
    titles: TitleRules = TitleRules()
    due_dates: DueDateRules = DueDateRules()
    categories: CategoryRules = CategoryRules()
    points: PointsRules = PointsRules()
    scores: ScoreRules = ScoreRules()
    comments: CommentRules = CommentRules()
    rate: Rate = Rate()
    defaults: Defaults = Defaults()


def profile_names(folder: Path | None = None) -> list[str]:
    """The profiles there are: the package's own, ProgressBook first, then the district's from its folder."""
    own = sorted(
        (path.stem for path in _PACKAGE.glob("*.toml")),
        key=lambda name: (name != "progressbook", name == "plain", name),
    )
    extra = sorted(path.stem for path in folder.glob("*.toml")) if folder is not None and folder.is_dir() else []
    return own + [name for name in extra if name not in own and _NAME.fullmatch(name)]


def load_profile(name: str, folder: Path | None = None) -> Profile:
    """A profile by name. ProfileError where there is none, or where it is not valid.

    folder: the district's own profiles. A file NAME.toml there changes the package's profile of that name key by key;
    a file with a new name may say `extends = "NAME"` to start from one of the package's.
    """
    if not _NAME.fullmatch(name):
        raise ProfileError(f"{name!r} is no profile name: use small letters, digits, - and _")
    path = folder / f"{name}.toml" if folder is not None else None
    if path is not None and path.is_file():
        return _district(name, path)
    return _packaged(name)


@lru_cache(maxsize=32)
def _packaged(name: str) -> Profile:
    tables = _package_tables(name)
    if tables is None:
        raise ProfileError(f"there is no profile {name!r}; there are: {', '.join(profile_names())}")
    return _convert(name, tables, f"profiles/{name}.toml")


def _district(name: str, path: Path) -> Profile:
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ProfileError(f"{path}: {problem}") from problem
    base = tables.pop("extends", name)
    if not isinstance(base, str):
        raise ProfileError(f"{path}: extends must be the name of a profile")
    start = _package_tables(base)
    if start is None:
        if base != name:
            raise ProfileError(f"{path}: extends names {base!r}, which is no profile; there are: {_known()}")
        start = {"label": name}
    return _convert(name, _merged(start, tables), str(path))


def _convert(name: str, tables: dict[str, Any], where: str) -> Profile:
    try:
        return msgspec.convert({**tables, "name": name}, Profile)
    except msgspec.ValidationError as problem:
        raise ProfileError(f"{where}: {str(problem).replace('`$.', '`')}") from problem


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The base with the changes laid over it, table by table; a category map is extended, not replaced."""
    result = dict(base)
    for key, value in changes.items():
        known = result.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            result[key] = _merged(cast("dict[str, Any]", known), cast("dict[str, Any]", value))
        else:
            result[key] = value
    return result


def _package_tables(name: str) -> dict[str, Any] | None:
    if not _NAME.fullmatch(name):
        return None
    path = _PACKAGE / f"{name}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.is_file() else None


def _known() -> str:
    return ", ".join(profile_names())
