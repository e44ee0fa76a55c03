"""Effects on organisations, keys, codings, models and the rule set."""

from dataclasses import replace
from typing import Final

from crypto.keys import Verifier
from ledger.errors import AuthorityRefusal, ConflictError, RuleRefusal
from ledger.events.registry import (
    CodingFiled,
    KeyAdded,
    KeyRevoked,
    ModelDeclared,
    OrgEnrolled,
    OrgReinstated,
    OrgRolesSet,
    OrgSuspended,
    ReportFiled,
    RulesAdopted,
    SiteSet,
)
from ledger.identifiers import ItemId
from ledger.instants import Instant
from ledger.lifecycle.effects import effect
from ledger.lifecycle.scene import Scene
from ledger.rules import Feature, rules_sha256
from ledger.state import (
    LOG,
    Fact,
    Filing,
    Log,
    Model,
    Organisation,
    RegisteredKey,
    Site,
    key_fact,
    model_fact,
    vendor_fact,
)
from ledger.vocabulary import Purpose, Role

MAX_SITES: Final = 500


def _subject(scene: Scene) -> ItemId:
    return scene.event.subjects[0]


def _enrolment_reads(claims: OrgEnrolled) -> list[Fact]:
    keys = [claims.admin] if claims.recovery is None else [claims.admin, claims.recovery]
    return [key_fact(key.thumbprint()) for key in keys]


@effect(OrgEnrolled, _enrolment_reads)
def org_enrolled(scene: Scene, claims: OrgEnrolled) -> None:
    """Enrol an organisation with its first admin key; entry 0 also founds the log."""
    org = _subject(scene)
    if scene.has(org):
        raise ConflictError("org.enrolled_before", org)
    if scene.index == 0:
        _found_log(scene, claims, org)
    elif claims.recovery is not None or claims.rules is not None:
        raise RuleRefusal("org.not_root", org)
    _register(scene, claims.admin, org, Purpose.ADMIN)
    scene.put(
        org,
        Organisation(
            id=org,
            name_zh=claims.name_zh,
            name_en=claims.name_en,
            roles=claims.roles,
            district=claims.district,
            scope=claims.scope,
            licence_until=claims.licence_until,
            admin_keys=1,
        ),
    )


def _found_log(scene: Scene, claims: OrgEnrolled, org: ItemId) -> None:
    # Entry 0 is the only event verified with a key in its own data (docs/formats.md, Root of trust).
    if claims.recovery is None or claims.rules is None or Role.REGISTRAR not in claims.roles:
        raise RuleRefusal("log.root", org)
    if claims.licence_until is not None:
        # Nobody could renew it once it is over.
        raise RuleRefusal("log.root", org)
    if org != scene.event.iss or claims.admin.thumbprint() != scene.event.kid:
        raise AuthorityRefusal("log.root", org)
    _check_rules(claims.rules.version, claims.rules.sha256)
    _register(scene, claims.recovery, org, Purpose.RECOVERY)
    scene.put(LOG, Log(origin=scene.event.aud, registrar=org, rules=claims.rules.version))


def _check_rules(version: str, sha256: str) -> None:
    if rules_sha256(version) != sha256:
        raise RuleRefusal("rules.sha256", version)


def _register(
    scene: Scene,
    jwk: Verifier,
    org: ItemId,
    purpose: Purpose,
    *,
    label: str | None = None,
    since: Instant | None = None,
    until: Instant | None = None,
) -> None:
    kid = jwk.thumbprint()
    if scene.find(key_fact(kid)) is not None:
        raise ConflictError("key.registered_before", kid)
    scene.put(
        key_fact(kid),
        RegisteredKey(
            kid=kid,
            org=org,
            jwk=jwk,
            purpose=purpose,
            added=scene.index,
            label=label,
            from_=since,
            until=until,
        ),
    )


@effect(OrgRolesSet)
def org_roles_set(scene: Scene, claims: OrgRolesSet) -> None:
    """Set roles, scope and licence anew."""
    org = scene.org(_subject(scene))
    ends = Role.REGISTRAR not in claims.roles or claims.licence_until is not None
    if org.id == _log(scene).registrar and ends:
        raise RuleRefusal("org.registrar", org.id)
    scene.put(
        org.id,
        replace(org, roles=claims.roles, scope=claims.scope, licence_until=claims.licence_until),
    )


