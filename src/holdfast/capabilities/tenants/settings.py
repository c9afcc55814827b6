"""What a business can set: how each capability declares its settings, and the one table of all.

A capability declares in its own `settings.py`; `main/wiring.py` puts the declarations together when a process
starts. What is stored is one document of names and values (`tenant.settings`); a name that is not in it has
its default.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from holdfast.platform.errors import Invalid
from holdfast.platform.http.validation import sentence

_A_NAME = re.compile(r"[a-z_]+|[a-z]{2}|[0-9]+", re.ASCII)
# How Pydantic names the sides of "a number or a word"; no client sent that.
_SIDES = ("int", "str")


class Settings(BaseModel):
    """A group of settings: each field is one, with its bounds, default and meaning (`description`)."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    group: ClassVar[str] = ""


class Part(BaseModel):
    """A setting of several parts, which are given together: a part that is left out has its default."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Whole(NamedTuple):
    """A whole number: what is usual, and within which bounds another one may be chosen."""

    usual: int
    least: int
    most: int

    def field(self, meaning: str) -> Any:
        """Declare a setting of this kind."""
        return Field(self.usual, ge=self.least, le=self.most, description=meaning)

    def read(self, value: object) -> int:
        """Return what is stored if it is such a number, else the usual one."""
        is_sound = isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most
        return value if is_sound and isinstance(value, int) else self.usual


Words = Annotated[str, StringConstraints(max_length=2000)]
Line = Annotated[str, StringConstraints(max_length=200)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]


class Texts(Part):
    """What a business says about itself, in one language."""

    tagline: Line = ""
    headline: Line = ""
    lede: Words = ""
    about: Words = ""
    policy: Words = ""


class PageSettings(Settings):
    """What the pages of a business look like and say. What its portfolio says of the same comes first."""

    group: ClassVar[str] = "page"

    tagline: Line = Field("", description="One line below the name: what this is, and where.")
    headline: Line = Field("", description="The first words of the page; the name of the business without.")
    lede: Words = Field("", description="A sentence or two below the headline.")
    about: Words = Field("", description="Who you are; below the headline where there is no lede.")
    policy: Words = Field(
        "", description="What customers should know of changes and payment, beside a booking."
    )
    translations: Annotated[dict[Language, Texts], Field(max_length=20)] = Field(
        default={}, description='The texts in other languages, by language: {"ar": {"tagline": …}}.'
    )
    hue: int = Field(168, ge=0, le=359, description="The colour of the pages, in degrees.")
    chroma: Literal["quiet", "clear", "bold"] = Field("quiet", description="How much of the colour is seen.")
    digits: Literal["auto", "latin", "arabic"] = Field(
        "auto", description="How numbers are written; auto: as usual in the language and country."
    )
    clock: Literal["auto", "12", "24"] = Field(
        "auto", description="How times are written; auto: as usual in the language and country."
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; `schema` is the JSON Schema of its values, bounds included."""

    name: str
    group: str
    default: Any
    meaning: str
    schema: Mapping[str, Any]
    model: type[Settings]

    def check(self, value: Any) -> Any:
        """Return the value as it is stored. Raises `Invalid` with the part that is wrong as its field."""
        try:
            checked = self.model.model_validate_json(json.dumps({self.name: value}))
        except ValidationError as failure:
            error = failure.errors(include_url=False, include_context=False)[0]
            parts = [str(part) for part in error["loc"] if part not in _SIDES]
            field = ".".join(part for part in parts if _A_NAME.fullmatch(part)) or self.name
            raise Invalid(sentence(error), field=field[:100]) from None
        return checked.model_dump(mode="json", exclude_unset=True)[self.name]

    def shown(self, values: Mapping[str, Any]) -> tuple[Any, str]:
        """Return the value that counts, and what is wrong with the stored one (empty: nothing).

        What was written by hand and cannot be is shown as it is stored.
        """
        if self.name not in values:
            return self.default, ""
        try:
            return self.complete(self.check(values[self.name])), ""
        except Invalid as problem:
            return values[self.name], problem.detail

    def complete(self, value: Any) -> Any:
        """Return a value with all its parts, those that were left out with their defaults."""
        if isinstance(value, Mapping) and isinstance(self.default, Mapping):
            return {**self.default, **value}
        return value


_known: dict[str, Setting] = {}


def declare(*groups: type[Settings]) -> None:
    """Add groups to the table; once each, when a process starts. Raises ValueError for a name twice."""
    for group in groups:
        for setting in _read(group):
            before = _known.get(setting.name)
            if before is not None and before.model is not group:
                raise ValueError(f"the setting {setting.name} is declared twice")
            _known[setting.name] = setting


def known_settings() -> Mapping[str, Setting]:
    """Return every declared setting by name, in the order of the groups."""
    return _known


def check_changes(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes as they are stored; None stands for "back to the default".

    Raises `Invalid` (UNKNOWN_SETTING, with the names that are known; VALIDATION_ERROR).
    """
    checked: dict[str, Any] = {}
    for name, value in changes.items():
        setting = _known.get(name)
        if setting is None:
            raise Invalid(
                "There is no such setting.",
                code="UNKNOWN_SETTING",
                field=name[:100].encode("utf-8", "replace").decode(),
                known=sorted(_known),
            )
        checked[name] = None if value is None else setting.check(value)
    return checked


def _read(group: type[Settings]) -> Iterable[Setting]:
    schema, defaults = group.model_json_schema(), group().model_dump(mode="json")
    parts = schema.get("$defs", {})
    for name, field in group.model_fields.items():
        own = {key: value for key, value in schema["properties"][name].items() if key not in _ABOUT}
        yield Setting(name, group.group, defaults[name], field.description or "", _inline(own, parts), group)


_ABOUT = ("title", "description", "default")


def _inline(schema: Any, parts: Mapping[str, Any]) -> Any:
    """Return a schema with its references replaced by what they mean."""
    if isinstance(schema, list):
        return [_inline(each, parts) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inline(parts[str(schema["$ref"]).rpartition("/")[2]], parts)
    return {key: _inline(value, parts) for key, value in schema.items()}
