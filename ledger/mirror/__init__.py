"""A static copy of a log that any web server can serve and any tlog client verifies (C2SP tlog-tiles).

It grows by what is new. Every entry is traced to the signed root before it is written, hash tiles are made
from the entries and not copied, and the checkpoint comes last: a reader of the copy always finds what its
checkpoint needs, wherever an export was stopped.
"""

from ledger.mirror.copying import export
from ledger.mirror.place import Folder, MirrorError, Place

__all__ = ["Folder", "MirrorError", "Place", "export"]
