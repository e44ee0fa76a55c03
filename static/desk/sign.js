// Signing what the server prepared: id, times and salts are made here, and so is the signature.

import { base64url, sha256, utf8 } from "../gate/bytes.js";
import { sign } from "../gate/es256.js";
import { instant, uuid7 } from "../gate/event.js";

const encoded = (value) => base64url(utf8(JSON.stringify(value)));

// The SD-JWT of an event (docs/formats.md, section 2). `event`: {event, aud, iss, prev, data}; `at` where it is not now.
export async function signed(key, { event, aud, iss, prev, data, at }, restricted, now = Date.now()) {
  const disclosures = Object.entries(restricted).map(([name, value]) =>
    encoded([base64url(crypto.getRandomValues(new Uint8Array(16))), name, value]),
  );
  const digests = await Promise.all(disclosures.map(async (one) => base64url(await sha256(utf8(one)))));
  const said = digests.length ? { ...data, _sd: digests.sort() } : data;
  const claims = { v: 1, aud, iss, jti: uuid7(now), iat: Math.floor(now / 1000), event, at: at ?? instant(now), prev, data: said };
  if (digests.length) claims._sd_alg = "sha-256";
  const input = `${encoded({ alg: "ES256", kid: key.kid, typ: "battery-event+sd-jwt" })}.${encoded(claims)}`;
  const jws = `${input}.${base64url(await sign(key.privateKey, utf8(input)))}`;
  return { id: base64url(await sha256(utf8(input))), text: [jws, ...disclosures, ""].join("~") };
}

// A token for one request, a POST of exactly this body (docs/formats.md, section 8).
export async function token(key, { iss, aud, url, body, htm = "POST", now = Date.now() }) {
  const iat = Math.floor(now / 1000);
  const claims = { iss, aud, htm, htu: url, iat, exp: iat + 120, jti: uuid7(now) };
  if (htm === "POST") claims.body_sha256 = base64url(await sha256(utf8(body)));
  const input = `${encoded({ alg: "ES256", kid: key.kid, typ: "access+jwt" })}.${encoded(claims)}`;
  return `${input}.${base64url(await sign(key.privateKey, utf8(input)))}`;
}
