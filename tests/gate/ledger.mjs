import { base64url, concat, sha256, utf8 } from "../../static/gate/bytes.js";

// Stand-ins for node: what the device keeps, in memory, and a ledger that answers as the real one does.

export class Memory {
  constructor() {
    this.stores = { kept: new Map(), scans: new Map(), loads: new Map(), outbox: new Map(), photos: new Map() };
    this.breakAt = Infinity;
    this.writes = 0;
  }

  async get(store, key) {
    return structuredClone(this.stores[store].get(key));
  }

  async all(store) {
    return structuredClone([...this.stores[store].values()]);
  }

  async of(store, index, key) {
    return (await this.all(store)).filter((one) => one[index] === key);
  }

  async put(store, value, key) {
    return this.write([{ store, value, key }]);
  }

  async add(store, key, value) {
    if (!this.stores[store].has(key)) this.stores[store].set(key, value);
  }

  async write(changes) {
    this.writes += 1;
    if (this.writes >= this.breakAt) throw new Error("the device went dark");
    for (const { store, value, key, remove } of changes) {
      if (remove !== undefined) this.stores[store].delete(remove);
      else this.stores[store].set(key ?? value.id ?? value.sha256, structuredClone(value));
    }
  }
}

const ORIGIN = "test.example/packtrace";
const bytes64 = (bytes) => Buffer.from(bytes).toString("base64");

// A log's key, which signs lists as the ledger does.
export class LogKey {
  static async make() {
    const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    const data = concat(Uint8Array.of(1), new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
    const id = (await sha256(concat(utf8(`${ORIGIN}\n`), data))).slice(0, 4);
    return Object.assign(new LogKey(), { pair, id, vkey: `${ORIGIN}+${Buffer.from(id).toString("hex")}+${bytes64(data)}` });
  }

  async sign(list, { time, size = list.size }) {
    const text = JSON.stringify(list);
    const said = `packtrace-stop-list/v1\n${ORIGIN}\n${size}\n${time}\n${bytes64(await sha256(utf8(text)))}\n`;
    const signature = new Uint8Array(await crypto.subtle.sign("Ed25519", this.pair.privateKey, utf8(said)));
    return { v: 2, list: text, note: `${said}\n\u2014 ${ORIGIN} ${bytes64(concat(this.id, signature))}\n` };
  }
}

const LOG_KEY = await LogKey.make();
export const claimsOf = (text) => JSON.parse(Buffer.from(text.split(".")[1], "base64url").toString());

// A ledger of offered packs. `faults`: what the next submissions suffer, one each.
export class FakeLedger {
  constructor({ org, kid, items, consignment }) {
    Object.assign(this, { org, kid, consignment, log: new Map(), faults: [], refuse: new Map(), asked: [], key: LOG_KEY, refuseIntakes: null });
    Object.assign(this, { time: Date.parse("2026-11-22T12:00:00Z") / 1000, answers: null });
    const offer = { event: "o".repeat(43), by: "org:BY", to: org, rights: ["custody"], consignment, offered_at_ms: 1 };
    this.states = new Map(items.map((id) => [id, { id, kind: "pack", phase: "stock", maker: "org:BY", mass_g: 400_000, offer, tip: "t".repeat(43) }]));
    this.holders = new Map(items.map((id) => [id, "org:BY"]));
  }

  ask = async (path, { method = "GET", body } = {}) => {
    this.asked.push(`${method} ${path}`);
    if (path === "/v1/keys") return this.bundle();
    if (path === "/v1/gate") return this.answers ?? this.key.sign(await this.stopList(), { time: this.time });
    if (path.startsWith("/v1/offers")) return { consignments: [{ consignment: this.consignment, offers: [{ by: { id: "org:BY" }, offered_at: "2026-11-22T12:00:00+08:00", items: this.offered() }] }], next: null };
    if (path === "/v1/items/lookup") return { items: JSON.parse(body).items.map((id) => this.found(id)) };
    if (path === "/v1/events") return this.submit(JSON.parse(body).events);
    throw new Error(`nobody answers ${path}`);
  };

  bundle() {
    return { vkey: this.key.vkey, organisations: [{ id: this.org, name_zh: "再生企业", district: "360702" }], keys: [{ kid: this.kid, org: this.org, purpose: "device" }] };
  }

  async stopList(changes = {}) {
    const { organisations, keys } = this.bundle();
    const keysHash = base64url(await sha256(utf8(JSON.stringify([organisations, keys]))));
    return { origin: ORIGIN, base_url: "https://packs.example", size: this.log.size, keys: keysHash, complete: true, flagged: {}, recalls: [], ended: "", ...changes };
  }

  offered() {
    return [...this.states.values()].filter((one) => one.offer !== undefined).map((one) => one.id);
  }

  found(id) {
    const state = this.states.get(id) ?? null;
    return { query: id, id, state, tip: state?.tip ?? null, custodian: this.holders.get(id) ?? null, recalls: [] };
  }

  async submit(texts) {
    const fault = this.faults.shift();
    if (fault === "lost before") throw fault_();
    const results = texts.map((text, at) => (fault === "unknown" && at % 2 ? { result: "unknown" } : this.one(text)));
    if (fault === "lost after") throw fault_();
    return { results };
  }

  one(text) {
    const known = this.log.get(text);
    if (known !== undefined) return { result: "duplicate", index: known };
    const { event, prev } = claimsOf(text);
    if (event === "intake.recorded" && this.refuseIntakes !== null) return { result: "refused", problem: { rule: this.refuseIntakes, item: null, title: "no", detail: "no such site", remedy: "choose one" } };
    for (const item of Object.keys(prev))
      if (event !== "intake.recorded" && this.refuse.has(item)) return { result: "refused", problem: { rule: this.refuse.get(item), item, title: "no", detail: "no", remedy: "ask" } };
    if (event !== "intake.recorded")
      for (const [item, tip] of Object.entries(prev)) if (this.states.get(item).tip !== tip) return { result: "refused", problem: { rule: "prev.stale", item, title: "stale" } };
    this.log.set(text, this.log.size);
    if (event !== "intake.recorded")
      for (const item of Object.keys(prev)) {
        const { offer, ...rest } = this.states.get(item);
        this.states.set(item, { ...rest, tip: String(this.log.size).padStart(43, "x") });
        if (event !== "transfer.rejected") this.holders.set(item, this.org);
      }
    return { result: "logged", index: this.log.size - 1 };
  }

  // The text of an intake of nothing, as a device would have signed it.
  told() {
    const claims = { event: "intake.recorded", prev: {}, data: { scans: [] } };
    return `e30.${base64url(utf8(JSON.stringify(claims)))}.x~`;
  }

  events(type) {
    return [...this.log.keys()].map(claimsOf).filter((one) => one.event === type);
  }
}

import { AwayError } from "../../static/gate/ledger.js";
const fault_ = () => new AwayError("the network went");
