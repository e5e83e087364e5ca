/** Two kinds of tests: inside the Workers runtime with real local bindings, and plain Node for the commands. */
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { FIRST_SECRETS } from "./scripts/keys/make.ts";
import { createAzureEmulator } from "./test/azure/emulator.ts";

const azure = createAzureEmulator();

export default defineConfig({
  define: { DOCUMENTED: "true" },
  test: {
    // Starting a runtime for each file is most of the work, and waits for nobody: every core takes part.
    maxWorkers: "100%",
    projects: [
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                SIGNING_KEYS: await FIRST_SECRETS.SIGNING_KEYS(),
                TOKEN_SECRETS: await FIRST_SECRETS.TOKEN_SECRETS(),
                RATE_LIMITS: "off",
                // Every account of a test is new; those that test the limits of new accounts set them.
                NEW_ACCOUNT_CHARACTERS: 1e9,
                NEW_ACCOUNT_CHARACTERS_PER_IP: 1e9,
                NEW_ACCOUNT_SHARE: 1,
                TEST_MIGRATIONS: await readD1Migrations("migrations"),
              },
              // Whatever the Worker asks for outside itself reaches the emulator, one resource per host name.
              outboundService: (request) => azure.fetch(request) as never,
            },
          })),
        ],
        test: {
          name: "worker",
          include: ["test/**/*.test.ts"],
          exclude: ["**/node_modules/**", "test/**/*.node.test.ts"],
          setupFiles: ["test/setup.ts"],
        },
      },
      { test: { name: "node", include: ["test/**/*.node.test.ts"] } },
    ],
  },
});
