// Judges consistency proofs, one JSON object a line with hashes in base64, as the auditor's page does.
import { createInterface } from "node:readline";
import { checkConsistent } from "../../static/desk/consistency.js";
import { Refused } from "../../static/verify/bytes.js";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

async function holds({ size1, size2, proof, root1, root2 }) {
  try {
    await checkConsistent(BigInt(size1), BigInt(size2), proof.map(bytes), bytes(root1), bytes(root2));
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return false;
  }
}

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify({ holds: await holds(JSON.parse(line)) }));
