"""The body of a request, whole or refused."""

from typing import Any

from flask import Request


class WholeRequest(Request):
    """A request whose body is never cut: one in chunks that reaches the limit is refused, as a longer one is.

    The stream of such a body ends at the limit, as if that were all, and complains only where one reads on.
    """

    def get_data(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  the base class's own
        """Return the body; raises RequestEntityTooLarge."""
        data = super().get_data(*args, **kwargs)
        if self.content_length is None:
            self.stream.read(1)
        return data
