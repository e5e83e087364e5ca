// `npm run openapi`: writes the document that the Worker serves, and the module that it is bundled from.

import { mkdirSync, writeFileSync } from "node:fs";
import { createApp } from "../src/app.ts";
import { VERSION } from "../src/version.ts";
import { openapiDocument } from "./openapi/document.ts";

const { declarations } = createApp({ openapi: "", log: () => undefined, clock: Date.now });
const document = openapiDocument(declarations, VERSION);
mkdirSync("generated", { recursive: true });
writeFileSync("generated/openapi.json", `${JSON.stringify(document, null, 2)}\n`);
writeFileSync(
  "generated/openapi.ts",
  `// Written by \`npm run openapi\`.\nexport const OPENAPI = ${JSON.stringify(JSON.stringify(document))};\n`,
);
