"""What becomes of an uploaded file: known by its content, upright, without metadata, at several widths."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from holdfast.capabilities.portfolio.pictures import (
    MOST_BYTES,
    WIDTHS,
    impression,
    look,
    make_variants,
    read,
)
from holdfast.platform.errors import Invalid
from tests.capabilities.portfolio.pictures import as_bytes, photograph, png_that_claims, with_metadata


def refused(content: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        look(content)
        read(content)
    return caught.value.code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_formats_are_known_by_content(kind: str) -> None:
    looked = look(as_bytes(photograph(64, 48), kind))
    assert (looked.format, looked.width, looked.height) == (kind, 64, 48)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + bytes(100),
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
        b"\xff\xd8\xff\xe0" + bytes(50),
        as_bytes(photograph(64, 48), "BMP"),
        as_bytes(photograph(64, 48), "TIFF"),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    assert refused(content) == "PICTURE_UNREADABLE"


def test_half_a_picture_is_refused() -> None:
    whole = as_bytes(photograph())
    assert refused(whole[: len(whole) // 2]) == "PICTURE_UNREADABLE"


def test_bombs_are_refused_before_they_are_decoded() -> None:
    assert refused(png_that_claims(30_000, 30_000)) == "PICTURE_TOO_BIG"
    assert refused(png_that_claims(20_000, 20)) == "PICTURE_TOO_BIG"
    assert refused(bytes(MOST_BYTES + 1)) == "PICTURE_TOO_BIG"
    assert refused(as_bytes(photograph(8, 8))) == "PICTURE_TOO_SMALL"


def test_a_photograph_taken_sideways_is_upright() -> None:
    content = with_metadata(photograph(400, 300), orientation=6)
    looked = look(content)
    assert (looked.width, looked.height) == (300, 400)
    picture = read(content)
    assert picture.size == (300, 400)
    # What was on the upper left is on the upper right, turned clockwise.
    red = picture.getpixel((290, 10))
    assert isinstance(red, tuple)
    assert red[0] > 180 > 60 > red[1]


def test_nothing_that_a_camera_wrote_is_left() -> None:
    content = with_metadata(photograph())
    assert b"SecretCamera" in content
    for made in make_variants(read(content)):
        assert b"SecretCamera" not in made.content
        assert b"private remark" not in made.content
        with Image.open(io.BytesIO(made.content)) as again:
            assert dict(again.getexif()) == {}
            assert not {"exif", "xmp", "icc_profile", "comment"} & set(again.info)


def test_variants_have_every_width_up_to_their_own() -> None:
    made = list(make_variants(read(as_bytes(photograph(1000, 750)))))
    assert [(each.format, each.width) for each in made] == [
        (name, width) for width in (320, 480, 640, 960, 1000) for name in ("avif", "webp")
    ]
    for each in made:
        with Image.open(io.BytesIO(each.content)) as again:
            assert (again.format, again.size) == (each.format.upper(), (each.width, each.height))
        assert abs(each.height / each.width - 0.75) < 0.01
    # The picture of a poster is not made larger, nor shown larger than pages ask for.
    assert [each.width for each in make_variants(read(as_bytes(photograph(100, 80))))] == [100, 100]
    assert max(each.width for each in make_variants(read(as_bytes(photograph(2600, 400))))) == WIDTHS[-1]


def test_see_through_stays_see_through() -> None:
    picture = photograph(200, 200)
    picture.putalpha(Image.linear_gradient("L").resize((200, 200)))
    for made in make_variants(read(as_bytes(picture, "PNG"))):
        with Image.open(io.BytesIO(made.content)) as again:
            assert again.mode == "RGBA"


def test_first_impressions_are_tiny() -> None:
    seen = impression(read(as_bytes(photograph())))
    kind, _, data = seen.placeholder.partition(",")
    assert kind == "data:image/webp;base64"
    assert len(seen.placeholder) < 500
    with Image.open(io.BytesIO(base64.b64decode(data))) as small:
        assert small.size == (20, 15)
    assert seen.colour.startswith("#")
    assert len(seen.colour) == 7
