// On the sign-in page no session is open: what a device keeps of one goes, if it keeps anything.
import { Vault } from "./vault.js";

const known = await indexedDB.databases();
if (known.some(({ name }) => name === "fieldwrit-field")) await (await Vault.open()).wipePacks();
