/** Every command of the demo, in the order of `--help`. The first is meant when no name is given. */
import type { Command } from "./command.ts";
import { devices, remove } from "./devices.ts";
import { login, register } from "./email.ts";
import { erase } from "./erase.ts";
import { join } from "./join.ts";
import { phrases } from "./phrases.ts";
import { recover } from "./recover.ts";
import { signOut } from "./sign-out.ts";
import { transfer } from "./transfer.ts";
import { translateWords } from "./translate.ts";
import { vocab } from "./vocab.ts";
import { whoami } from "./whoami.ts";

export const COMMANDS: readonly [Command, ...Command[]] = [
  translateWords,
  phrases,
  vocab,
  whoami,
  transfer,
  join,
  recover,
  register,
  login,
  devices,
  remove,
  erase,
  signOut,
];
