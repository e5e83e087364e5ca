/**
 * What happens to phones, acted out by demos in folders of their own against a served Worker: no network, a reinstall, a
 * new phone, a lost one. The keychain is one file of a folder, the app's data the other. In the owner's stories the first
 * answer to every request is lost.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startDemo } from "./served.ts";
import { type Network, START_MS, serveWorker } from "./served-worker.ts";
import { newPhone as newPhoneOf, type Phone } from "./story-phone.ts";

// A story is many commands, and the machine may be busy.
vi.setConfig({ testTimeout: 120_000 });

let network: Network;
beforeAll(async () => {
  network = await serveWorker();
}, START_MS);
afterAll(() => network.close());
beforeEach(() => {
  network.cut = undefined;
  network.losesFirstAnswers = false;
});

const newPhone = (name: string) => newPhoneOf(network, name);

/** A transfer code that a phone makes. */
const codeOf = async (phone: Phone): Promise<string> =>
  /Code {2}(\S+)/.exec(await phone.works("transfer"))?.[1] ?? "no code";

/** Two phones of one account; the first has an entry that both show. */
async function twoPhones(): Promise<[Phone, Phone]> {
  const [first, second] = [newPhone("First"), newPhone("Second")];
  await first.add("bread", "pan");
  await first.works("vocab", "sync");
  await second.works("join", await codeOf(first));
  return [first, second];
}

