/** `transfer`: a code for one more device, and what became of it. */
import { setTimeout as pause } from "node:timers/promises";
import { TRANSFER_POLL_MS } from "../client/bounds.ts";
import { makeTransferCode, readTransferStatus, takeTransferCodeBack } from "../client/owner.ts";
import { type Command, type CommandInput, printable, UsageError } from "./command.ts";

export const transfer: Command = {
  name: "transfer",
  usage: "[--wait | --status | --cancel]",
  summary: "make a code that lets one more device in; --wait until it is used, --cancel takes it back",
  options: { wait: { type: "boolean" }, status: { type: "boolean" }, cancel: { type: "boolean" } },
  run: runTransfer,
};

async function runTransfer({ client, values, print }: CommandInput): Promise<void> {
  if (["wait", "status", "cancel"].filter((name) => values[name] === true).length > 1)
    throw new UsageError("One of --wait, --status and --cancel.");
  if (values.cancel === true) {
    await takeTransferCodeBack(client);
    print("There is no transfer code any more.");
    return;
  }
  if (values.status !== true) {
    const { code, link, expiresAt } = await makeTransferCode(client);
    print(printable(`Code  ${code}`));
    print(printable(`Link  ${link}`));
    print(`Good for one device until ${printable(expiresAt)}. There: npm run demo -- join CODE`);
    if (values.wait !== true) return;
  }
  let status = await readTransferStatus(client);
  while (values.wait === true && status?.status === "waiting") {
    await pause(TRANSFER_POLL_MS);
    status = await readTransferStatus(client);
  }
  print(printable(describe(status)));
}

function describe(status: Awaited<ReturnType<typeof readTransferStatus>>): string {
  if (status === undefined) return "There is no transfer code.";
  if (status.status === "used") {
    const device = status.device?.name ?? status.device?.id ?? "a device";
    return `Used by ${device} at ${status.usedAt}. If that is none of yours, see \`devices\` and \`remove\` it.`;
  }
  return status.status === "waiting" ? `Waiting until ${status.expiresAt}.` : `It has ${status.status}.`;
}
