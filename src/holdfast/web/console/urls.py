"""Addresses of the staff pages."""

from __future__ import annotations

from django.urls import path, register_converter

from holdfast.web.console.converters import DateConverter
from holdfast.web.console.views import day, moves, pictures, portfolio, series, settings, undo, waitlist

register_converter(DateConverter, "date")

app_name = "console"
urlpatterns = [
    path("", day.show_today, name="today"),
    path("day/<date:day>/", day.show_day, name="day"),
    path("waitlist/", waitlist.show, name="waitlist"),
    path("waitlist/<uuid:entry_id>/remove/", waitlist.remove, name="waitlist_remove"),
    path("portfolio/", portfolio.show, name="portfolio"),
    path("portfolio/words/", portfolio.edit_words, name="words"),
    path("portfolio/upload/", pictures.upload, name="upload"),
    path("portfolio/pictures/<uuid:picture_id>/", pictures.show_card, name="picture"),
    path("portfolio/pictures/<uuid:picture_id>/change/", pictures.change, name="picture_change"),
    path("portfolio/pictures/<uuid:picture_id>/restore/", pictures.restore, name="restore_picture"),
    path("portfolio/albums/", portfolio.add_album, name="add_album"),
    path("portfolio/albums/<uuid:album_id>/", portfolio.change_album, name="change_album"),
    path("settings/", settings.show, name="settings"),
    path("settings/undo/", settings.undo, name="settings_undo"),
    path("undo/", undo.undo_day, name="undo_day"),
    path("bookings/<uuid:booking_id>/undo/", undo.undo, name="undo"),
    path("bookings/<uuid:booking_id>/history/", undo.history, name="history"),
    path("bookings/<uuid:booking_id>/approve/", moves.approve, name="approve"),
    path("bookings/<uuid:booking_id>/mark/", moves.mark, name="mark"),
    path("bookings/<uuid:booking_id>/cancel/", moves.cancel, name="cancel"),
    path("bookings/<uuid:booking_id>/repeat/", series.repeat, name="repeat"),
]
