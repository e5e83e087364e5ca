/** `devices` and `remove`: who else is in the account, and the way out for a lost phone. */
import { type Device, listDevices, removeDevice } from "../client/owner.ts";
import { PROOF_OPTIONS, PROOF_USAGE, proofFrom } from "./ask.ts";
import { type Command, type CommandInput, printable, UsageError } from "./command.ts";
import { alignColumns } from "./table.ts";

export const devices: Command = {
  name: "devices",
  usage: "",
  summary: "show the account's devices",
  options: {},
  run: async ({ client, print }) => {
    const rows = (await listDevices(client)).map(({ id, name, platform, lastSeenAt, current }) => [
      id,
      name ?? "",
      platform ?? "",
      lastSeenAt,
      current ? "this device" : "",
    ]);
    const table = [["id", "name", "platform", "last seen", ""], ...rows];
    for (const line of alignColumns(table.map((row) => row.map(printable)))) print(line);
  },
};

export const remove: Command = {
  name: "remove",
  usage: `${PROOF_USAGE} DEVICE`,
  summary: "remove a device: it is signed out, and its app ID never signs in again",
  options: PROOF_OPTIONS,
  run: runRemove,
};

async function runRemove({ client, values, words, print }: CommandInput): Promise<void> {
  const device = find(await listDevices(client), words);
  await removeDevice(client, device, proofFrom(values));
  if (device.current) await client.startAnew();
  print(device.current ? "This device is out of the account." : "The device is out of the account.");
}

/** The one device whose id begins so, or that has this name. */
function find(all: readonly Device[], words: readonly string[]): Device {
  const word = words.join(" ");
  if (word === "")
    throw new UsageError("Which device? Say its name or the beginning of its id, as `devices` shows it.");
  const found = all.filter(({ id, name }) => id.startsWith(word) || name === word);
  const [device] = found;
  if (device === undefined) throw new UsageError(`There is no device ${word}.`);
  if (found.length > 1) throw new UsageError(`${found.length} devices are meant by ${word}: say more of the id.`);
  return device;
}
