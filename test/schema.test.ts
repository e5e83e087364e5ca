/** `schema.sql` is what the migrations build, and says of each table, column and index what it is for. */
/// <reference types="vite/client" />
import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import SCHEMA from "../schema.sql?raw";

const COMMENT = /--[^\n]*/g;
const squeezed = (sql: string) => sql.replaceAll(COMMENT, "").replaceAll(/\s+/g, " ").trim();

/** What stands between the outer parentheses, cut at its commas; the order of columns is not compared. */
function partsOf(sql: string): readonly string[] {
  const plain = squeezed(sql);
  const inner = plain.slice(plain.indexOf("(") + 1, plain.lastIndexOf(")"));
  const outer = plain.replace(inner, "");
  let depth = 0;
  const cut = [...inner].map((letter) => {
    depth += letter === "(" ? 1 : letter === ")" ? -1 : 0;
    return letter === "," && depth === 0 ? "\n" : letter;
  });
  const parts = cut.join("").split("\n");
  return [outer, ...(plain.startsWith("CREATE TABLE") ? parts.sort() : parts)].map((part) => part.trim());
}

/** Everything that the database has now, but for what the runtime and the migrations keep for themselves. */
async function built(): Promise<Record<string, readonly string[]>> {
  const { results } = await env.DB.prepare(
    "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'd1_migrations' ORDER BY type, name",
  ).all<{ type: string; name: string; sql: string }>();
  return Object.fromEntries(results.map(({ type, name, sql }) => [`${type} ${name}`, partsOf(sql)]));
}

describe("schema.sql", () => {
  test("is what the migrations build on an empty database", async () => {
    await reset();
    expect(await built()).toEqual({});
    await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
    const migrated = await built();
    await reset();
    const statements = SCHEMA.replaceAll(COMMENT, "").split(";").map(squeezed).filter(Boolean);
    await env.DB.batch(statements.map((statement) => env.DB.prepare(statement)));
    expect(await built()).toEqual(migrated);
    expect(Object.keys(migrated)).toEqual(
      expect.arrayContaining(["table accounts", "table sessions", "index sessions_live_by_device"]),
    );
  });
});

describe("a line of words", () => {
  const lines = SCHEMA.split("\n");
  const words = /--\s*(\S.{5,})$/;

  const tables = [...lines.entries()].filter(([, line]) => line.startsWith("CREATE TABLE"));
  test.each(tables.map(([at, line]) => [line.split(" ")[2], at]))("stands above the table %s", (_, at) => {
    expect(lines[Number(at) - 1]).toMatch(words);
  });

  const columns = lines.filter((line) => /^ {2}[a-z_]+ /.test(line));
  test.each(columns.map((line) => line.trim()))("stands beside the column: %s", (line) => {
    expect(line).toMatch(words);
  });

  const indexes = lines.filter((line) => /^CREATE (UNIQUE )?INDEX/.test(line));
  test.each(indexes)("stands beside the index: %s", (line) => {
    expect(line).toMatch(words);
  });

  test("was looked for on everything that the database has", async () => {
    const { results } = await env.DB.prepare(
      "SELECT m.type, m.name FROM sqlite_master m WHERE m.sql IS NOT NULL AND m.name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
    ).all<{ type: string; name: string }>();
    const count = (type: string) => results.filter((row) => row.type === type && row.name !== "d1_migrations").length;
    expect([tables.length, indexes.length]).toEqual([count("table"), count("index")]);
    const { results: counted } = await env.DB.prepare(
      "SELECT c.name FROM pragma_table_list t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE '\\_cf\\_%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND t.name <> 'd1_migrations'",
    ).all();
    expect(columns.length).toBe(counted.length);
  });
});
