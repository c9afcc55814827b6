"""What the demo's pictures show: hair, cloth, powder, colour on paper, lights, hills; never a person."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from holdfast.main.demo.paint import (
    Colour,
    Size,
    backdrop,
    disc,
    field,
    glow,
    mix,
    noise,
    ramp,
    with_shadow,
)

Point = tuple[float, float]
Palette = tuple[Colour, ...]


def hair(size: Size, palette: Palette, chance: Random) -> Image.Image:
    """Strands side by side, with two bands of light across. Palette: shadow, body, light."""
    width, height = size
    shadow, body, light = palette
    picture = backdrop(size, mix(shadow, (0, 0, 0), 0.5), mix(shadow, (0, 0, 0), 0.8), chance)
    draw = ImageDraw.Draw(picture)
    waves = [
        (chance.uniform(0.4, 1.3), chance.uniform(0, 6.28), chance.uniform(0.04, 0.11)) for _ in range(3)
    ]
    turn, count, steps = chance.uniform(0, 6.28), width * 5 // 3, max(20, height // 17)
    places = [number / count for number in range(count)]
    chance.shuffle(places)
    for rank, place in enumerate(places):
        tone = 0.5 + 0.5 * math.sin(place * 19 + turn) * math.cos(place * 7)
        jitter, start, thick = chance.uniform(-0.12, 0.12), chance.random() / steps, chance.random()
        ends: Point | None = None
        for step in range(steps + 2):
            v = (step - 1) / steps + start
            drift = sum(reach * math.sin(f * 6.28 * v + p + place * 2.2) for f, p, reach in waves)
            x = -0.3 + 1.6 * place + drift + jitter * 0.15 * v - 0.25 * v * v * math.sin(place * 3)
            point = (x * width, v * height)
            if ends is not None and -9 < point[0] < width + 9:
                first = math.exp(-((v - 0.3 - 0.1 * math.sin(place * 5 + jitter * 4)) ** 2) / 0.012)
                second = math.exp(-((v - 0.76 - 0.08 * math.cos(place * 6 + jitter * 4)) ** 2) / 0.01)
                shine = (0.8 * first + 0.5 * second) * (0.4 + 0.6 * tone)
                colour = mix(mix(shadow, body, tone + jitter * 2), light, shine)
                colour = mix((12, 8, 6), colour, 0.4 + 0.6 * rank / count)
                draw.line((ends, point), fill=colour, width=3 if thick < 0.75 else 4)
            ends = point
    return glow(picture.filter(ImageFilter.GaussianBlur(0.8)), 22, 0.16)


def silk(size: Size, palette: Palette, chance: Random) -> Image.Image:
    """Cloth that was let fall: folds that run together. Palette from shadow to light."""
    lean, bend = chance.uniform(0.5, 1.1), chance.uniform(0.5, 0.9)
    phases = [chance.uniform(0, 6.28) for _ in range(6)]

    def height(x: float, y: float) -> float:
        u = x + 0.14 * math.sin(2.1 * y + phases[0]) + 0.05 * math.sin(5.3 * y + 3 * x + phases[1])
        v = u * math.cos(lean) + y * math.sin(lean) * bend
        fold = math.sin(9 * v + 2.2 * math.sin(3 * u + phases[2]) + phases[3])
        small = math.sin(23 * v + 3 * math.sin(2 * y + phases[4]) + phases[5])
        return fold * (0.6 + 0.4 * math.sin(2 * y + phases[1])) + 0.22 * small

    def light(x: float, y: float) -> float:
        step = 0.006
        slope_x = (height(x + step, y) - height(x - step, y)) / (2 * step)
        slope_y = (height(x, y + step) - height(x, y - step)) / (2 * step)
        across = 0.5 - 0.5 * math.tanh(0.085 * slope_x + 0.045 * slope_y)
        return 0.06 + 0.6 * across + 0.3 * across**6

    grey = field(size, light, coarse=4)
    weave = noise(size, chance).filter(ImageFilter.BoxBlur((0, 3)))
    return ramp(Image.blend(grey, ImageChops.overlay(grey, weave), 0.25), palette)


def pans(size: Size, palette: Palette, chance: Random) -> Image.Image:
    """Pressed powders in metal pans, from above. Palette: the table's light and dark, then the powders."""
    width, height = size
    picture = backdrop(size, palette[0], palette[1], chance)
    powders = palette[2:]
    columns = 2 if len(powders) <= 6 else 3
    rows = math.ceil(len(powders) / columns)
    radius = min(width / (columns * 2.5), height / (rows * 2.75))
    for number, powder in enumerate(powders):
        row, column = divmod(number, columns)
        x = width * (column + 0.5) / columns + (0.5 - columns / 2 + column) * -0.06 * width
        y = height * (row + 0.5) / rows + (0.5 - rows / 2 + row) * -0.05 * height
        place = (x + chance.uniform(-9, 9), y + chance.uniform(-9, 9))
        picture = _pan(picture, place, radius, powder, chance)
    return picture


