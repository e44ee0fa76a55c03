"""Who reads with a right: the organisation that a key file belongs to, by the ledger's own key list."""

from pathlib import Path

from cli.client import Client, Reader
from cli.keyfiles import read_key
from cli.owners import owner_of_file


def reader_of(client: Client, key_file: Path, base_url: str | None) -> Reader:
    """Return who asks with a key; `base_url` is what the server calls itself, where not as it is reached.

    Raises:
        CliError: the file cannot be read, or the ledger does not know its key.
    """
    signer = read_key(key_file)
    found = owner_of_file(client, key_file, signer.verifier.thumbprint())
    return Reader(found.org, signer, found.origin, (base_url or client.url).rstrip("/"))
