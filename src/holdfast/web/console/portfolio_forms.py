"""What staff type about the public page: its words and links, albums, and what a picture shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from holdfast.capabilities.portfolio.types import TEXTS, Album, Link, Picture, Portfolio

_MOST_LINKS = 12
_SCHEMES = ("https://", "http://", "mailto:", "tel:")
_LONG = {"rows": 4, "dir": "auto"}


class WordsForm(forms.Form):
    """The page's words in one language."""

    headline = forms.CharField(
        label=gettext_lazy("Headline"),
        max_length=120,
        required=False,
        widget=forms.TextInput({"dir": "auto"}),
    )
    lede = forms.CharField(
        label=gettext_lazy("One sentence below it"),
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 2, "dir": "auto"}),
    )
    about = forms.CharField(
        label=gettext_lazy("About"), max_length=4000, required=False, widget=forms.Textarea(_LONG)
    )
    policy = forms.CharField(
        label=gettext_lazy("What holds for a booking"),
        max_length=2000,
        required=False,
        widget=forms.Textarea({"rows": 2, "dir": "auto"}),
    )


class LinksForm(forms.Form):
    """Where else the business is found; and the version of the page that was on the screen."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    links = forms.CharField(
        label=gettext_lazy("Links"),
        required=False,
        help_text=gettext_lazy("One a line: a name, a space, the address."),
        widget=forms.Textarea({"rows": 3, "dir": "ltr"}),
    )

    def clean_links(self) -> list[Link]:
        """Read the lines; the address is the last word of each."""
        found = []
        for line in self.cleaned_data["links"].splitlines():
            label, _space, url = line.strip().rpartition(" ")
            if not line.strip():
                continue
            if not label.strip() or len(label) > 60 or len(url) > 500 or not url.startswith(_SCHEMES):
                raise forms.ValidationError(_("This line is no name with an address: %s") % line.strip()[:80])
            found.append(Link(label.strip(), url))
        if len(found) > _MOST_LINKS:
            raise forms.ValidationError(_("There is room for twelve links."))
        return found


class PictureForm(forms.Form):
    """What a picture shows, and where it belongs."""

    version = forms.IntegerField(min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)
    alt = forms.CharField(
        label=gettext_lazy("What it shows"),
        max_length=300,
        required=False,
        widget=forms.TextInput({"dir": "auto"}),
    )
    caption = forms.CharField(
        label=gettext_lazy("Caption"), max_length=500, required=False, widget=forms.TextInput({"dir": "auto"})
    )
    album_id = forms.TypedChoiceField(label=gettext_lazy("Album"), required=False, empty_value=None)

    def __init__(self, *args: Any, albums: Sequence[Album], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = [(str(album.id), album.title) for album in albums]
        self.fields["album_id"].choices = [("", _("No album")), *titles]


class AlbumForm(forms.Form):
    """An album's title, and whether customers see it."""

    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=120, widget=forms.TextInput({"dir": "auto"})
    )
    is_published = forms.BooleanField(label=gettext_lazy("Shown"), required=False, initial=True)


def picture_form(picture: Picture, albums: Sequence[Album]) -> PictureForm:
    """The form of a picture as it is, with ids of its own: there are many on the page."""
    values = {name: getattr(picture, name) for name in ("version", "alt", "caption", "album_id")}
    return PictureForm(albums=albums, initial=values, auto_id=f"{picture.id.hex}-%s")


def words_forms(portfolio: Portfolio, sent: Mapping[str, Any] | None = None) -> dict[str, WordsForm]:
    """A form for each language of the pages, filled with what is there or was sent."""
    return {
        language: WordsForm(
            sent,
            prefix=language,
            initial={name: portfolio.texts.get(language, {}).get(name, "") for name in TEXTS},
        )
        for language, _name in settings.LANGUAGES
    }


def links_form(portfolio: Portfolio, sent: Mapping[str, Any] | None = None) -> LinksForm:
    """The form of the links, filled likewise."""
    lines = "\n".join(f"{link.label} {link.url}" for link in portfolio.links)
    return LinksForm(sent, initial={"version": portfolio.version, "links": lines})
