// An import under way, kept in this browser: every event is signed and here before the first is sent, and what
// became of each is noted before the next request. So a reload, a closed lid or a lost network loses and doubles none.

import { openStore } from "../gate/store.js";

const HEAD = "import";

export async function openJournal() {
  const journal = new Journal(await openStore("packtrace-import"));
  await journal.load();
  return journal;
}

class Journal {
  #store;
  head = null;
  entries = [];

  constructor(store) {
    this.#store = store;
  }

  async load() {
    this.head = (await this.#store.get("kept", HEAD)) ?? null;
    this.entries = (await this.#store.all("outbox")).sort((one, other) => one.place - other.place);
  }

  // What it is not yet known of whether the ledger has it, in the order in which events build on each other.
  get left() {
    return this.entries.filter((one) => one.result === undefined);
  }

  get done() {
    return this.entries.length - this.left.length;
  }

  // head: {file, title}; entries: {id, rows, text}. All of it is kept, or nothing.
  async begin(head, entries) {
    const placed = entries.map((one, place) => ({ ...one, place }));
    await this.#store.write([...placed.map((value) => ({ store: "outbox", value })), { store: "kept", key: HEAD, value: head }]);
    await this.load();
  }

  // The signed text, which holds restricted claims, goes as soon as it is known what became of it.
  async note(answered) {
    const values = answered.map(({ entry, result }) => ({ id: entry.id, rows: entry.rows, place: entry.place, result }));
    if (values.length) await this.#store.write(values.map((value) => ({ store: "outbox", value })));
    for (const value of values) this.entries[value.place] = value;
  }

  async clear() {
    await this.#store.write([{ store: "kept", remove: HEAD }, ...this.entries.map((one) => ({ store: "outbox", remove: one.id }))]);
    await this.load();
  }
}
