import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url));
const alias = { "@": root.replace(/\/$/, "") };
const exclude = ["**/node_modules/**", ".next/**", "dist/**", "e2e/**"];

/** Real qemu-img, rsync, restic, Ceph, libvirt and PostgreSQL on a small machine: bounded, but not tightly. */
function integration(name: string, include: string[], without: string[]): TestProjectConfiguration {
  return {
    resolve: { alias },
    test: {
      name,
      include,
      exclude: [...exclude, ...without],
      globalSetup: ["server/db/testing/global-setup.ts", "server/drivers/testing/global-setup.ts"].filter((file) =>
        existsSync(`${root}${file}`),
      ),
      testTimeout: 120_000,
      hookTimeout: 120_000,
      // A file at a time on each worker: the tools mostly wait for disks and for each other, and two files share no state
      // (own database, own temp folder).
      maxWorkers: 4,
      // After the unit tests, which fill every core by themselves.
      sequence: { groupOrder: 1 },
      pool: "forks",
    },
  };
}

export default defineConfig({
  test: {
    teardownTimeout: 30_000,
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          include: ["**/*.test.{ts,tsx}"],
          exclude: [...exclude, "**/*.int.test.ts"],
          testTimeout: 10_000,
        },
      },
      integration("int", ["**/*.int.test.ts"], ["**/*.slow.int.test.ts"]),
      // Whole matrices of layouts, kill points and faults: `npm test -- --slow`.
      integration("slow", ["**/*.slow.int.test.ts"], []),
    ],
  },
});
