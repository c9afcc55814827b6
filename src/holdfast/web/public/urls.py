"""Addresses of the public pages. A step has an address of its own; so Back, reload and sharing work."""

from __future__ import annotations

from django.urls import path, register_converter

from holdfast.web.public.converters import StartConverter, TokenConverter
from holdfast.web.public.views import (
    actions,
    details,
    feeds,
    found,
    media,
    mine,
    move,
    my_bookings,
    party,
    tenant,
    times,
    waitlist,
)

register_converter(StartConverter, "start")
register_converter(TokenConverter, "token")

app_name = "public"
urlpatterns = [
    path("", found.show_start, name="tenant"),
    path("index.md", found.show_index, name="index_md"),
    path("robots.txt", found.show_robots, name="robots"),
    path("sitemap.xml", found.show_sitemap, name="sitemap"),
    path("favicon.ico", found.show_no_icon, name="no_icon"),
    path("book/", tenant.list_menu, name="services"),
    path("book/group/", party.plan_group, name="party"),
    path("book/<uuid:service_id>.md", found.show_service, name="service_md"),
    path("book/<uuid:service_id>/", times.choose_time, name="when"),
    path("book/<uuid:service_id>/<start:starts_at>/", details.enter_details, name="details"),
    path("book/<uuid:service_id>/wait/", waitlist.join, name="join"),
    path("w/<token:token>/", waitlist.show, name="waiting"),
    path("w/<token:token>/leave/", waitlist.leave, name="leave"),
    path("b/<token:token>/offer/", waitlist.show_offer, name="offer"),
    path("b/<token:token>/decline/", waitlist.decline, name="decline"),
    path("calendar/<token:secret>.ics", feeds.read_calendar, name="calendar"),
    path("media/<uuid:picture_id>/card/<str:name>", found.serve_card, name="card"),
    path("media/<uuid:picture_id>/<str:name>", media.serve_variant, name="media"),
    path("b/<token:token>/", mine.show_booking, name="booking"),
    path("b/<token:token>/details/", details.complete_hold, name="complete"),
    path("b/<token:token>/release/", mine.release_hold, name="release"),
    path("b/<token:token>/cancel/", mine.cancel, name="cancel"),
    path("b/<token:token>/move/", move.move, name="move"),
    path("b/<token:token>/booking.ics", mine.download_calendar, name="ics"),
    path("a/<token:token>/", actions.open_link, name="action"),
    path("my/", my_bookings.ask, name="my"),
    path("my/asked/", my_bookings.say_asked, name="my_asked"),
    path("my/<token:token>/", my_bookings.show_bookings, name="my_bookings"),
    path("my/<token:token>/end/", my_bookings.end_links, name="my_end"),
]
