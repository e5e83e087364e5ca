// The arguments of `npm run dev`: what it understands itself, and what reaches wrangler.

import { describe, expect, it } from "vitest";
import { type DevArguments, readDevArguments, wranglerDevArguments } from "../../scripts/dev/arguments.ts";

function read(...given: string[]): DevArguments {
  const asked = readDevArguments(given);
  if ("fault" in asked) throw new Error(asked.fault);
  return asked;
}

describe("the port", () => {
  it("is 8787 unless given", () => {
    expect(read()).toMatchObject({ port: 8787, portGiven: false, protocol: "http", stateDirectory: ".wrangler/state" });
  });

  it.each([[["--port", "8801"]], [["--port=8801"]]])("is read from %j", (given) => {
    expect(read(...given)).toMatchObject({ port: 8801, portGiven: true, forWrangler: [] });
  });

  it.each(["abc", "-1", "65536", "80.5"])("is refused as %s", (port) => {
    expect(readDevArguments(["--port", port])).toHaveProperty("fault");
  });

  it("needs a value", () => {
    expect(readDevArguments(["--port"])).toEqual({ fault: "--port needs a value." });
  });

  it("takes the highest port and 0", () => {
    expect([read("--port", "65535").port, read("--port", "0").port]).toEqual([65535, 0]);
  });
});

describe("variables", () => {
  it.each([
    [["--var", "ISSUER:http://x", "--ip", "::1"]],
    [["--var=ISSUER:http://x", "--ip", "::1"]],
    [["--var", "A:1", "ISSUER:http://x", "--ip=::1"]],
  ])("are seen in %j", (given) => {
    const asked = read(...given);
    expect(asked.vars.has("ISSUER")).toBe(true);
    expect(asked.host).toBe("::1");
    expect(wranglerDevArguments(asked, 8787, { ISSUER: "http://localhost:8787" }).join(" ")).not.toContain("localhost");
  });

  it("of ours stand before the port, where wrangler's greedy --var cannot take more", () => {
    expect(wranglerDevArguments(read("src/index.ts"), 8801, { ISSUER: "http://localhost:8801" })).toEqual([
      "dev",
      "--var",
      "ISSUER:http://localhost:8801",
      "--show-interactive-dev-session=false",
      "--inspector-port",
      "0",
      "--port",
      "8801",
      "src/index.ts",
    ]);
  });
});

describe("all else", () => {
  it("reaches wrangler in its order", () => {
    const given = ["--ip", "0.0.0.0", "--var", "DAILY_CHARACTERS_TOTAL:100", "--test-scheduled"];
    expect(read(...given).forWrangler).toEqual(given);
  });

  it("keeps a debugger's port that was given", () => {
    const args = wranglerDevArguments(read("--inspector-port", "9229"), 8787, {});
    expect(args.filter((one) => one === "--inspector-port")).toHaveLength(1);
    expect(args.at(-1)).toBe("9229");
  });

  it("says which options the database's commands share", () => {
    expect(read("-c", "other.toml", "--persist-to=state", "--env", "x")).toMatchObject({
      shared: ["-c", "other.toml", "--env", "x"],
      stateDirectory: "state",
    });
  });

  it("keeps --with-azure-emulator from wrangler", () => {
    expect(read("--with-azure-emulator", "--local-protocol", "https")).toMatchObject({
      withAzureEmulator: true,
      protocol: "https",
      forWrangler: ["--local-protocol", "https"],
    });
  });
});
