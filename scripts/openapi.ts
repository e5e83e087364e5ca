// `npm run openapi`: writes the document that the Worker serves as a static asset, and a readable copy for the linter.

import { mkdirSync, writeFileSync } from "node:fs";
import { VERSION } from "../src/version.ts";
import { openapiDocument } from "./openapi/document.ts";

// What `define` in wrangler.toml leaves out of the bundle is just what is wanted here.
Object.assign(globalThis, { DOCUMENTED: true });
const { createApp } = await import("../src/app.ts");

const { declarations } = createApp({ log: () => undefined, clock: Date.now });
const document = openapiDocument(declarations, VERSION);
mkdirSync("generated", { recursive: true });
writeFileSync("generated/openapi.json", `${JSON.stringify(document, null, 2)}\n`);
writeFileSync("public/openapi.json", JSON.stringify(document));
