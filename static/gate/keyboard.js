// Hardware scanners are keyboards: a burst of keys that no hand can type, and Enter.

const GAP_MS = 60;
const LEAST = 4;

export function listenToScanner(target, found) {
  let letters = "";
  let last = 0;
  target.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = event.timeStamp;
    if (now - last > GAP_MS) letters = "";
    last = now;
    if (event.key === "Enter") {
      const burst = letters;
      letters = "";
      if (burst.length < LEAST) return;
      event.preventDefault();
      event.stopPropagation();
      found(burst);
    } else if (event.key.length === 1) letters += event.key;
  }, true);
}
