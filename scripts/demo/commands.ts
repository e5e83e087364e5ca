/** Every command of the demo, in the order of `--help`. The first is meant when no name is given. */
import type { Command } from "./command.ts";
import { phrases } from "./phrases.ts";
import { signOut } from "./sign-out.ts";
import { translateWords } from "./translate.ts";
import { whoami } from "./whoami.ts";

export const COMMANDS: readonly [Command, ...Command[]] = [translateWords, phrases, whoami, signOut];
