// Reading codes from pictures: the browser's own detector where there is one, else and beside it the WebAssembly
// build of zxing-cpp, which we serve ourselves (zxing-wasm, MIT).

const FORMATS = ["qr_code", "data_matrix", "code_128"];
const WASM = "/static/vendor/zxing/";
export const OPTIONS = {
  formats: ["QRCode", "DataMatrix", "Code128"],
  tryHarder: true,
  tryRotate: true,
  tryInvert: true,
  tryDownscale: true,
  maxNumberOfSymbols: 4,
};

// What was scratched is read once the scratches are closed; what is whole is read faster without.
export const WORN = { ...OPTIONS, tryDenoise: true };

let wasm = null;

async function loadWasm() {
  const module = await import(`${WASM}reader/index.js`);
  const wasmBinary = await (await fetch(`${WASM}zxing_reader.wasm`)).arrayBuffer();
  await module.prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  let frame = 0;
  return async (picture) => {
    frame += 1;
    const found = await module.readBarcodes(picture, frame % 2 ? OPTIONS : WORN);
    return found.filter((one) => one.isValid).map((one) => one.text);
  };
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
  wasm ??= loadWasm();
  const second = native === null ? await wasm : await wasm.catch(() => null);
  if (native === null) return { name: "wasm", read: second };
  let frame = 0;
  const read = async (picture) => {
    const found = await native(picture);
    frame += 1;
    return found.length || second === null || frame % 4 ? found : second(picture);
  };
  return { name: second === null ? "native" : "native+wasm", read };
}
