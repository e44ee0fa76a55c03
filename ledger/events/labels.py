"""The life of a label: printed, attached, replaced, voided.

The event that makes a unit, or replaces its label, names the one label that the unit wears. What is printed,
attached and voided is said of that label; none of it is needed, and a label without it is no worse.
"""

from typing import Annotated, Final

from ledger.events.production import LABEL_TOKEN, LabelClaim
from ledger.events.row import DEVICE, LINE, OFFICE, Claims, Row, event_type
from ledger.fields import AliasText, LabelNumber, integer
from ledger.vocabulary import Kind, LabelGround

MAX_COPIES: Final = 1_000
Copies = Annotated[int, integer(1, MAX_COPIES)]
_LABELLED: Final = frozenset({Kind.PACK, Kind.MODULE, Kind.PRODUCT})


@event_type(Row(type="label.printed", act=False, roles=None, purposes=LINE, kinds=_LABELLED))
class LabelPrinted(Claims):
    """The maker or the holder has printed the label that the ledger names, so many copies of it.

    A battery wears one: what was printed beyond that is a finding until the label is replaced or voided.
    """

    label: LabelClaim
    copies: Copies


@event_type(Row(type="label.attached", act=False, roles=None, purposes=LINE | DEVICE, kinds=_LABELLED))
class LabelAttached(Claims):
    """The maker's line or the holder has seen the label that the ledger names on the item itself."""

    label: LabelClaim


@event_type(
    Row(
        type="label.replaced",
        act=True,
        roles=None,
        purposes=LINE,
        kinds=_LABELLED,
        restricted={"label_token": LABEL_TOKEN},
    )
)
class LabelReplaced(Claims):
    """The holder voids the label an item bears and puts on the next one.

    `code`: what the new label says in the place of the item's own code. It becomes an alias; the old one
    stays resolvable.
    """

    label: LabelClaim
    voided: LabelNumber | None = None
    code: AliasText | None = None


@event_type(Row(type="label.voided", act=False, roles=None, purposes=OFFICE, kinds=_LABELLED))
class LabelVoided(Claims):
    """The maker or the holder takes the label that the ledger names out of use, without a new one.

    A scan of it is stopped from then on; the next label has a higher number.
    """

    number: LabelNumber
    why: LabelGround
