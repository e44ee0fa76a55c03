// Hardware scanners are keyboards: a burst of keys that no hand can type, then Enter or Tab. Some send the control
// characters that separate the parts of a code as Ctrl and a key: Ctrl+] is the group separator, Ctrl+M and Ctrl+J end.

const GAP_MS = 60;
const LEAST = 4;
const SEPARATORS = { "\\": "\x1c", "]": "\x1d", "^": "\x1e", _: "\x1f" };
const ENDS = { false: ["Enter", "Tab"], true: ["m", "j", "M", "J"] };

export function listenToScanner(target, found) {
  let letters = "";
  let last = 0;
  let field = null;
  const isBurst = (now) => letters !== "" && now - last <= GAP_MS;

  target.addEventListener("keydown", (event) => {
    if (event.metaKey || event.altKey) return;
    const now = event.timeStamp;
    if (!isBurst(now)) {
      letters = "";
      field = "value" in event.target ? { place: event.target, value: event.target.value } : null;
    }
    last = now;
    if (ENDS[event.ctrlKey].includes(event.key)) end(event);
    else if (event.ctrlKey) separate(event);
    else if (event.key.length === 1) letters += event.key;
  }, true);

  function end(event) {
    const burst = letters;
    letters = "";
    if (burst.length < LEAST) return;
    event.preventDefault();
    event.stopPropagation();
    // What was in a field stays as it was: the scanner meant none of it.
    if (field !== null) field.place.value = field.value;
    found(burst);
  }

  function separate(event) {
    if (letters === "") return;
    event.preventDefault();
    letters += SEPARATORS[event.key] ?? "";
  }
}
