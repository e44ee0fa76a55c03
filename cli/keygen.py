"""`packtrace keygen` and `packtrace signer`: the file of a new key, or of one that a program has."""

import secrets
from pathlib import Path
from typing import Final

import click

from cli.commands import json_option, print_json
from cli.keyfiles import new_passphrase, read_public, write_secret
from cli.speech import say
from crypto.command import CommandSigner
from crypto.keys import Algorithm, PrivateKey, Verifier
from ledger.keyfile import format_program

_OUT: Final = click.Path(path_type=Path)
_PROBE: Final = b"a signature over this says only that the key can sign: "


@click.command()
@click.option("-o", "--out", type=_OUT, required=True, help="File to write; never overwritten.")
@click.option(
    "--alg",
    type=click.Choice([algorithm.value for algorithm in Algorithm]),
    default=Algorithm.ED25519.value,
    show_default=True,
    help="Signature algorithm.",
)
@click.option(
    "--no-passphrase", is_flag=True, help="Leave the key in the clear, for a place that is itself safe."
)
@json_option
def keygen(out: Path, alg: str, *, no_passphrase: bool, as_json: bool) -> None:
    """Make a key and print its id (kid) and its public half (JWK).

    The file is an encrypted PKCS#8 PEM of mode 0600. The pass phrase is asked for, or taken from
    PACKTRACE_KEY_PASSPHRASE. The public half goes into a key.added event.
    """
    password = None if no_passphrase else new_passphrase()
    key = PrivateKey.generate(Algorithm(alg))
    write_secret(out, key.to_pem(password))
    _tell(out, key.verifier, say(f"私钥已写入 {out}", f"wrote the private key to {out}"), as_json=as_json)


@click.command()
@click.option("-o", "--out", type=_OUT, required=True, help="File to write; never overwritten.")
@click.option("--public", type=_OUT, required=True, help="The public key: PEM or JWK.")
@click.argument("program", nargs=-1, required=True)
@json_option
def signer(out: Path, public: Path, program: tuple[str, ...], *, as_json: bool) -> None:
    """Write a key file that names a PROGRAM with its arguments, which signs with a key of its own.

    Write `--` before it. It gets what is to be signed on standard input and answers with 64 bytes. It is
    asked for one signature now, and nothing is written where that is not one of the public key.
    """
    verifier = read_public(public)
    CommandSigner(verifier, program).sign(_PROBE + secrets.token_bytes(16))
    # From here on the program is known to have the key.
    write_secret(out, format_program(program, verifier).encode("utf-8"))
    _tell(
        out,
        verifier,
        say(f"已写入 {out}：由 {program[0]} 签名", f"wrote {out}: {program[0]} signs"),
        as_json=as_json,
    )


def _tell(out: Path, key: Verifier, sentence: str, *, as_json: bool) -> None:
    kid, jwk = key.thumbprint(), key.jwk()
    if as_json:
        print_json({"result": "done", "file": str(out), "kid": kid, "jwk": {**jwk}})
    else:
        click.echo(sentence)
        click.echo(f"kid {kid}")
        click.echo("jwk " + "{" + ", ".join(f'"{name}": "{value}"' for name, value in jwk.items()) + "}")
