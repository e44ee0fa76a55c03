// The viewfinder of the Scan tab: the picture of the camera with its switches, and what became of it in words.

import { Camera } from "./camera.js";
import { NoReaderError } from "./decoder.js";
import { byId, tell } from "./page.js";
import { say } from "./words.js";

export class Viewfinder {
  // `found` is told what is read while the viewfinder is in sight.
  constructor(found) {
    const lost = (reason) => this.#lost(reason === null ? say("scan.camera_ended") : say("scan.camera_failed", { reason: reason.message }));
    this.camera = new Camera(byId("video"), { found: (text) => this.#isDue && found(text), lost });
    this.isWanted = false;
    this.isInSight = true;
    this.isBusy = false;
  }

  // Starts the camera, or stops it.
  switch() {
    this.isWanted = !this.camera.running;
    tell("told", "");
    return this.#settle();
  }

  // Whether the tab is open: a camera that runs stops with it, and goes on when somebody comes back to scan.
  show(isInSight) {
    this.isInSight = isInSight;
    return this.#settle();
  }

  pause(isPaused) {
    this.camera.pause(isPaused);
  }

  photo() {
    return this.camera.photo();
  }

  async light() {
    const on = byId("torch").getAttribute("aria-pressed") !== "true";
    await this.camera.light(on);
    byId("torch").setAttribute("aria-pressed", String(on));
  }

  get #isDue() {
    return this.isWanted && this.isInSight;
  }

  // Brings the camera to what is wanted of it, which may be another thing by the time that it has opened.
  async #settle() {
    if (this.isBusy || this.camera.running === this.#isDue) return;
    this.isBusy = true;
    while (this.camera.running !== this.#isDue) {
      if (this.#isDue) await this.camera.start().catch((error) => this.#lost(whyNot(error)));
      else this.camera.stop();
    }
    this.isBusy = false;
    this.#draw();
  }

  #lost(told) {
    this.isWanted = false;
    this.camera.stop();
    tell("told", told);
    this.#draw();
  }

  #draw() {
    const { running, torch, decoder } = this.camera;
    byId("finder").dataset.on = running ? "yes" : "no";
    tell("camera", say(running ? "scan.camera_stop" : "scan.camera"));
    tell("finder-hint", say(running ? "scan.searching" : "scan.hint"));
    byId("torch").hidden = torch === null;
    byId("torch").setAttribute("aria-pressed", "false");
    byId("photo").hidden = !running;
    if (running) byId("finder").scrollIntoView({ block: "nearest" });
    if (decoder) tell("reader-said", say(decoder.name === "wasm" ? "device.reader_wasm" : "device.reader_native"));
  }
}

function whyNot(error) {
  return error instanceof NoReaderError ? say("scan.no_decoder") : say("scan.no_camera", { reason: error.message });
}
