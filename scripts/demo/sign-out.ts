/** Ends this device's session. The credentials stay in the file, so the next command signs in to the same account. */
import type { Command } from "./command.ts";

export const signOut: Command = {
  name: "sign-out",
  usage: "",
  summary: "end the session and forget its tokens; the app ID and secret stay",
  options: {},
  run: async ({ client, print }) => {
    await client.signOut();
    print("Signed out. The next command signs in again with the app ID and secret in the file.");
  },
};
