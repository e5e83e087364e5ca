// `npm run generate`: what the bundle needs and git does not keep. wrangler runs it before each bundle, so the
// phrasebook, which takes a while, is built only when it is absent or older than its sources.

import { buildPhrasebookIfNeeded } from "./dev/phrasebook.ts";
import { runInProject } from "./dev/wrangler.ts";
import { writeCommonPasswords } from "./generate/common-passwords.ts";
import { writeProblemPages } from "./generate/problem-pages.ts";

await buildPhrasebookIfNeeded(runInProject);
await import("./openapi.ts");
writeCommonPasswords();
writeProblemPages();
