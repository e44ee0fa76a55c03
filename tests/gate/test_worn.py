"""The gate reads a QR code from modules it is not sure of, and reads nothing rather than something else."""

from random import Random
from typing import Final

from qrcode.base import rs_blocks
from qrcode.constants import ERROR_CORRECT_Q

from ledger.label_render import qr_matrix, qr_version
from tests.gate.node import calls

VERSIONS: Final = range(1, 16)
DIRTY: Final = 0.2
BLOT: Final = 6


def url_of(version: int) -> str:
    """Return an address that just fills a QR code of a version at error level Q."""
    data = sum(stretch.data_count for stretch in rs_blocks(version, ERROR_CORRECT_Q))
    # Four bits of mode, up to eleven of length, eleven for two letters.
    url = f"HTTPS://P.EXAMPLE/{'A1' * data}"[: (8 * data - 15) * 2 // 11]
    assert qr_version(qr_matrix(url)) == version
    return url


def ink_of(url: str) -> list[float]:
    """Return how dark the modules of a QR code are, row by row: 1 or -1."""
    return [1.0 if module else -1.0 for row in qr_matrix(url) for module in row]


def blotted(ink: list[float], random: Random, shade: float, share: float = DIRTY) -> list[float]:
    """Return the modules with blots of a shade on a share of them."""
    edge, found, covered = round(len(ink) ** 0.5), list(ink), set[int]()
    while len(covered) < share * len(ink):
        top, left = random.randrange(edge), random.randrange(edge)
        covered |= {
            y * edge + x
            for y in range(top, min(edge, top + BLOT))
            for x in range(left, min(edge, left + BLOT))
        }
    for at in covered:
        found[at] = shade
    return found


def read(modules: list[list[float]], versions: list[int]) -> list[str | None]:
    """Return what the gate reads."""
    return calls(*(("modules", ink, version) for ink, version in zip(modules, versions, strict=True)))


def test_a_code_of_each_version_is_read_from_its_modules() -> None:
    urls = [url_of(version) for version in VERSIONS]
    assert read([ink_of(url) for url in urls], list(VERSIONS)) == urls


def test_twice_as_much_is_made_good_where_it_can_be_seen() -> None:
    url = url_of(11)
    rounds = 12
    blots = [blotted(ink_of(url), Random(number), shade) for shade in (0.3, 1.0) for number in range(rounds)]  # noqa: S311  blots, no secrets
    found = read(blots, [11] * len(blots))
    grey, black = found[:rounds], found[rounds:]
    assert grey.count(url) > rounds // 2 > black.count(url)
    assert {*found} <= {url, None}


def test_what_is_beyond_mending_is_nothing() -> None:
    random = Random(7)  # noqa: S311  noise, no secrets
    versions = [*VERSIONS, *VERSIONS]
    noise = [[random.uniform(-1, 1) for _ in range((17 + 4 * version) ** 2)] for version in versions]
    assert {*read(noise, versions)} == {None}
