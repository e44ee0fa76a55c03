"""A bar on standard error for each stage of an audit."""

import sys
from types import TracebackType
from typing import Final, Never, Self

from tqdm import tqdm

from cli.speech import say


class ProgressBar:
    """A bar on standard error for each stage of an audit; nothing where that is no terminal."""

    def __init__(self, *, shown: bool) -> None:
        self._shown: Final = shown
        self._stage = ""
        self._bar: tqdm[Never] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage is."""
        if not self._shown:
            return
        bar = self._bar
        if bar is None or stage != self._stage:
            if bar is not None:
                bar.close()
            bar = tqdm(desc=_stage(stage), file=sys.stderr, unit="")
            self._stage, self._bar = stage, bar
        bar.total = total
        bar.update(done - bar.n)


_STAGES: Final = {
    "entries": ("记录", "entries"),
    "figures": ("数字", "figures"),
    "items": ("状态", "states"),
    "findings": ("发现", "findings"),
}


def _stage(stage: str) -> str:
    return say(*_STAGES[stage])
