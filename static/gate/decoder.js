// Reading codes from pictures: the browser's own detector where there is one, else and beside it the WebAssembly
// build of zxing-cpp, which we serve ourselves (zxing-wasm, MIT).

import { isLabel, labelsFirst } from "./sightings.js";

const FORMATS = ["qr_code", "data_matrix", "code_128"];
const WASM = "/static/vendor/zxing/";
const OPTIONS = {
  formats: ["QRCode", "DataMatrix", "Code128"],
  tryHarder: true,
  tryRotate: true,
  tryInvert: true,
  tryDownscale: true,
  maxNumberOfSymbols: 4,
};

// What was scratched is read once the scratches are closed; what is whole is read faster without.
const CLOSED = { ...OPTIONS, tryDenoise: true };

// {looks, beside}. How pictures of one label are looked at, one way a picture: whole labels are read soonest by the
// first, and of what dirt or a tear took a finder pattern, or much else, only the last makes something (worn.js).
// Where a picture shows a bare code alone, a worn label may stand beside it.
export function looksOf(readBarcodes, readWorn) {
  const worn = async (picture) => [readWorn(picture)].filter((text) => text !== null);
  const beside = async (picture, found) => {
    const texts = labelsFirst(found);
    return texts.length === 0 || isLabel(texts[0]) ? texts : labelsFirst([...texts, ...(await worn(picture))]);
  };
  const look = (options) => async (picture) => {
    const found = await readBarcodes(picture, options);
    return beside(picture, found.filter((one) => one.isValid).map((one) => one.text));
  };
  return { looks: [look(OPTIONS), look(CLOSED), look(OPTIONS), worn], beside };
}

// What reads pictures could not be loaded.
export class NoReaderError extends Error {}

let wasm = null;

async function loadWasm() {
  const [module, { readWorn }] = await Promise.all([import(`${WASM}reader/index.js`), import("./worn.js")]);
  const wasmBinary = await (await fetch(`${WASM}zxing_reader.wasm`)).arrayBuffer();
  await module.prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  const { looks, beside } = looksOf(module.readBarcodes, readWorn);
  let frame = 0;
  return { read: (picture) => looks[frame++ % looks.length](picture), beside };
}

async function nativeReader() {
  if (!("BarcodeDetector" in globalThis)) return null;
  const known = await BarcodeDetector.getSupportedFormats().catch(() => []);
  if (!FORMATS.every((format) => known.includes(format))) return null;
  const detector = new BarcodeDetector({ formats: FORMATS });
  return async (picture) => (await detector.detect(picture).catch(() => [])).map((one) => one.rawValue);
}

// {name, read}: reads the texts of the codes in a picture. Damaged codes are tried by the second reader too.
export async function openDecoder() {
  const native = await nativeReader();
  wasm ??= loadWasm().catch((error) => {
    // With a network it can be had the next time.
    wasm = null;
    throw new NoReaderError(error.message, { cause: error });
  });
  const second = native === null ? await wasm : await wasm.catch(() => null);
  if (native === null) return { name: "wasm", read: second.read };
  let frame = 0;
  const read = async (picture) => {
    const found = await native(picture);
    frame += 1;
    if (second === null) return labelsFirst(found);
    if (found.length) return second.beside(picture, found);
    return frame % 2 ? [] : second.read(picture);
  };
  return { name: second === null ? "native" : "native+wasm", read };
}
