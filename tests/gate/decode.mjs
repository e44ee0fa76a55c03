// Reads pictures with the decoder and the options of the gate: file names on standard input, texts on output.

import { readFileSync } from "node:fs";

import { OPTIONS, WORN } from "../../static/gate/decoder.js";
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

const wasmBinary = readFileSync(new URL("../../node_modules/zxing-wasm/dist/reader/zxing_reader.wasm", import.meta.url));
await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
const found = [];
for (const name of JSON.parse(readFileSync(0, "utf-8"))) {
  const started = performance.now();
  const picture = new Uint8Array(readFileSync(name));
  let texts = [];
  // As at the gate: two frames of one picture, each with its options.
  for (const options of [OPTIONS, WORN]) {
    if (texts.length === 0) texts = (await readBarcodes(picture, options)).filter((one) => one.isValid).map((one) => one.text);
  }
  found.push([texts, performance.now() - started]);
}
process.stdout.write(JSON.stringify(found));
