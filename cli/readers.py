"""Who reads with a right: the organisation that a key file belongs to, by the ledger's own key list."""

from pathlib import Path

from cli.client import Client, Reader
from cli.errors import CliError
from cli.keyfiles import read_key
from cli.speech import say
from ledger.identifiers import ItemId


def reader_of(client: Client, key_file: Path, base_url: str | None) -> Reader:
    """Return who asks with a key; `base_url` is what the server calls itself, where not as it is reached.

    Raises:
        CliError: the file cannot be read, or the ledger does not know its key.
    """
    signer = read_key(key_file)
    kid = signer.verifier.thumbprint()
    bundle = client.get("/v1/keys")
    org = next((key["org"] for key in bundle["keys"] if key["kid"] == kid), None)
    if org is None:
        raise CliError(
            say(f"账本不认识 {key_file} 的公钥", f"the ledger does not know the key in {key_file}")
        )
    return Reader(ItemId.parse(org), signer, bundle["origin"], (base_url or client.url).rstrip("/"))
