"""Things that stand in the scenes, drawn with Skia. Each is drawn in units of its own size at (x, y)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import skia

from echoes.demo.paint import Random

Points = Sequence[tuple[float, float]]


@contextmanager
def placed(
    canvas: skia.Canvas, x: float, y: float, scale: float, *, mirrored: bool = False
) -> Iterator[None]:
    """Inside, (0, 0) lies at (x, y) and 1 is `scale` pixels; mirrored is upside down, as in water."""
    canvas.save()
    canvas.translate(x, y)
    canvas.scale(scale, -scale if mirrored else scale)
    yield
    canvas.restore()


def ink(code: str, *, line: float = 0.0, opacity: float = 1.0, **more: Any) -> skia.Paint:
    """A fill, or with `line` a stroke of that width."""
    paint = skia.Paint(AntiAlias=True, Color=_code(code, opacity), **more)
    if line:
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(line)
        paint.setStrokeCap(skia.Paint.kRound_Cap)
    return paint


def shaded(
    start: tuple[float, float], end: tuple[float, float], *codes: str, fades: bool = False
) -> skia.Paint:
    """A fill that goes from colour to colour, and with `fades` to nothing."""
    colours = [_code(code) for code in codes[:-1]] + [_code(codes[-1], 0.0 if fades else 1.0)]
    shader = skia.GradientShader.MakeLinear([start, end], colours)
    return skia.Paint(AntiAlias=True, Shader=shader)


def outline(points: Points, *, closed: bool = True) -> skia.Path:
    path = skia.Path()
    path.addPoly([skia.Point(*point) for point in points], closed)
    return path


def curve(start: tuple[float, float], *bends: tuple[float, float, float, float, float, float]) -> skia.Path:
    path = skia.Path()
    path.moveTo(*start)
    for bend in bends:
        path.cubicTo(*bend)
    return path


def spruce(
    path: skia.Path, x: float, foot: float, height: float, random: Random, *, slim: float = 0.2
) -> None:
    """Adds a spruce to the path: jagged branches, wider and lower towards the foot."""
    levels = 9 + int(random.integers(0, 6))
    sides: tuple[list[tuple[float, float]], list[tuple[float, float]]] = ([], [])
    for level in range(1, levels + 1):
        share = level / levels
        reach = height * slim * share**0.85
        y = foot - height * (1 - share * 0.94)
        for side, points in zip((-1, 1), sides, strict=True):
            tip = reach * (0.75 + 0.5 * random.random())
            droop = height * 0.022 * (1 + random.random())
            points += [(x + side * tip, y + droop), (x + side * tip * 0.45, y - droop * 0.2)]
    trunk = height * 0.014
    left, right = sides
    path.addPoly(
        [
            skia.Point(*point)
            for point in [(x, foot - height), *right, (x + trunk, foot), (x - trunk, foot), *left[::-1]]
        ],
        True,
    )


def balloon(canvas: skia.Canvas, colours: Sequence[str], *, light: float) -> None:
    """A hot-air balloon, 1 wide, its middle at (0, 0), lit from the right (1) or the left (-1)."""
    envelope = curve(
        (0, -0.55),
        (0.3, -0.55, 0.5, -0.33, 0.5, -0.05),
        (0.5, 0.2, 0.26, 0.4, 0.11, 0.58),
        (0.04, 0.6, -0.04, 0.6, -0.11, 0.58),
        (-0.26, 0.4, -0.5, 0.2, -0.5, -0.05),
        (-0.5, -0.33, -0.3, -0.55, 0, -0.55),
    )
    canvas.save()
    canvas.clipPath(envelope, True)
    widths = (1.0, 0.93, 0.77, 0.56, 0.32, 0.1)
    for number, width in enumerate(widths):
        canvas.drawOval(skia.Rect(-0.5 * width, -0.8, 0.5 * width, 0.86), ink(colours[number % len(colours)]))
        seam = ink("#000000", line=0.004, opacity=0.25)
        canvas.drawOval(skia.Rect(-0.5 * width, -0.8, 0.5 * width, 0.86), seam)
    canvas.drawRect(skia.Rect(-1, 0.06, 1, 0.12), ink(colours[-1]))
    canvas.drawPaint(_roundness(light))
    canvas.restore()
    for side in (-1, 1):
        canvas.drawLine(side * 0.1, 0.58, side * 0.05, 0.74, ink("#2a1c14", line=0.006))
    canvas.drawRoundRect(
        skia.Rect(-0.06, 0.74, 0.06, 0.84), 0.015, 0.015, shaded((-0.06, 0), (0.06, 0), "#3a2415", "#93663a")
    )
    for x in (-0.028, 0.002, 0.03):
        canvas.drawCircle(x, 0.725, 0.014, ink("#2b2422"))


def yacht(canvas: skia.Canvas) -> None:
    """A sailing boat, 1 high, its waterline at y = 0."""
    main = curve((0.02, -0.97), (0.1, -0.62, 0.3, -0.3, 0.36, -0.12), (0.24, -0.1, 0.1, -0.1, 0.02, -0.11))
    canvas.drawPath(main, shaded((0, 0), (0.36, 0), "#fffaf0", "#d9cbb6"))
    jib = curve(
        (-0.005, -0.9), (-0.04, -0.6, -0.14, -0.3, -0.29, -0.1), (-0.18, -0.08, -0.08, -0.09, -0.02, -0.11)
    )
    canvas.drawPath(jib, shaded((-0.29, 0), (0, 0), "#ffffff", "#e4d8c6"))
    for y in (-0.72, -0.52, -0.32):
        canvas.drawLine(0.02, y, 0.06 + (y + 1) * 0.28, y + 0.02, ink("#8d8274", line=0.003, opacity=0.5))
    canvas.drawLine(0.006, -1.0, 0.012, -0.06, ink("#5d4631", line=0.009))
    hull = curve(
        (-0.34, -0.085), (-0.1, -0.05, 0.2, -0.06, 0.4, -0.075), (0.39, -0.02, 0.36, 0.01, 0.3, 0.015)
    )
    hull.cubicTo(0.0, 0.025, -0.2, 0.02, -0.25, 0.012)
    hull.cubicTo(-0.29, -0.02, -0.32, -0.05, -0.34, -0.085)
    canvas.drawPath(hull, shaded((0, -0.085), (0, 0.02), "#2d4f73", "#122437"))
    stripe = curve((-0.335, -0.08), (-0.1, -0.045, 0.2, -0.055, 0.4, -0.07))
    canvas.drawPath(stripe, ink("#f7efe0", line=0.009))
    canvas.drawOval(skia.Rect(0.205, -0.105, 0.24, -0.05), ink("#a8402f"))
    canvas.drawCircle(0.221, -0.117, 0.0125, ink("#3a2a22"))


def kite(canvas: skia.Canvas, tail: Points) -> None:
    """A kite, 1 high, its middle at (0, 0), and a tail of bows."""
    corners = {"top": (0.0, -0.5), "right": (0.36, -0.12), "foot": (0.0, 0.5), "left": (-0.36, -0.12)}
    middle = (0.0, -0.12)
    for name, other, code in (
        ("top", "right", "#ff7a45"),
        ("right", "foot", "#ffb347"),
        ("foot", "left", "#e8443f"),
        ("left", "top", "#ffd166"),
    ):
        canvas.drawPath(outline([middle, corners[name], corners[other]]), ink(code))
    canvas.drawLine(0, -0.5, 0, 0.5, ink("#5d2b20", line=0.018))
    canvas.drawLine(-0.36, -0.12, 0.36, -0.12, ink("#5d2b20", line=0.018))
    canvas.drawPath(outline(tail, closed=False), ink("#5d2b20", line=0.02))
    for number, (x, y) in enumerate(tail[1:]):
        code = ("#ffd166", "#e8443f", "#ff9a4a")[number % 3]
        canvas.drawPath(
            outline([(x - 0.12, y - 0.07), (x + 0.12, y + 0.07), (x + 0.12, y - 0.07), (x - 0.12, y + 0.07)]),
            ink(code),
        )


def person(canvas: skia.Canvas, code: str, *, arm: tuple[float, float], stride: float = 0.085) -> None:
    """Somebody seen against the light, 1 tall, feet at y = 0, one arm reaching to a point."""
    fill = ink(code)
    for side, hip in ((-1, -0.045), (1, 0.035)):
        knee, foot = hip + side * stride * 0.55, hip + side * stride
        leg = [
            (hip - 0.055, -0.5),
            (knee - 0.034, -0.26),
            (foot - 0.026, -0.03),
            (foot - 0.03, 0),
            (foot + 0.062, 0),
        ]
        leg += [(foot + 0.022, -0.035), (knee + 0.034, -0.26), (hip + 0.058, -0.5)]
        canvas.drawPath(outline(leg), fill)
    jacket = curve(
        (-0.03, -0.86), (-0.1, -0.84, -0.125, -0.8, -0.12, -0.7), (-0.1, -0.6, -0.12, -0.5, -0.125, -0.42)
    )
    jacket.cubicTo(-0.05, -0.39, 0.05, -0.4, 0.12, -0.43)
    jacket.cubicTo(0.1, -0.55, 0.1, -0.62, 0.115, -0.74)
    jacket.cubicTo(0.12, -0.81, 0.08, -0.85, 0.03, -0.86)
    canvas.drawPath(jacket, fill)
    _arm(canvas, fill, (0.085, -0.795), arm)
    _arm(canvas, fill, (-0.095, -0.79), (-0.13, -0.47))
    canvas.drawRect(skia.Rect(-0.028, -0.9, 0.028, -0.84), fill)
    canvas.drawOval(skia.Rect(-0.058, -1.0, 0.062, -0.865), fill)
    canvas.drawOval(skia.Rect(-0.074, -1.005, 0.03, -0.9), fill)


def _arm(
    canvas: skia.Canvas, fill: skia.Paint, shoulder: tuple[float, float], hand: tuple[float, float]
) -> None:
    """Thinner towards the hand, a little bent."""
    (x0, y0), (x1, y1) = shoulder, hand
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    out = ((y1 - y0) / length, -(x1 - x0) / length)
    bend = ((x0 + x1) / 2 - out[0] * 0.015, (y0 + y1) / 2 - out[1] * 0.015)
    edge = [(x0 + out[0] * 0.04, y0 + out[1] * 0.04), (bend[0] + out[0] * 0.03, bend[1] + out[1] * 0.03)]
    edge += [(x1 + out[0] * 0.018, y1 + out[1] * 0.018), (x1 - out[0] * 0.018, y1 - out[1] * 0.018)]
    edge += [(bend[0] - out[0] * 0.03, bend[1] - out[1] * 0.03), (x0 - out[0] * 0.04, y0 - out[1] * 0.04)]
    canvas.drawPath(outline(edge), fill)


def _roundness(light: float) -> skia.Paint:
    """Shade over a ball that is lit from one side."""
    shader = skia.GradientShader.MakeRadial(
        skia.Point(0.24 * light, -0.22),
        0.95,
        [_code("#fff2d0", 0.42), _code("#5a3040", 0.12), _code("#140a28", 0.86)],
        [0.0, 0.4, 1.0],
    )
    return skia.Paint(AntiAlias=True, Shader=shader)


def _code(code: str, opacity: float = 1.0) -> int:
    red, green, blue = (int(code[at : at + 2], 16) for at in (1, 3, 5))
    return int(skia.ColorSetARGB(round(opacity * 255), red, green, blue))
