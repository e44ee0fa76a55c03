"""How every command of `packtrace` behaves: its language, its `--json`, its errors and its exit code."""

import importlib
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from cli.errors import EXPLAINED, JSON_META, CliError, explained
from cli.speech import language_option, say

F = TypeVar("F", bound=Callable[..., Any])


class Group(click.Group):
    """Gives each command `--lang`, and says errors of the ledger and the system in one sentence.

    Args:
        commands_at: the commands by name, each as `module:function`; imported when they are asked for.
        arguments: those of `click.Group`.
    """

    def __init__(self, *, commands_at: Mapping[str, str], **arguments: Any) -> None:  # noqa: ANN401  click's own
        super().__init__(**arguments)
        self._commands_at: Final = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order of the help."""
        del ctx
        return list(self._commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name, with the option `--lang`; None where there is no such command."""
        del ctx
        if cmd_name not in self._commands_at:
            return None
        module, _, name = self._commands_at[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        _let_speak(command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command named; exit code 0 is done, 1 refused or failed, 2 called wrongly."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # whoever read the output has gone, which click knows to be no error
        except EXPLAINED as error:
            raise explained(error) from error


def _let_speak(command: click.Command) -> None:
    """Give a command `--lang`, and each command in it, so that it may stand wherever an option may."""
    if all(parameter.name != "lang" for parameter in command.params):
        command.params.append(language_option())
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        _let_speak(inner)


def json_option(command: F) -> F:
    """Add `--json`, which prints one object for programs."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        callback=_remember_json,
        help="Print one JSON object for programs.",
    )(command)


def url_option(*, help_text: str, default: str | None = None) -> Callable[[F], F]:
    """Return the option `--url`, which the variable PACKTRACE_URL sets as well."""
    return click.option(
        "--url",
        default=default,
        envvar="PACKTRACE_URL",
        show_default=default is not None,
        show_envvar=True,
        help=help_text,
    )


def _remember_json(context: click.Context, _parameter: click.Parameter, value: bool) -> bool:  # noqa: FBT001  click's
    context.meta[JSON_META] = value
    return value


def print_json(value: object) -> None:
    """Print a value for programs."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def read_text(path: Path) -> str:
    """Return the text of a file, or of standard input for `-`.

    Raises:
        CliError: it cannot be read, or is not UTF-8.
    """
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise CliError(
            say(f"无法读取 {path}：{error.strerror}", f"cannot read {path}: {error.strerror}")
        ) from error
    except UnicodeDecodeError as error:
        raise CliError(say(f"{path} 不是 UTF-8 文本", f"{path} is not UTF-8 text")) from error


def write_text(path: Path, text: str) -> None:
    """Write a file; its folder is made where there is none. Raises CliError where that fails."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file, whole or not at all; its folder is made where there is none.

    Raises:
        CliError: that fails.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            path.write_bytes(data)  # a terminal or a pipe cannot be replaced
            return
        draft = path.with_name(f".{path.name}.{os.getpid()}.new")
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        raise CliError(
            say(f"无法写入 {path}：{error.strerror}", f"cannot write {path}: {error.strerror}")
        ) from error
