"""`packtrace keygen`: a new key for an organisation or a log."""

from pathlib import Path

import click

from cli.commands import json_option, print_json
from cli.keyfiles import new_passphrase, write_secret
from cli.speech import say
from crypto.keys import Algorithm, PrivateKey


@click.command()
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), required=True, help="File to write; never overwritten."
)
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
    kid, jwk = key.verifier.thumbprint(), key.verifier.jwk()
    if as_json:
        print_json({"result": "done", "file": str(out), "kid": kid, "jwk": {**jwk}})
    else:
        click.echo(say(f"私钥已写入 {out}", f"wrote the private key to {out}"))
        click.echo(f"kid {kid}")
        click.echo("jwk " + "{" + ", ".join(f'"{name}": "{value}"' for name, value in jwk.items()) + "}")
