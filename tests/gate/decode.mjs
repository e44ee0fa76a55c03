// Reads pictures as the gate does: files of pixels with their sizes on standard input, texts and times on output.

import { readFileSync } from "node:fs";

import { looksOf } from "../../static/gate/decoder.js";
import { readWorn } from "../../static/gate/worn.js";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const wasmBinary = readFileSync(new URL("../../node_modules/zxing-wasm/dist/reader/zxing_reader.wasm", import.meta.url));
await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
const found = [];
for (const [name, width, height] of JSON.parse(readFileSync(0, "utf-8"))) {
  const picture = { data: new Uint8ClampedArray(readFileSync(name)), width, height };
  let texts = [];
  const times = [];
  // As at the gate: frame after frame of one picture, each looked at in its way.
  for (const look of looksOf(readBarcodes, readWorn).looks) {
    if (texts.length) break;
    const started = performance.now();
    texts = await look(picture);
    times.push(performance.now() - started);
  }
  found.push([texts, times]);
}
process.stdout.write(JSON.stringify(found));
