// Calls functions of the gate for the Python tests: a JSON array of calls on standard input, of answers on output.

import { webcrypto } from "node:crypto";

import { fromBase64url } from "../../static/gate/bytes.js";
import { guesses, interpret, parseCode } from "../../static/gate/code.js";
import { deviceCode } from "../../static/gate/device.js";
import { verify as verifyEd25519 } from "../../static/gate/ed25519.js";
import { rawScan, signEvent, thumbprint, token } from "../../static/gate/event.js";
import { judge, selects } from "../../static/gate/judge.js";
import { checkLabel, parseUrl } from "../../static/gate/label.js";
import { makeKey } from "../../static/gate/es256.js";
import { pattern, textOf } from "../../static/gate/qr.js";
import { keyOf } from "../../static/verify/keys.js";

globalThis.crypto ??= webcrypto;
const made = await makeKey();
const signer = { privateKey: made.privateKey, kid: await thumbprint(made.jwk) };
const holds = (check) => check.then(() => true, (error) => error.constructor.name);

const CALLS = {
  ed25519: (key, message, signature) => holds(verifyEd25519(fromBase64url(key), fromBase64url(message), fromBase64url(signature))),
  es256: (jwk, message, signature) => holds(keyOf(jwk).then((key) => key.verify(fromBase64url(message), fromBase64url(signature)))),
  label: (url, keys) => checkLabel(parseUrl(url), keys),
  url: (text) => parseUrl(text),
  code: (text) => parseCode(text),
  interpret: (text) => interpret(text),
  guesses: (typed, codes) => guesses(typed, codes),
  selects: (recall, item, state) => selects(recall, item, state),
  judge: (facts) => judge(facts),
  event: (members) => signEvent(signer, members),
  token: (members) => token(signer, members),
  raw: (text) => rawScan(text),
  key: async () => ({ jwk: made.jwk, kid: signer.kid, code: await deviceCode(made.jwk) }),
  code_of: (jwk) => deviceCode(jwk),
  modules: (ink, version) => textOf(Float32Array.from(ink), version, pattern(version)),
};

let input = "";
for await (const chunk of process.stdin) input += chunk;
const answers = [];
for (const [name, ...told] of JSON.parse(input)) answers.push((await CALLS[name](...told)) ?? null);
process.stdout.write(JSON.stringify(answers));
