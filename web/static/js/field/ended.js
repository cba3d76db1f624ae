// On the sign-in page no session is open: what a device keeps of one goes, if it keeps anything. A
// session that lay idle may still be one for the field page, which its PIN locks.
import { SIGN_OUT, Vault } from "./vault.js";

const known = await indexedDB.databases();
if (known.some(({ name }) => name === "fieldwrit-field") && !(await isOpen())) {
  const vault = await Vault.open();
  await vault.wipePacks();
  await vault.remove("about", SIGN_OUT);
}

async function isOpen() {
  try {
    return (await fetch("/api/field/state", { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
