"""Codes read off photographs and scans of labels, by zxing-cpp, which has no part in making them."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

import zxingcpp
from PIL import Image, ImageOps, UnidentifiedImageError

from cli.errors import CliError
from cli.speech import say
from ledger.printing.check import Code, Symbology

MAX_PIXELS: Final = 80_000_000
"""More than A4 at 800 dots to the inch."""
_LARGE: Final = 12_000_000
_FORMATS: Final = {
    zxingcpp.BarcodeFormat.QRCode: Symbology.QR,
    zxingcpp.BarcodeFormat.DataMatrix: Symbology.DATA_MATRIX,
    zxingcpp.BarcodeFormat.Code128: Symbology.CODE_128,
}
_WANTED: Final = "QRCode|DataMatrix|Code128"


def read_codes(path: Path) -> list[Code]:
    """Return the codes on a picture, in the order in which they were found.

    Where not every QR code has a code beside it the picture is looked at again, with more contrast and, where
    it is small, enlarged; the look that shows most counts.

    Raises:
        CliError: the file is no picture that can be read, or has more than 80 million pixels.
    """
    best = list[Code]()
    for look in _looks(_opened(path)):
        found = _read(look)
        best = max(best, found, key=len)
        alone = sum(1 if code.symbology is Symbology.QR else -1 for code in best)
        if best and alone <= 0:
            break
    return best


def _opened(path: Path) -> Image.Image:
    with path.open("rb") as file:
        try:
            return _decoded(file, path)
        except Image.DecompressionBombError as error:
            raise _too_large(path) from error
        except (UnidentifiedImageError, OSError, SyntaxError) as error:
            raise CliError(
                say(
                    f"{path} 不是可读取的图片；请用 PNG、JPEG、TIFF 或 WebP",
                    f"{path} is no picture that can be read; take PNG, JPEG, TIFF or WebP",
                )
            ) from error


def _decoded(file: BinaryIO, path: Path) -> Image.Image:
    with warnings.catch_warnings():
        # The limit here is ours; Pillow only warns at its own.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(file) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise _too_large(path)
            return ImageOps.exif_transpose(picture).convert("L")


def _too_large(path: Path) -> CliError:
    return CliError(say(f"{path} 超过 8000 万像素", f"{path} has more than 80 million pixels"))


def _looks(picture: Image.Image) -> Iterator[Image.Image]:
    yield picture
    sharp = ImageOps.autocontrast(picture, cutoff=2)
    yield sharp
    if picture.width * picture.height <= _LARGE:
        yield sharp.resize((sharp.width * 2, sharp.height * 2), Image.Resampling.BICUBIC)


def _read(picture: Image.Image) -> list[Code]:
    found = zxingcpp.read_barcodes(
        picture,
        formats=zxingcpp.barcode_formats_from_str(_WANTED),
        text_mode=zxingcpp.TextMode.Plain,
    )
    return [Code(_FORMATS[one.format], one.text) for one in found if one.format in _FORMATS]
