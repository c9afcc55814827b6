"""What the demo's pictures are painted with: fields of light, colours, grain, shadows.

Chance comes in as a seeded generator and no other is used, so the same picture is the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
Size = tuple[int, int]
_COARSE = 5


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Return a colour between two; `share` of the other, from 0 to 1."""
    share = min(1.0, max(0.0, share))
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def field(size: Size, value: Callable[[float, float], float], *, coarse: int = _COARSE) -> Image.Image:
    """Return a grey picture of a smooth function of x and y (0 to 1), reckoned at a fraction of the size."""
    width, height = max(2, size[0] // coarse), max(2, size[1] // coarse)
    values = Image.new("F", (width, height))
    values.putdata(
        [
            255 * min(1.0, max(0.0, value(x / (width - 1), y / (height - 1))))
            for y in range(height)
            for x in range(width)
        ]
    )
    return values.resize(size, Image.Resampling.BICUBIC).convert("L")


def ramp(grey: Image.Image, colours: Sequence[Colour]) -> Image.Image:
    """Colour a grey picture: dark is the first colour, light the last, the others evenly between."""
    steps = len(colours) - 1

    def at(level: int) -> Colour:
        place = level / 255 * steps
        index = min(int(place), steps - 1)
        return mix(colours[index], colours[index + 1], place - index)

    table = [at(level) for level in range(256)]
    return Image.merge("RGB", [grey.point([colour[channel] for colour in table]) for channel in range(3)])


def noise(size: Size, chance: Random, cells: Size | None = None) -> Image.Image:
    """Return chance in grey: a dot a pixel, or clouds of so many cells."""
    width, height = cells or size
    dots = Image.frombytes("L", (width, height), chance.randbytes(width * height))
    return dots if cells is None else dots.resize(size, Image.Resampling.BICUBIC)


def backdrop(size: Size, light: Colour, dark: Colour, chance: Random) -> Image.Image:
    """Return a studio's wall: a soft pool of light that falls off to the corners."""
    x0, y0 = chance.uniform(0.3, 0.6), chance.uniform(0.2, 0.45)
    pool = field(size, lambda x, y: 1.05 - 0.95 * math.hypot((x - x0) * 0.9, y - y0), coarse=10)
    return ramp(Image.blend(pool, noise(size, chance, (6, 7)), 0.06), (dark, light))


def with_shadow(
    ground: Image.Image, shape: Image.Image, *, shift: tuple[int, int], blur: float, depth: float
) -> Image.Image:
    """Darken the ground where the shape (a mask) keeps the light away."""
    soft = ImageChops.offset(shape, *shift).filter(ImageFilter.GaussianBlur(blur))
    dark = ground.point([round(level * (1 - depth)) for level in range(256)] * 3)
    return Image.composite(dark, ground, soft)


def disc(size: Size, centre: tuple[float, float], radius: float, *, flat: float = 1.0) -> Image.Image:
    """Return a mask with one smooth disc in it, or an ellipse that is `flat` times as high."""
    big = Image.new("L", (size[0] * 2, size[1] * 2))
    x, y = centre[0] * 2, centre[1] * 2
    ImageDraw.Draw(big).ellipse(
        (x - radius * 2, y - radius * 2 * flat, x + radius * 2, y + radius * 2 * flat), 255
    )
    return big.resize(size, Image.Resampling.BOX)


def glow(picture: Image.Image, radius: float, strength: float = 1.0) -> Image.Image:
    """Let what is bright shine into what is beside it."""
    shine = picture.filter(ImageFilter.GaussianBlur(radius))
    return ImageChops.screen(picture, shine.point([round(level * strength) for level in range(256)] * 3))


def finished(picture: Image.Image, chance: Random, *, grain: float = 0.026) -> Image.Image:
    """Return the picture as a lens and a film would have it: darker corners, fine grain."""
    fall = field(picture.size, lambda x, y: 1 - 0.42 * math.hypot(x - 0.5, y - 0.5) ** 2, coarse=12)
    lit = ImageChops.multiply(picture, Image.merge("RGB", [fall] * 3))
    dots = noise(picture.size, chance).filter(ImageFilter.GaussianBlur(0.7))
    return Image.blend(lit, ImageChops.overlay(lit, Image.merge("RGB", [dots] * 3)), min(1.0, grain * 5))
