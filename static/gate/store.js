// What the device keeps, in IndexedDB. A write over several stores happens whole or not at all.

const STORES = { kept: null, scans: "id", loads: "id", outbox: "id", photos: "sha256" };
// The scans of one load are found without those of all days before.
const VERSION = 2;

export function openStore(name = "packtrace-gate") {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(name, VERSION);
    asked.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion < 1)
        for (const [store, key] of Object.entries(STORES))
          asked.result.createObjectStore(store, key === null ? {} : { keyPath: key });
      asked.transaction.objectStore("scans").createIndex("load", "load");
    };
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => resolve(new Store(asked.result));
  });
}

class Store {
  constructor(database) {
    this.database = database;
  }

  get(store, key) {
    return this.#ask(store, "readonly", (found) => found.get(key));
  }

  all(store) {
    return this.#ask(store, "readonly", (found) => found.getAll());
  }

  of(store, index, key) {
    return this.#ask(store, "readonly", (found) => found.index(index).getAll(key));
  }

  put(store, value, key) {
    return this.write([{ store, value, key }]);
  }

  // Stored under its key unless something is there already.
  add(store, key, value) {
    return new Promise((resolve, reject) => {
      const change = this.database.transaction(store, "readwrite", { durability: "strict" });
      const asked = change.objectStore(store).get(key);
      asked.onsuccess = () => {
        if (asked.result === undefined) change.objectStore(store).put(value, key);
      };
      change.oncomplete = () => resolve();
      change.onabort = () => reject(change.error);
    });
  }

  // changes: {store, value, key?} puts, {store, remove} deletes.
  write(changes) {
    return new Promise((resolve, reject) => {
      const change = this.database.transaction([...new Set(changes.map((one) => one.store))], "readwrite", { durability: "strict" });
      change.oncomplete = () => resolve();
      change.onabort = () => reject(change.error);
      for (const { store, value, key, remove } of changes) {
        if (remove !== undefined) change.objectStore(store).delete(remove);
        else if (key !== undefined) change.objectStore(store).put(value, key);
        else change.objectStore(store).put(value);
      }
    });
  }

  #ask(store, mode, ask) {
    return new Promise((resolve, reject) => {
      const asked = ask(this.database.transaction(store, mode).objectStore(store));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  }
}