describe("without a network", () => {
  test.each(["requests", "answers"] as const)("%s are lost: all is kept, and two phones end equal", async (cut) => {
    const [first, second] = await twoPhones();
    network.cut = cut;
    await first.add("milk", "leche");
    await first.works("vocab", "edit", "--translation", "el pan", await first.idOf("bread"));
    await second.works("vocab", "edit", "--note", "warm", await second.idOf("bread"));
    await second.add("water", "agua");
    const said = await first.fails("vocab", "sync");
    expect(said).toContain("2 to sync: kept on this device. Run `vocab sync` again when there is a network.");
    expect(said).toContain(`No answer from ${network.url}.`);
    expect(await first.shows()).toEqual(["bread*", "milk*"]);
    expect(await second.shows()).toEqual(["bread*", "water*"]);

    network.cut = undefined;
    await second.works("vocab", "sync");
    await first.works("vocab", "sync");
    await second.works("vocab", "sync");
    expect(await first.shows()).toEqual(["bread", "milk", "water"]);
    const list = await first.works("vocab", "list");
    expect(list).toMatch(/bread +el pan +warm/);
    expect(await second.works("vocab", "list")).toBe(list);

    await second.works("vocab", "remove", await second.idOf("milk"));
    await second.works("vocab", "sync");
    await first.works("vocab", "sync");
    expect(await first.shows()).toEqual(["bread", "water"]);
  });

  test("four processes at once lose nothing", async () => {
    const phone = newPhone("Phone");
    const [sync, add] = [["sync"], ["add", "--to", "es"]];
    const commands = [[...add, "bread", "pan"], sync, [...add, "milk", "leche"], sync];
    const runs = commands.map((words) => startDemo([...phone.options, "vocab", ...words]).done);
    expect((await Promise.all(runs)).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    await phone.works("vocab", "sync");
    expect(await phone.shows()).toEqual(["bread", "milk"]);
  });
});

test.each([
  ["--move", ["bread", "water"]],
  ["--leave", ["bread"]],
])("a phone that was signed out joins with %s, and shows what its account has then", async (choice, shown) => {
  const [first, second] = [newPhone("First"), newPhone("Second")];
  await first.add("bread", "pan");
  await first.works("vocab", "sync");
  await second.add("water", "agua");
  await second.works("vocab", "sync");
  await second.works("sign-out");
  await second.works("join", choice, await codeOf(first));
  expect(await second.shows()).toEqual(shown);
  await first.works("vocab", "sync");
  expect(await first.shows()).toEqual(shown);
});

test("a device keeps its name where a later command says none", async () => {
  const phone = newPhone("Harbour");
  await phone.add("bread", "pan");
  await phone.works("vocab", "sync");
  await phone.works("sign-out");
  const { code, out } = await startDemo(["--url", network.url, "--file", phone.keychain, "devices"]).done;
  expect([code, out.includes("Harbour")]).toEqual([0, true]);
});

test("files go out and come in", async () => {
  const [first, second] = [newPhone("First"), newPhone("Second")];
  await first.add("=bread", "pan");
  const file = join(first.folder, "words.csv");
  await first.works("vocab", "export", "--format", "csv", file);
  expect(readFileSync(file).subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  expect(await second.works("vocab", "import", "--dry-run", file)).toContain("It would be 1 new, 0 changed");
  expect(await second.shows()).toEqual([]);
  expect(await second.works("vocab", "import", file)).toContain("Imported: 1 new, 0 changed, 0 as they were.");
  expect(await second.shows()).toEqual(["=bread"]);
  expect(await second.works("vocab", "export", "--format", "csv")).toBe(`${readFileSync(file, "utf8")}\n`);
  writeFileSync(file, "text,translation\nbread,pan\n");
  expect(await second.fails("vocab", "import", file)).toContain("line 2, column 1: language is missing");
});

describe("with the first answer to everything lost", () => {
  beforeEach(() => {
    network.losesFirstAnswers = true;
  });

  test("a reinstall, the keychain kept: the entries come back", async () => {
    const phone = newPhone("Phone");
    await phone.add("bread", "pan");
    await phone.works("vocab", "sync");
    rmSync(phone.data);
    expect(await phone.works("vocab", "sync")).toContain("Received 1, sent 0.");
    expect(await phone.shows()).toEqual(["bread"]);
  });

  test("a reinstall, the keychain lost: a recovery code brings them back, with or without the app's data", async () => {
    const phone = newPhone("Phone");
    await phone.add("bread", "pan");
    await phone.works("vocab", "sync");
    const code = /phone: (\S+)/.exec(await phone.works("recover"))?.[1] ?? "no code";
    rmSync(phone.keychain);
    await phone.works("recover", code.toLowerCase());
    expect(await phone.works("vocab", "sync")).toContain("Nothing new");
    rmSync(phone.keychain);
    rmSync(phone.data);
    await phone.add("milk", "leche");
    expect(await phone.fails("recover", code)).toContain("This device's own account has 1 entry");
    expect(await phone.works("recover", "--move", code)).toContain("1 entry moved along.");
    expect(await phone.shows()).toEqual(["bread", "milk"]);
    expect(await phone.fails("recover", `${code.slice(0, -1)}${code.endsWith("0") ? 1 : 0}`)).toContain("not good");
  });

  test("a new phone: what it has moves along or is left, as it is told", async () => {
    const [first, second] = [newPhone("First"), newPhone("Second")];
    await first.add("bread", "pan");
    await first.works("vocab", "sync");
    await second.add("milk", "leche");
    const code = await codeOf(first);
    const said = await second.fails("join", code);
    expect(said).toContain("Say --move to take them along");
    expect(said).toContain('The code is from "First"');
    expect(await second.shows()).toEqual(["milk"]);
    await second.works("join", "--move", `pidging://transfer#${code}`);
    expect(await first.works("transfer", "--status")).toContain("Used by Second");
    expect(await second.shows()).toEqual(["bread", "milk"]);
    await first.works("vocab", "sync");
    expect(await first.shows()).toEqual(["bread", "milk"]);

    const third = newPhone("Third");
    await third.add("ice", "hielo");
    expect(await third.fails("join", code)).toContain("not good");
    const takenBack = await codeOf(second);
    await second.works("transfer", "--cancel");
    expect(await third.fails("join", takenBack)).toContain("not good");
    const waiting = startDemo([...second.options, "transfer", "--wait"]);
    const waitedFor = await waiting.heard(/Code {2}(\S+)/);
    expect(await third.works("join", "--leave", waitedFor)).toContain("1 entry left behind.");
    expect((await waiting.done).out).toContain("Used by Third");
    expect(await third.shows()).toEqual(["bread", "milk"]);

    const { appId } = JSON.parse(readFileSync(third.keychain, "utf8"));
    expect(await third.works("remove", "Third")).toContain("This device is out of the account.");
    expect(JSON.parse(readFileSync(third.keychain, "utf8")).appId).not.toBe(appId);
  });

  test("a lost phone: it is out, and what it holds goes nowhere by itself", async () => {
    const [first, lost] = await twoPhones();
    await first.works("remove", "Second");
    expect(await first.works("devices")).not.toContain("Second");
    expect(await lost.fails("vocab", "sync")).toContain("1 entry here is from the account before");
    const stranger = newPhone("Stranger");
    expect(await lost.fails("join", await codeOf(stranger))).toContain("1 entry here is from the account before");
    expect(await lost.shows()).toEqual(["bread"]);
    await lost.works("vocab", "sync", "--drop");
    expect(await lost.shows()).toEqual([]);
    expect(await first.fails("remove", "First")).toContain("last_device");
    await first.works("vocab", "sync");
    expect(await first.shows()).toEqual(["bread"]);
  });

  test("an email address: the way in for another phone, and a password before what matters", async () => {
    const [first, second] = [newPhone("First"), newPhone("Second")];
    const email = `${crypto.randomUUID()}@mail.example`;
    await first.add("bread", "pan");
    await first.works("vocab", "sync");
    await first.works("register", "--password", "a good password", email);
    // A wrong password that is sent twice is slowed down.
    network.losesFirstAnswers = false;
    expect(await second.fails("login", "--password", "not the password", email)).toContain("is wrong");
    network.losesFirstAnswers = true;
    await second.works("login", "--password", "a good password", email.toUpperCase());
    expect(await second.shows()).toEqual(["bread"]);
    // A token from before may have proved the password already.
    await first.works("sign-out");
    expect(await first.fails("remove", "Second")).toContain("say --password");
    network.losesFirstAnswers = false;
    expect(await first.fails("remove", "--password", "not the password", "Second")).toContain("wrong");
    network.losesFirstAnswers = true;
    await first.works("remove", "--password", "a good password", "Second");
    expect(await first.works("devices")).not.toContain("Second");

    const recovery = /phone: (\S+)/.exec(await first.works("recover"))?.[1] ?? "no code";
    await first.works("sign-out");
    network.losesFirstAnswers = false;
    expect(await first.fails("register", "--password", "a better password", email)).toContain("is wrong");
    network.losesFirstAnswers = true;
    await first.works("register", "--password", "a better password", "--current-password", "a good password", email);
    network.losesFirstAnswers = false;
    expect(await second.fails("login", "--password", "a good password", email)).toContain("is wrong");
    await first.works("sign-out");
    await first.works("register", "--delete", "--recovery-code", recovery);
    expect(await first.works("whoami")).toMatch(/email +none/);
  });

  test("leaving: nothing of the account is left, and the app begins anew", async () => {
    const [first, second] = await twoPhones();
    expect(await first.fails("erase")).toContain("Nothing was erased.");
    const { appId } = JSON.parse(readFileSync(first.keychain, "utf8"));
    await first.works("erase", "--yes");
    expect(JSON.parse(readFileSync(first.keychain, "utf8")).appId).not.toBe(appId);
    expect(await first.shows()).toEqual([]);
    await first.works("vocab", "sync");
    expect(await first.shows()).toEqual([]);
    expect(existsSync(second.data)).toBe(true);
    expect(await second.fails("vocab", "sync")).toContain("1 entry here is from the account before");
  });
});
