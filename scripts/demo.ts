/**
 * `npm run demo`: an app on the command line, to see a Pidging Edge work and to read how a client should behave.
 */
import { runDemo } from "./demo/run.ts";

process.exitCode = await runDemo(process.argv.slice(2), { print: console.log, tell: console.error });
