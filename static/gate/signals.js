// An answer is heard and felt as well: a worker in the rain looks at the battery, not at the screen.

const TONES = { go: [[880, 0.09], [1320, 0.16]], look: [[620, 0.16], [620, 0.16]], stop: [[196, 0.28], [196, 0.28], [196, 0.4]] };
const PULSES = { go: [60], look: [120, 80, 120], stop: [400, 120, 400, 120, 400] };
let audio = null;

// Browsers give sound only after a touch; the first one opens it.
export function openSound() {
  audio ??= typeof AudioContext === "undefined" ? null : new AudioContext();
  if (audio?.state === "suspended") audio.resume().catch(() => undefined);
}

export function signal(level) {
  navigator.vibrate?.(PULSES[level]);
  if (audio === null || audio.state !== "running") return;
  let at = audio.currentTime;
  for (const [hertz, seconds] of TONES[level]) {
    const tone = audio.createOscillator();
    const loudness = audio.createGain();
    tone.type = level === "stop" ? "square" : "sine";
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.25, at);
    loudness.gain.exponentialRampToValueAtTime(0.001, at + seconds);
    tone.connect(loudness).connect(audio.destination);
    tone.start(at);
    tone.stop(at + seconds);
    at += seconds + 0.05;
  }
}
