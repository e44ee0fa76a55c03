"""Keys: who adds and revokes them, and what a thief of one cannot do."""

import pytest

from crypto.keys import PrivateKey
from ledger.events import registry
from ledger.instants import Instant
from ledger.state import (
    RegisteredKey,
    key_fact,
)
from ledger.vocabulary import KeyRevocation, Purpose
from tests.consortium import (
    LAB,
    MAKER,
    REGISTRAR,
    private_key,
)
from tests.memory import World
from tests.starts import (
    NEWCOMER,
    enrolment,
)


def test_a_firm_adds_keys_for_itself_only() -> None:
    world = World()
    claims = registry.KeyAdded(jwk=private_key("k").verifier, purpose=Purpose.ADMIN)
    admin = MAKER.key(Purpose.ADMIN)
    world.refused(world.story.tell(MAKER, claims, LAB.id, key=admin), "key.others", LAB.id)


def test_the_registrar_adds_admin_keys_for_others_and_no_other_purpose() -> None:
    world = World()
    admin = REGISTRAR.key(Purpose.ADMIN)
    fresh = private_key("fresh")
    office = registry.KeyAdded(jwk=fresh.verifier, purpose=Purpose.OFFICE)
    world.refused(world.story.tell(REGISTRAR, office, LAB.id, key=admin), "key.others", LAB.id)
    world.tell(REGISTRAR, registry.KeyAdded(jwk=fresh.verifier, purpose=Purpose.ADMIN), LAB.id, key=admin)
    assert world.ledger.org(LAB.id).admin_keys == 2


def test_only_the_registrar_has_a_recovery_key() -> None:
    world = World()
    claims = registry.KeyAdded(jwk=private_key("r").verifier, purpose=Purpose.RECOVERY)
    admin = MAKER.key(Purpose.ADMIN)
    world.refused(world.story.tell(MAKER, claims, MAKER.id, key=admin), "key.recovery_registrar", MAKER.id)
    world.tell(REGISTRAR, claims, REGISTRAR.id, key=REGISTRAR.key(Purpose.ADMIN))


def test_a_key_for_a_firm_not_enrolled_is_refused() -> None:
    world = World()
    claims = registry.KeyAdded(jwk=private_key("k").verifier, purpose=Purpose.ADMIN)
    admin = REGISTRAR.key(Purpose.ADMIN)
    world.refused(world.story.tell(REGISTRAR, claims, NEWCOMER.id, key=admin), "org.unknown", NEWCOMER.id)


@pytest.mark.parametrize(("from_minutes", "until_minutes"), [(None, 1), (None, 0), (20, 20), (20, 15)])
def test_a_window_that_is_over_before_it_opens_is_refused(
    from_minutes: int | None, until_minutes: int
) -> None:
    world = World()
    now = world.story.now_ms
    fresh = private_key("k").verifier
    claims = registry.KeyAdded(
        jwk=fresh,
        purpose=Purpose.OFFICE,
        from_=None if from_minutes is None else Instant.from_ms(now + from_minutes * 60_000),
        until=Instant.from_ms(now + until_minutes * 60_000),
    )
    admin = MAKER.key(Purpose.ADMIN)
    world.refused(world.story.tell(MAKER, claims, MAKER.id, key=admin), "key.window", fresh.thumbprint())


def revoke(key: PrivateKey, *, since: Instant | None = None) -> registry.KeyRevoked:
    return registry.KeyRevoked(
        kid=key.verifier.thumbprint(), reason=KeyRevocation.COMPROMISED, compromised_since=since
    )


def test_a_key_that_is_not_theirs_cannot_be_revoked() -> None:
    world = World()
    admin = MAKER.key(Purpose.ADMIN)
    theirs = LAB.key().verifier.thumbprint()
    world.refused(world.story.tell(MAKER, revoke(LAB.key()), MAKER.id, key=admin), "key.not_theirs", theirs)
    nobodys = private_key("nobody's")
    world.refused(
        world.story.tell(MAKER, revoke(nobodys), MAKER.id, key=admin),
        "key.not_theirs",
        nobodys.verifier.thumbprint(),
    )


def test_a_firm_revokes_no_other_firms_key_but_the_registrar_does() -> None:
    world = World()
    claims = revoke(LAB.key())
    world.refused(world.story.tell(MAKER, claims, LAB.id, key=MAKER.key(Purpose.ADMIN)), "key.others", LAB.id)
    world.tell(REGISTRAR, claims, LAB.id, key=REGISTRAR.key(Purpose.ADMIN))
    world.refused(world.story.tell(LAB, enrolment(NEWCOMER), NEWCOMER.id), "key.revoked")


