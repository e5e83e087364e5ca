/** Shows the account's status as the server tells it, whatever members it has, one line each. */
import * as v from "valibot";
import { type Command, printable } from "./command.ts";
import { alignColumns } from "./table.ts";

export const whoami: Command = {
  name: "whoami",
  usage: "",
  summary: "show the account, device, session and what is left of the quota",
  options: {},
  run: async ({ client, print }) => {
    const { body } = await client.requestJson(v.record(v.string(), v.unknown()), "/v1/account");
    for (const line of alignColumns(flatten(body))) print(line);
  },
};

/** Each leaf of a JSON value with the path to it: `["device.name", "Pixel"]`. */
function flatten(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, member]) => flatten(member, [...path, key]));
  }
  return [[printable(path.join(".")), value === null ? "none" : printable(String(value))]];
}