def _pan(picture: Image.Image, at: Point, radius: float, powder: Colour, chance: Random) -> Image.Image:
    size = picture.size
    whole = disc(size, at, radius)
    picture = with_shadow(picture, whole, shift=(26, 40), blur=34, depth=0.5)
    picture = with_shadow(picture, whole, shift=(5, 8), blur=6, depth=0.45)
    left, top = at[0] / size[0], at[1] / size[1]
    metal = field(size, lambda x, y: 0.62 - 1.9 * (x - left) - 2.3 * (y - top), coarse=12)
    picture = Image.composite(ramp(metal, ((120, 108, 98), (205, 196, 188), (255, 252, 248))), picture, whole)
    inner = disc(size, at, radius * 0.93)
    rim = field(size, lambda x, y: 0.4 + 1.9 * (x - left) + 2.3 * (y - top), coarse=12)
    picture = Image.composite(ramp(rim, ((92, 82, 76), (214, 206, 198))), picture, inner)
    fill = disc(size, at, radius * 0.895)
    dust = Image.blend(noise(size, chance, (size[0] // 3, size[1] // 3)), noise(size, chance, (40, 50)), 0.45)
    grey = Image.blend(
        dust.filter(ImageFilter.EMBOSS),
        field(size, lambda x, y: 0.56 - 0.9 * (x - left) - 1.1 * (y - top), coarse=12),
        0.72,
    )
    cake = ramp(grey, (mix(powder, (30, 10, 10), 0.6), powder, mix(powder, (255, 250, 245), 0.55)))
    picture = Image.composite(cake, picture, fill)
    edge = ImageChops.subtract(fill, disc(size, (at[0] + 4, at[1] + 6), radius * 0.89))
    return with_shadow(picture, edge, shift=(0, 0), blur=5, depth=0.55)


def strokes(size: Size, palette: Palette, chance: Random) -> Image.Image:
    """Cream colour drawn across paper with a brush. Palette: the paper's light and dark, then the colours."""
    picture = backdrop(size, palette[0], palette[1], chance)
    colours = palette[2:]
    for number, colour in enumerate(colours):
        picture = _stroke(picture, colour, (number + 0.5) / len(colours), 0.3 / len(colours), chance)
    return picture


def _stroke(picture: Image.Image, colour: Colour, middle: float, half: float, chance: Random) -> Image.Image:
    width, height = picture.size
    lift, bow, phase = chance.uniform(-0.05, 0.05), chance.uniform(0.01, 0.03), chance.uniform(0, 6.28)
    paint, mask = Image.new("RGB", picture.size, colour), Image.new("L", picture.size)
    draw, cover = ImageDraw.Draw(paint), ImageDraw.Draw(mask)
    hairs = round(half * height / 1.6)
    ridge = 0.0
    for number in range(-hairs, hairs + 1):
        across = number / hairs
        ridge = 0.8 * ridge + chance.uniform(-0.5, 0.5)
        start = 0.11 + 0.02 * chance.random() + 0.03 * across * across
        end = 0.9 - 0.04 * across * across - 0.1 * chance.random() ** 3
        shine = max(0.0, 1 - abs(across + 0.35) * 3) * 0.4
        tone = mix(colour, (255, 246, 240), max(0.0, ridge * 0.32 + shine))
        tone = mix(tone, mix(colour, (20, 0, 6), 0.65), max(0.0, -ridge * 0.4 + max(0.0, across) * 0.3))
        line = [
            (
                v * width,
                (
                    middle
                    + across * half * (1 + 0.06 * math.sin(9 * v + phase))
                    + lift * (v - 0.5)
                    + bow * math.sin(3 * v + phase)
                )
                * height,
            )
            for v in (start + (end - start) * step / 24 for step in range(25))
        ]
        draw.line(line, fill=tone, width=4)
        cover.line(line, fill=255, width=4)
    mask = mask.filter(ImageFilter.GaussianBlur(1.2))
    picture = with_shadow(picture, mask, shift=(7, 12), blur=10, depth=0.38)
    return Image.composite(paint.filter(ImageFilter.GaussianBlur(1.3)), picture, mask)


def lights(size: Size, palette: Palette, chance: Random) -> Image.Image:
    """Lamps far behind the focus. Palette: the dark, the room, then the lamps."""
    width, height = size
    picture = backdrop(size, palette[1], palette[0], chance)
    lamps = palette[2:]
    for layer in range(3):
        shine = Image.new("RGB", size)
        draw = ImageDraw.Draw(shine, "RGBA")
        for _ in range(16 - layer * 3):
            radius = chance.uniform(0.03, 0.06) * width * (1 + 0.7 * layer)
            x = chance.uniform(-0.05, 1.05) * width
            y = height * min(1.05, max(-0.05, chance.gauss(0.46, 0.2)))
            lamp = mix(chance.choice(lamps), (0, 0, 0), chance.uniform(0.25, 0.75))
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*lamp, 215))
            draw.ellipse(
                (x - radius, y - radius, x + radius, y + radius),
                outline=(*mix(lamp, (255, 255, 255), 0.22), 230),
                width=max(2, round(radius / 22)),
            )
        picture = ImageChops.screen(picture, shine.filter(ImageFilter.GaussianBlur(2.5 + 7 * layer)))
    return glow(picture, 60, 0.35)


def window(size: Size, palette: Palette, chance: Random) -> Image.Image:
    """Late sun through a window on a wall, with the shadow of a branch. Palette: shade, wall, sun."""
    width, height = size
    shade, wall, sun = palette
    ground = backdrop(size, mix(wall, shade, 0.25), mix(wall, shade, 0.6), chance)
    light = Image.new("L", size)
    draw = ImageDraw.Draw(light)
    lean, left, top = chance.uniform(0.28, 0.4), chance.uniform(0.1, 0.2), chance.uniform(0.12, 0.2)
    for column in range(2):
        for row in range(3):
            x, y = left + column * 0.31, top + row * 0.21
            corners = [(x, y), (x + 0.28, y), (x + 0.28, y + 0.185), (x, y + 0.185)]
            draw.polygon([((a + lean * (b - 0.2)) * width, (b + 0.1 * a) * height) for a, b in corners], 255)
    leaves = Image.new("L", size, 255)
    pen = ImageDraw.Draw(leaves)
    for _ in range(4):
        x, y, way = chance.uniform(0.55, 1.05), chance.uniform(-0.05, 0.35), chance.uniform(2.2, 2.9)
        for _ in range(11):
            end = (x + 0.065 * math.cos(way), y + 0.055 * math.sin(way))
            pen.line((x * width, y * height, end[0] * width, end[1] * height), fill=0, width=7)
            for side in (-1, 1):
                turn, reach = way + side * chance.uniform(0.5, 1.0), chance.uniform(0.05, 0.1)
                tip = (end[0] + reach * math.cos(turn), end[1] + reach * math.sin(turn))
                fat = reach * 0.22
                mid = ((end[0] + tip[0]) / 2, (end[1] + tip[1]) / 2)
                leaf = [
                    end,
                    (mid[0] - fat * math.sin(turn), mid[1] + fat * math.cos(turn)),
                    tip,
                    (mid[0] + fat * math.sin(turn), mid[1] - fat * math.cos(turn)),
                ]
                pen.polygon([(a * width, b * height) for a, b in leaf], 0)
            x, y, way = end[0], end[1], way + chance.uniform(-0.25, 0.25)
    light = ImageChops.multiply(
        light.filter(ImageFilter.GaussianBlur(width / 110)),
        leaves.filter(ImageFilter.GaussianBlur(width / 85)),
    )
    plaster = Image.merge(
        "RGB", [noise(size, chance, (width // 5, height // 5)).filter(ImageFilter.EMBOSS)] * 3
    )
    picture = Image.composite(mix_flat(ground, sun, 0.82), ground, light)
    return glow(Image.blend(picture, ImageChops.soft_light(picture, plaster), 0.4), 40, 0.12)


def mix_flat(picture: Image.Image, colour: Colour, share: float) -> Image.Image:
    """Blend a picture with one colour."""
    return Image.blend(picture, Image.new("RGB", picture.size, colour), share)


def stones(size: Size, palette: Palette, chance: Random) -> Image.Image:
    """Pebbles on raked sand. Palette: the sand's shadow and light, then the stones."""
    width, height = size
    turn = chance.uniform(0, 6.28)
    rake = field(
        size,
        lambda x, y: (
            0.6 + 0.22 * math.sin(95 * y + 6 * math.sin(2.4 * x + turn)) - 0.2 * (x - 0.4) - 0.15 * y
        ),
        coarse=2,
    )
    sand = Image.blend(rake, noise(size, chance), 0.16)
    picture = ramp(sand, palette[:2])
    colours = palette[2:]
    for number, colour in enumerate(colours):
        share = number / max(1, len(colours) - 1)
        radius = width * (0.21 - 0.09 * share)
        at = (width * (0.36 + 0.3 * share + chance.uniform(-0.03, 0.03)), height * (0.7 - 0.42 * share))
        picture = _stone(picture, at, radius, colour, chance)
    return picture


def _stone(picture: Image.Image, at: Point, radius: float, colour: Colour, chance: Random) -> Image.Image:
    size, flat = picture.size, chance.uniform(0.66, 0.8)
    shape = disc(size, at, radius, flat=flat)
    picture = with_shadow(
        picture, shape, shift=(round(radius * 0.3), round(radius * 0.28)), blur=30, depth=0.6
    )
    picture = with_shadow(picture, shape, shift=(10, 14), blur=9, depth=0.55)

    def light(x: float, y: float) -> float:
        a, b = (x * size[0] - at[0]) / radius, (y * size[1] - at[1]) / (radius * flat)
        rise = math.sqrt(max(0.0, 1 - a * a - b * b))
        lit = max(0.0, -0.5 * a - 0.55 * b + 0.67 * rise)
        return 0.12 + 0.62 * lit + 0.3 * lit**9

    spots = Image.blend(noise(size, chance, (size[0] // 4, size[1] // 4)), noise(size, chance, (9, 9)), 0.5)
    grey = field(size, light, coarse=4)
    grey = Image.blend(grey, ImageChops.overlay(grey, spots), 0.35)
    body = ramp(grey, (mix(colour, (10, 8, 8), 0.8), colour, mix(colour, (255, 252, 246), 0.7)))
    return Image.composite(body, picture, shape)


def hills(size: Size, palette: Palette, chance: Random) -> Image.Image:
    """Ridges behind one another, the farther the hazier. Palette: sky above, horizon, nearest."""
    width, height = size
    above, horizon, nearest = palette
    picture = ramp(field(size, lambda x, y: y * 1.6, coarse=10), (above, horizon))
    sun = disc(size, (width * chance.uniform(0.3, 0.7), height * 0.36), width * 0.06)
    shine = Image.composite(
        Image.new("RGB", size, mix(horizon, (255, 255, 255), 0.7)), Image.new("RGB", size), sun
    )
    picture = ImageChops.screen(picture, shine.filter(ImageFilter.GaussianBlur(5)))
    picture = ImageChops.screen(picture, shine.filter(ImageFilter.GaussianBlur(width / 8)))
    ridges = 7
    for ridge in range(ridges):
        share = ridge / (ridges - 1)
        base = 0.4 + 0.5 * share**1.2
        parts = [(2.3 ** (k + 1), chance.uniform(0, 6.28), 0.11 * 0.42**k) for k in range(7)]
        line = [
            (x, (base - sum(a * (1 - abs(math.sin(f * x / width + p))) for f, p, a in parts) + 0.1) * height)
            for x in range(0, width + 4, 3)
        ]
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon([*line, (width, height), (0, height)], 255)
        top = mix(mix(horizon, nearest, 0.12), nearest, share)
        haze = ramp(
            field(size, lambda x, y, base=base: (y - base + 0.1) * 3.2, coarse=10),
            (top, mix(top, horizon, 0.5)),
        )
        picture = Image.composite(haze, picture, mask.filter(ImageFilter.GaussianBlur(1.1)))
    return glow(picture, 50, 0.12)


def sparks(size: Size, palette: Palette, chance: Random) -> Image.Image:
    """Embers thrown up out of the dark. Palette: the dark, the smoke, then the embers."""
    width, height = size
    clouds = Image.blend(noise(size, chance, (5, 6)), noise(size, chance, (14, 17)), 0.4)
    fade = field(size, lambda x, y: 0.1 + 0.9 * y - 0.7 * abs(x - 0.5), coarse=10)
    picture = ramp(ImageChops.multiply(clouds, fade), (palette[0], palette[0], palette[1]))
    embers = Image.new("RGB", size)
    draw = ImageDraw.Draw(embers)
    for _ in range(620):
        way, far = chance.gauss(-math.pi / 2, 0.5), chance.random() ** 0.7
        x, y = width * (0.5 + 0.75 * far * math.cos(way)), height * (1.02 + 1.05 * far * math.sin(way))
        tail, bent = chance.uniform(8, 60) * (1.2 - far), chance.gauss(0, 0.3)
        colour = mix(chance.choice(palette[2:]), (0, 0, 0), 0.75 * far * chance.random())
        end = (x + tail * math.cos(way + bent), y + tail * math.sin(way + bent))
        draw.line((x, y, *end), fill=colour, width=chance.choice((2, 2, 3, 5)))
    near = embers.filter(ImageFilter.GaussianBlur(1))
    return glow(ImageChops.screen(picture, near), 26, 0.9)


def beams(size: Size, palette: Palette, chance: Random) -> Image.Image:
    """Lamps of a set through thin smoke. Palette: the dark, the floor, then the lamps."""
    width, height = size
    picture = ramp(field(size, lambda x, y: max(0.0, y - 0.72) * 2.6, coarse=10), (palette[0], palette[1]))
    smoke = Image.blend(noise(size, chance, (4, 5)), noise(size, chance, (11, 13)), 0.45)
    lamps = palette[2:]
    for number, lamp in enumerate(lamps):
        x = width * (number + 0.5 + chance.uniform(-0.1, 0.1)) / len(lamps)
        foot, reach = width * chance.uniform(0.2, 0.8), width * chance.uniform(0.13, 0.2)
        cone = Image.new("L", size)
        ImageDraw.Draw(cone).polygon(
            [(x - 8, 0), (x + 8, 0), (foot + reach, height), (foot - reach, height)], 215
        )
        cone = cone.filter(ImageFilter.GaussianBlur(width / 45))
        cone = ImageChops.multiply(cone, field(size, lambda _, y: 1 - 0.75 * y, coarse=10))
        cone = ImageChops.multiply(cone, smoke.point([round(90 + level * 0.65) for level in range(256)]))
        colour = Image.composite(Image.new("RGB", size, lamp), Image.new("RGB", size), cone)
        picture = ImageChops.screen(picture, colour)
        pool = disc(size, (foot, height * 0.93), reach * 1.1, flat=0.22).filter(ImageFilter.GaussianBlur(18))
        pool = pool.point([round(level * 0.6) for level in range(256)])
        picture = ImageChops.screen(
            picture, Image.composite(Image.new("RGB", size, lamp), Image.new("RGB", size), pool)
        )
    return glow(picture, 45, 0.35)