def test_a_firm_cannot_revoke_its_last_admin_key_but_the_registrar_can() -> None:
    world = World()
    admin = MAKER.key(Purpose.ADMIN)
    world.refused(world.story.key_revoked(MAKER, admin), "key.last_admin", admin.verifier.thumbprint())
    world.log(world.story.key_added(MAKER, Purpose.ADMIN, 2), world.story.key_revoked(MAKER, admin))
    assert world.ledger.org(MAKER.id).admin_keys == 1
    second = MAKER.key(Purpose.ADMIN, 2)
    claims = revoke(second)
    world.refused(world.story.tell(MAKER, claims, MAKER.id, key=second), "key.last_admin")
    world.tell(REGISTRAR, claims, MAKER.id, key=REGISTRAR.key(Purpose.ADMIN))
    assert world.ledger.org(MAKER.id).admin_keys == 0


def test_the_registrar_cannot_revoke_its_own_last_admin_key_with_it() -> None:
    world = World()
    admin = REGISTRAR.key(Purpose.ADMIN)
    world.refused(world.story.key_revoked(REGISTRAR, admin), "key.last_admin")


def test_whoever_stole_an_admin_key_does_not_take_the_log() -> None:
    world = World()
    admin, recovery = REGISTRAR.key(Purpose.ADMIN), REGISTRAR.key(Purpose.RECOVERY)
    kid = recovery.verifier.thumbprint()
    world.refused(world.story.key_revoked(REGISTRAR, recovery), "key.recovery_kept", kid)
    # A recovery key of the thief's own, and every admin key but the stolen one revoked, do not help.
    thiefs = private_key("thief's")
    added = registry.KeyAdded(jwk=thiefs.verifier, purpose=Purpose.RECOVERY)
    world.tell(REGISTRAR, added, REGISTRAR.id, key=admin)
    text = world.story.tell(REGISTRAR, revoke(recovery), REGISTRAR.id, key=thiefs)
    world.refused(text, "key.recovery_kept", kid)
    for stolen in (thiefs, admin):
        world.tell(REGISTRAR, revoke(stolen), REGISTRAR.id, key=recovery)
    fresh = registry.KeyAdded(jwk=private_key("fresh").verifier, purpose=Purpose.ADMIN)
    world.tell(REGISTRAR, fresh, REGISTRAR.id, key=recovery)
    assert world.ledger.org(REGISTRAR.id).admin_keys == 1


def test_a_recovery_key_revokes_itself_and_those_added_after_it() -> None:
    world = World()
    first, second = REGISTRAR.key(Purpose.RECOVERY), private_key("second recovery")
    added = registry.KeyAdded(jwk=second.verifier, purpose=Purpose.RECOVERY)
    world.tell(REGISTRAR, added, REGISTRAR.id, key=REGISTRAR.key(Purpose.ADMIN))
    since = Instant.from_ms(world.story.now_ms)
    world.tell(REGISTRAR, revoke(first), REGISTRAR.id, key=first)
    text = world.story.tell(REGISTRAR, revoke(first, since=since), REGISTRAR.id, key=second)
    world.refused(text, "key.recovery_kept", first.verifier.thumbprint())
    world.tell(REGISTRAR, revoke(second), REGISTRAR.id, key=second)


def test_a_second_revocation_only_tells_an_earlier_compromise() -> None:
    world = World()
    key, kid = MAKER.key(), MAKER.key().verifier.thumbprint()
    opened = world.story.now_ms
    world.log(world.story.key_revoked(MAKER, key))
    at = world.ledger.size - 1
    refusal = world.refused(world.story.key_revoked(MAKER, key), "key.revoked_before", kid)
    assert refusal.facts["index"] == at
    late, early = Instant.from_ms(opened), Instant.from_ms(opened - 60_000)
    world.log(world.story.key_revoked(MAKER, key, compromised_since=late))
    world.refused(world.story.key_revoked(MAKER, key, compromised_since=late), "key.compromise_earlier", kid)
    world.log(world.story.key_revoked(MAKER, key, compromised_since=early))
    state = world.ledger.states[key_fact(kid)]
    assert isinstance(state, RegisteredKey)
    assert (state.revoked, state.compromised_since) == (at, early)


def test_a_key_is_not_compromised_in_the_future() -> None:
    world = World()
    since = Instant.from_ms(world.story.now_ms + 86_400_000)
    world.refused(
        world.story.key_revoked(MAKER, MAKER.key(), compromised_since=since),
        "key.compromise_ahead",
        MAKER.key().verifier.thumbprint(),
    )
