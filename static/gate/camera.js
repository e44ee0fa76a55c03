// The camera: opens, lights, and hands each new code on once.

import { openDecoder } from "./decoder.js";

const PAUSE_MS = 120;
const SAME_AGAIN_MS = 4000;

export class Camera {
  constructor(video, found) {
    this.video = video;
    this.found = found;
    this.canvas = document.createElement("canvas");
    this.stream = null;
    this.last = { text: "", at: 0 };
  }

  get running() {
    return this.stream !== null;
  }

  async start() {
    if (this.running) return;
    const wish = { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } };
    this.stream = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
    this.video.srcObject = this.stream;
    await this.video.play();
    this.decoder ??= await openDecoder();
    this.#loop();
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }

  get torch() {
    const [track] = this.stream?.getVideoTracks() ?? [];
    return track?.getCapabilities?.().torch ? track : null;
  }

  async light(on) {
    await this.torch?.applyConstraints({ advanced: [{ torch: on }] });
  }

  // The picture as it is now, as JPEG bytes: the last resort where no code can be read.
  async photo() {
    this.#draw();
    const blob = await new Promise((resolve) => this.canvas.toBlob(resolve, "image/jpeg", 0.8));
    return new Uint8Array(await blob.arrayBuffer());
  }

  async #loop() {
    const stream = this.stream;
    while (this.stream === stream) {
      if (this.video.readyState >= 2 && !document.hidden && !this.paused) {
        const picture = this.#draw();
        for (const text of await this.decoder.read(picture)) this.#tell(text);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  #draw() {
    const { videoWidth: width, videoHeight: height } = this.video;
    Object.assign(this.canvas, { width, height });
    const ink = this.canvas.getContext("2d", { willReadFrequently: true });
    ink.drawImage(this.video, 0, 0);
    return ink.getImageData(0, 0, width, height);
  }

  #tell(text) {
    const now = Date.now();
    if (this.paused || (text === this.last.text && now - this.last.at < SAME_AGAIN_MS)) return;
    this.last = { text, at: now };
    this.found(text);
  }
}
