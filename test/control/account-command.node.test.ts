/** The arguments of the command that blocks and unblocks accounts, and what comes into its SQL. */
import { describe, expect, test } from "vitest";
import { blockingSql, readArguments } from "../../scripts/account/command.ts";

const ID = "sHSJQqMX7ZwLhUjVvYbN3g";

describe("arguments", () => {
  test.each([
    [["block", ID, "--local"], { act: "block", accountId: ID, where: "--local" }],
    [["unblock", ID, "--remote"], { act: "unblock", accountId: ID, where: "--remote" }],
    [["--remote", "block", ID], { act: "block", accountId: ID, where: "--remote" }],
    [["block", "--local", ID], { act: "block", accountId: ID, where: "--local" }],
  ])("%j are taken, the database named anywhere", (words, command) => {
    expect(readArguments(words)).toEqual({ ok: true, ...command });
  });

  test.each(["-HSJQqMX7ZwLhUjVvYbN3g", "--SJQqMX7ZwLhUjVvYbN3g", "______________________", "-".repeat(22)])(
    "an id that begins like an option (%s) is an id",
    (accountId) => {
      expect(readArguments(["block", accountId, "--local"])).toEqual({
        ok: true,
        act: "block",
        accountId,
        where: "--local",
      });
    },
  );

  test.each([
    ["no words", []],
    ["no id", ["block", "--local"]],
    ["another act", ["delete", ID, "--local"]],
    ["an act in capitals", ["Block", ID, "--local"]],
    ["a second id", ["block", ID, ID, "--local"]],
    ["an unknown option", ["block", ID, "--local", "--force"]],
  ])("with %s the usage is told", (_what, words) => {
    const read = readArguments(words);
    expect(read).toEqual({ ok: false, message: expect.stringMatching(/^Usage: npm run account/) });
  });

  test.each([
    ["no database", [ID]],
    ["both databases", [ID, "--local", "--remote"]],
    ["one database twice", [ID, "--local", "--local"]],
  ])("with %s it asks which is meant", (_what, words) => {
    const read = readArguments(["block", ...words]);
    expect(read).toEqual({ ok: false, message: expect.stringContaining("Say whether the --local or the --remote") });
  });

  test.each([
    ["21 characters", ID.slice(1)],
    ["23 characters", `${ID}A`],
    ["a quote", `${ID.slice(1)}'`],
    ["a statement", "x'; DELETE FROM events"],
    ["a line break behind it", `${ID}\n`],
  ])("an id of %s is refused", (_what, id) => {
    expect(readArguments(["block", id, "--local"])).toMatchObject({ ok: false, message: `${id} is not an account id` });
  });
});

describe("the SQL", () => {
  test("of blocking ends the sessions too, of unblocking touches none", () => {
    expect(blockingSql("block", ID, 5)).toContain("UPDATE sessions SET revoked_at = 5");
    expect(blockingSql("unblock", ID, 5)).not.toContain("sessions");
  });

  test("ends with showing the account, by which the command knows that there is one", () => {
    for (const act of ["block", "unblock"] as const)
      expect(blockingSql(act, ID, 5).split("; ").at(-1)).toBe(`SELECT id FROM accounts WHERE id = '${ID}'`);
  });
});
