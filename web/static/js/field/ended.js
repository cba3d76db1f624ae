// On the sign-in page no session is open: what a device keeps of one goes, if it keeps anything. A
// session that lay idle may still be one for the field page, which its PIN locks.
import { Vault } from "./vault.js";

const known = await indexedDB.databases();
if (known.some(({ name }) => name === "fieldwrit-field") && !(await isOpen())) await (await Vault.open()).wipePacks();

async function isOpen() {
  try {
    return (await fetch("/api/field/state", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
