"""Pictures of labels as a camera sees them: turned, askew, dim, dirty, scratched, torn."""

import io
from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Final

import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from ledger.identifiers import ItemId
from ledger.label_render import printed_lines, render_png
from ledger.label_url import LabelUrl
from ledger.printing.formats import Format, render
from ledger.printing.layout import Imprint
from ledger.printing.typeface import own_typeface

SCENE: Final = (1280, 720)
_GREY: Final = (176, 178, 174)

Picture = Image.Image
Damage = Callable[[Picture, Random], Picture]


def label(text: str, item: ItemId) -> Picture:
    """Return the picture of a printed label: QR code and letters."""
    return Image.open(io.BytesIO(render_png(text, printed_lines(item), module_px=8))).convert("RGB")


def printed(text: str) -> Picture:
    """Return the picture of a whole label of 100 by 60 mm: QR code, Data Matrix, letters, facts."""
    imprint = Imprint.of(LabelUrl.parse(text), maker=("虚构电池厂", "Pack Maker"), model="ZZZPB01")
    return Image.open(io.BytesIO(render([imprint], "100x60", Format.PNG, own_typeface()))).convert("RGB")


def data_matrix(item: ItemId) -> Picture:
    """Return the Data Matrix of a code, as makers mark it on housings."""
    return _written(item, zxingcpp.BarcodeFormat.DataMatrix, 12)


def code128(item: ItemId) -> Picture:
    """Return the Code 128 of a code."""
    return _written(item, zxingcpp.BarcodeFormat.Code128, 3)


def _written(item: ItemId, format_: zxingcpp.BarcodeFormat, scale: int) -> Picture:
    made = zxingcpp.create_barcode(item.code, format_)
    image = Image.fromarray(zxingcpp.write_barcode_to_image(made, scale=scale))
    whole = Image.new("RGB", (image.width + 80, max(image.height, 140) + 80), "white")
    bars = image if image.height > 100 else image.resize((image.width, 140))
    whole.paste(bars.convert("RGB"), (40, 40))
    return whole


def in_scene(picture: Picture, random: Random, *, share: float = 0.72, angle: float = 0.0) -> Picture:
    """Return a camera picture with the label on a housing, `share` of its height, turned by degrees."""
    size = min(SCENE[1] * share / picture.height, SCENE[0] * 0.8 / picture.width)
    label_ = picture.resize(
        (round(picture.width * size), round(picture.height * size)), Image.Resampling.LANCZOS
    )
    turned = label_.convert("RGBA").rotate(angle, Image.Resampling.BICUBIC, expand=True)
    # Turned it may not fit any more: who holds the phone steps back.
    turned.thumbnail((SCENE[0] - 60, SCENE[1] - 60), Image.Resampling.LANCZOS)
    scene = Image.new("RGB", SCENE, _GREY)
    room = (SCENE[0] - turned.width, SCENE[1] - turned.height)
    place = (room[0] // 2 + random.randint(-20, 20), room[1] // 2 + random.randint(-8, 8))
    scene.paste(turned, place, turned)
    return scene


def dirt(picture: Picture, random: Random, *, share: float) -> Picture:
    """Cover a share of the label's area with blots."""
    found = picture.copy()
    draw, covered = ImageDraw.Draw(found), 0.0
    while covered < share * picture.width * picture.height:
        radius = random.uniform(0.015, 0.05) * picture.width
        x, y = random.uniform(0, picture.width), random.uniform(0, picture.height)
        shade = random.randint(30, 150)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(shade, shade - 10, shade - 20))
        covered += 3.14 * radius * radius
    return found


def scratches(picture: Picture, random: Random, *, count: int) -> Picture:
    """Scratch the label right across."""
    found = picture.copy()
    draw = ImageDraw.Draw(found)
    for _ in range(count):
        ends = [(random.uniform(0, picture.width), y) for y in (0, picture.height)]
        draw.line(ends, fill=(200, 200, 198), width=max(2, picture.width // 150))
    return found


def torn(picture: Picture, _random: Random, *, share: float) -> Picture:
    """Tear the lower right corner off, a share of each edge long."""
    found = picture.copy()
    width, height = picture.size
    corner = [(width, height), (width * (1 - share), height), (width, height * (1 - share))]
    ImageDraw.Draw(found).polygon(corner, fill=_GREY)
    return found


def finder_gone(picture: Picture, _random: Random) -> Picture:
    """Tear the upper left corner off, with one of the three finder patterns of a QR code."""
    found = picture.copy()
    ImageDraw.Draw(found).rectangle((0, 0, picture.width * 0.18, picture.width * 0.18), fill=_GREY)
    return found


def blur(picture: Picture, _random: Random, *, radius: float) -> Picture:
    """Blur the scene, in pixels."""
    return picture.filter(ImageFilter.GaussianBlur(radius))


def dusk(picture: Picture, random: Random) -> Picture:
    """Take the light away and add the noise of a sensor."""
    dim = ImageEnhance.Brightness(picture).enhance(0.3)
    noise = Image.effect_noise(picture.size, 12).convert("RGB")
    del random
    return ImageChops.add(dim, noise, scale=1.3, offset=-60)


def askew(picture: Picture, random: Random, *, lean: float) -> Picture:
    """Look at the scene from the side."""
    width, height = picture.size
    near = lean * height * random.uniform(0.8, 1.0)
    return picture.transform(
        picture.size,
        Image.Transform.QUAD,
        (0, -near, 0, height + near, width, height, width, 0),
        Image.Resampling.BICUBIC,
        fillcolor=_GREY,
    )


ON_LABEL: Final[Mapping[str, Damage]] = {
    "dirt on 5 %": partial(dirt, share=0.05),
    "dirt on 10 %": partial(dirt, share=0.10),
    "dirt on 15 %": partial(dirt, share=0.15),
    "dirt on 20 %": partial(dirt, share=0.20),
    "3 scratches": partial(scratches, count=3),
    "8 scratches": partial(scratches, count=8),
    "a corner torn off, a quarter of the edge": partial(torn, share=0.25),
    "a corner torn off, half of the edge": partial(torn, share=0.5),
    "one finder pattern gone": finder_gone,
}
ON_SCENE: Final[Mapping[str, Damage]] = {
    "blurred, 2 px": partial(blur, radius=2),
    "blurred, 3 px": partial(blur, radius=3),
    "at dusk, with noise": dusk,
    "seen from the side": partial(askew, lean=0.25),
}
TURNED: Final = (15, 45, 90, 180)
KINDS: Final = (
    "clean",
    *(f"turned by {angle}°" for angle in TURNED),
    "small: a quarter of the picture's height",
    *ON_LABEL,
    *ON_SCENE,
)


def damaged(picture: Picture, kind: str, random: Random) -> Picture:
    """Return a camera picture of a label with one kind of damage."""
    angle = random.uniform(-4, 4)
    if kind.startswith("turned"):
        angle += float(kind.rsplit(maxsplit=1)[-1].rstrip("°"))
    if kind in ON_LABEL:
        picture = ON_LABEL[kind](picture, random)
    share = 0.25 if kind.startswith("small") else 0.72
    scene = in_scene(picture, random, share=share, angle=angle)
    return ON_SCENE[kind](scene, random) if kind in ON_SCENE else scene
