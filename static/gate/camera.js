// The camera: opens, lights, hands each new code on once, and tells when it can go on no longer.

import { openDecoder } from "./decoder.js";
import { Sightings } from "./sightings.js";

const PAUSE_MS = 120;

export class Camera {
  // `found` is told a text and waited for, `lost` that the camera has stopped by itself: why, or null where it was taken away.
  constructor(video, { found, lost }) {
    this.video = video;
    this.found = found;
    this.lost = lost;
    this.paused = false;
    this.canvas = document.createElement("canvas");
    this.stream = null;
    this.sightings = new Sightings();
  }

  get running() {
    return this.stream !== null;
  }

  async start() {
    const wish = { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1080 } };
    const stream = await navigator.mediaDevices.getUserMedia({ video: wish, audio: false });
    this.stream = stream;
    for (const track of stream.getTracks()) track.addEventListener("ended", () => this.#end(stream, null));
    this.video.srcObject = stream;
    await this.video.play();
    this.decoder = await openDecoder();
    this.#loop(stream).catch((error) => this.#end(stream, error));
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

  pause(isPaused) {
    this.paused = isPaused;
    if (!isPaused) this.sightings.goOn(Date.now());
  }

  #end(stream, reason) {
    if (this.stream !== stream) return;
    this.stop();
    this.lost(reason);
  }

  async #loop(stream) {
    while (this.stream === stream) {
      if (this.video.readyState >= 2 && !document.hidden && !this.paused) {
        const texts = await this.decoder.read(this.#draw());
        const text = this.stream === stream && !this.paused ? this.sightings.next(texts, Date.now()) : null;
        // One after the other, so that no answer covers another.
        if (text !== null) await this.found(text);
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
}