@effect(OrgSuspended)
def org_suspended(scene: Scene, claims: OrgSuspended) -> None:
    """Suspend an organisation."""
    del claims  # the ground is for people
    org = scene.org(_subject(scene))
    if org.id == _log(scene).registrar:
        raise RuleRefusal("org.registrar", org.id)
    scene.put(org.id, replace(org, suspended=True))


@effect(OrgReinstated)
def org_reinstated(scene: Scene, claims: OrgReinstated) -> None:
    """End a suspension."""
    del claims  # the ground is for people
    org = scene.org(_subject(scene))
    if not org.suspended:
        raise RuleRefusal("org.not_suspended", org.id)
    scene.put(org.id, replace(org, suspended=False))


@effect(SiteSet)
def site_set(scene: Scene, claims: SiteSet) -> None:
    """Name a site, in the place of what it was named before."""
    org = scene.org(scene.event.iss)
    site = Site(site=claims.site, name=claims.name, district=claims.district, kinds=claims.kinds)
    others = tuple(one for one in org.sites if one.site != claims.site)
    if len(others) >= MAX_SITES:
        raise RuleRefusal("org.sites", org.id, limit=MAX_SITES)
    scene.put(org.id, replace(org, sites=tuple(sorted((*others, site), key=lambda one: one.site))))


@effect(ReportFiled)
def report_filed(scene: Scene, claims: ReportFiled) -> None:
    """Change nothing; a report covers a period that has begun."""
    if claims.until < claims.from_ or claims.from_ > scene.event.at.day:
        raise RuleRefusal("report.period", scene.event.id, since=claims.from_, until=claims.until)


def _log(scene: Scene) -> Log:
    log = scene.fact(Log, LOG)
    if log is None:
        raise LookupError("the log's own state was not fetched")
    return log


@effect(KeyAdded, lambda claims: [key_fact(claims.jwk.thumbprint())])
def key_added(scene: Scene, claims: KeyAdded) -> None:
    """Register a key for the organisation in `prev`."""
    org = scene.org(_subject(scene))
    registrar = _log(scene).registrar
    own = scene.event.iss == org.id
    if not own and not (scene.event.iss == registrar and claims.purpose is Purpose.ADMIN):
        raise AuthorityRefusal("key.others", org.id)
    if claims.purpose is Purpose.RECOVERY and not (own and org.id == registrar):
        raise RuleRefusal("key.recovery_registrar", org.id)
    if claims.until is not None and claims.until.ms <= max(
        scene.logged_at_ms, claims.from_.ms if claims.from_ else 0
    ):
        raise RuleRefusal("key.window", claims.jwk.thumbprint(), until=claims.until)
    _register(
        scene,
        claims.jwk,
        org.id,
        claims.purpose,
        label=claims.label,
        since=claims.from_,
        until=claims.until,
    )
    admins = org.admin_keys + (claims.purpose is Purpose.ADMIN)
    scene.put(org.id, replace(org, admin_keys=admins))


@effect(KeyRevoked, lambda claims: [key_fact(claims.kid)])
def key_revoked(scene: Scene, claims: KeyRevoked) -> None:
    """End a key; a second revocation may only add when it was compromised."""
    org = scene.org(_subject(scene))
    key = scene.fact(RegisteredKey, key_fact(claims.kid))
    if key is None or key.org != org.id:
        raise RuleRefusal("key.not_theirs", claims.kid, org=org.id)
    registrar = _log(scene).registrar
    if scene.event.iss not in (org.id, registrar):
        raise AuthorityRefusal("key.others", org.id)
    _check_revocation(scene, claims, key, org)
    first = key.revoked is None
    ended = replace(
        key,
        revoked=scene.index if first else key.revoked,
        compromised_since=claims.compromised_since or key.compromised_since,
        # Who stood by entries did not know yet that the thief had the key before.
        confirmed=() if claims.compromised_since is not None else key.confirmed,
    )
    scene.put(key_fact(key.kid), ended)
    admins = org.admin_keys - (first and key.purpose is Purpose.ADMIN)
    scene.put(org.id, replace(org, admin_keys=admins))


