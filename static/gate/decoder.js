// Reading codes from pictures: the browser's own detector where there is one, else and beside it the WebAssembly
// build of zxing-cpp, which we serve ourselves (zxing-wasm, MIT).

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

// How pictures of one label are looked at, one way a picture: whole labels are read soonest by the first, and of what
// dirt or a tear took a finder pattern, or much else, only the last makes something (worn.js).
export function looksOf(readBarcodes, readWorn) {
  const look = (options) => async (picture) => {
    const found = await readBarcodes(picture, options);
    return found.filter((one) => one.isValid).map((one) => one.text);
  };
  const worn = async (picture) => [readWorn(picture)].filter((text) => text !== null);
  return [look(OPTIONS), look(CLOSED), look(OPTIONS), worn];
}

// What reads pictures could not be loaded.
export class NoReaderError extends Error {}

let wasm = null;

async function loadWasm() {
  const [module, { readWorn }] = await Promise.all([import(`${WASM}reader/index.js`), import("./worn.js")]);
  const wasmBinary = await (await fetch(`${WASM}zxing_reader.wasm`)).arrayBuffer();
  await module.prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  const looks = looksOf(module.readBarcodes, readWorn);
  let frame = 0;
  return (picture) => looks[frame++ % looks.length](picture);
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
  if (native === null) return { name: "wasm", read: second };
  let frame = 0;
  const read = async (picture) => {
    const found = await native(picture);
    frame += 1;
    return found.length || second === null || frame % 2 ? found : second(picture);
  };
  return { name: second === null ? "native" : "native+wasm", read };
}
