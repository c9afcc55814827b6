"""The zones of these tests come from the pinned tzdata package, never from the machine."""

import zoneinfo

from hypothesis import HealthCheck, settings

zoneinfo.reset_tzpath(to=[])
zoneinfo.ZoneInfo.clear_cache()

# A failure prints the blob that replays it; slow shared machines must not fail a test by its clock.
settings.register_profile(
    "holdfast", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("holdfast")
