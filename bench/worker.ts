/**
 * The Worker's entry for `npm run bench`. Its lines are made and dropped: locally each is a write to a pipe that the
 * load generator itself would have to read, which costs more than the request and says nothing about production.
 */
import { createApp } from "../src/app.ts";
import type { Env } from "../src/context.ts";

const { fetch } = createApp({ log: () => undefined, clock: Date.now });

export default { fetch } satisfies ExportedHandler<Env>;