def _check_revocation(scene: Scene, claims: KeyRevoked, key: RegisteredKey, org: Organisation) -> None:
    since = claims.compromised_since
    if key.revoked is not None and since is None:
        raise ConflictError("key.revoked_before", key.kid, index=key.revoked)
    if key.revoked is not None and key.compromised_since is not None:
        known = key.compromised_since
        if since is not None and since.ms >= known.ms:
            raise RuleRefusal("key.compromise_earlier", key.kid, since=known)
    if since is not None and since.ms > scene.logged_at_ms:
        raise RuleRefusal("key.compromise_ahead", key.kid, since=since)
    signer = scene.fact(RegisteredKey, key_fact(scene.event.kid))
    by_recovery = signer is not None and signer.purpose is Purpose.RECOVERY
    # Whoever stole an admin key can add a recovery key, but not revoke an older one with either.
    kept = key.purpose is Purpose.RECOVERY
    if kept and not (signer is not None and by_recovery and signer.added <= key.added):
        raise AuthorityRefusal("key.recovery_kept", key.kid)
    last = key.purpose is Purpose.ADMIN and key.revoked is None and org.admin_keys <= 1
    if last and scene.event.iss == org.id and not by_recovery:
        raise RuleRefusal("key.last_admin", key.kid)


@effect(CodingFiled, lambda claims: [vendor_fact(claims.vendor)])
def coding_filed(scene: Scene, claims: CodingFiled) -> None:
    """File specification codes under a vendor code; what is filed stays as it is."""
    filing = scene.fact(Filing, vendor_fact(claims.vendor))
    if filing is None:
        filing = Filing(vendor=claims.vendor, org=scene.event.iss)
    if not scene.is_actor(filing.org):
        raise ConflictError("code.vendor_filed", claims.vendor, org=filing.org)
    known = {spec.spec for spec in filing.specs}
    for spec in claims.specs:
        if spec.spec in known:
            raise ConflictError("code.spec_filed", f"{claims.vendor}/{spec.spec}")
        known.add(spec.spec)
    scene.put(vendor_fact(claims.vendor), replace(filing, specs=(*filing.specs, *claims.specs)))


def _number(model: str) -> tuple[str, int]:
    name, _, number = model.rpartition("@")
    return name, int(number)


def _model_reads(claims: ModelDeclared) -> list[Fact]:
    name, number = _number(claims.model)
    return [model_fact(claims.model), model_fact(f"{name}@{number - 1}")]


@effect(ModelDeclared, _model_reads)
def model_declared(scene: Scene, claims: ModelDeclared) -> None:
    """Declare a model under the signer's own name, numbers without a gap."""
    name, number = _number(claims.model)
    if name.partition("/")[0] != str(scene.event.iss):
        raise AuthorityRefusal("model.issuer", claims.model, issuer=scene.event.iss)
    if scene.find(model_fact(claims.model)) is not None:
        raise ConflictError("model.declared_before", claims.model)
    if number > 1 and scene.find(model_fact(f"{name}@{number - 1}")) is None:
        raise RuleRefusal("model.number", claims.model, expected=f"{name}@{number - 1}")
    scene.put(
        model_fact(claims.model),
        Model(
            id=claims.model,
            org=scene.event.iss,
            kind=claims.kind,
            category=claims.category,
            chemistry=claims.chemistry,
            mass_g=claims.mass_g,
            rated_capacity_mah=claims.rated_capacity_mah,
            rated_energy_wh=claims.rated_energy_wh,
            nominal_voltage_mv=claims.nominal_voltage_mv,
            declared=scene.event.id,
            hazards=claims.hazards if Feature.MODEL_HAZARDS in scene.rules.features else (),
        ),
    )


@effect(RulesAdopted)
def rules_adopted(scene: Scene, claims: RulesAdopted) -> None:
    """Judge every later entry by another rule set."""
    log = _log(scene)
    if scene.event.iss != log.registrar:
        raise AuthorityRefusal("org.registrar_only", scene.event.iss)
    _check_rules(claims.version, claims.sha256)
    scene.put(LOG, replace(log, rules=claims.version))
