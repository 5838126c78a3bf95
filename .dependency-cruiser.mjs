/**
 * The layer picture of ARCHITECTURE.md as rules. An exception needs an ADR.
 * Type-only imports count unless a rule says otherwise: a type is coupling too.
 */
const TESTS = "\\.(test|int\\.test)\\.ts$";
const TEST_SUPPORT = `${TESTS}|/testing/|^server/drivers/conformance\\.ts$|^e2e/`;

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    {
      name: "no-cycles",
      comment: "A cycle hides who owns what. Type-only edges disappear at run time and are let through.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "domain-is-pure",
      comment: "server/domain runs in the browser too: itself, zod and libraries that run anywhere.",
      severity: "error",
      from: { path: "^server/domain/", pathNot: TESTS },
      to: { pathNot: ["^server/domain/", "^node_modules/(zod|fast-xml-parser|temporal-polyfill)/"] },
    },
    {
      name: "lib-knows-domain-only",
      severity: "error",
      from: { path: "^server/lib/", pathNot: TESTS },
      to: { path: "^(server/(?!lib/|domain/)|app/|components/)" },
    },
    {
      name: "db-knows-lib-and-domain",
      severity: "error",
      from: { path: "^server/db/", pathNot: TEST_SUPPORT },
      to: { path: "^(server/(?!db/|lib/|domain/)|app/|components/)" },
    },
    {
      name: "core-knows-no-transport",
      comment: "Core is called by UI, RPC2 and CLI alike; it must not know any of them, nor a driver's code.",
      severity: "error",
      from: { path: "^server/core/", pathNot: TEST_SUPPORT },
      to: {
        path: [
          "^(app|components)/",
          "^server/(api|auth|cli|drivers|setup)/",
          "^node_modules/(next|next-auth|react|react-dom|@trpc)/",
        ],
      },
    },
    {
      name: "drivers-are-programs",
      comment: "argv, stdin, stdout, stderr and the exit code are a driver's whole interface.",
      severity: "error",
      from: { path: "^server/drivers/", pathNot: TEST_SUPPORT },
      to: { path: ["^(app|components)/", "^server/(?!drivers/|lib/|domain/)", "^node_modules/(@prisma|pg|next)/"] },
    },
    {
      name: "nobody-imports-a-driver",
      severity: "error",
      from: { pathNot: ["^server/drivers/", "^server/setup/", "^server/bench/", TEST_SUPPORT] },
      to: { path: "^server/drivers/" },
    },
    {
      name: "ui-sees-types-and-domain",
      comment: "A component may use the domain, and the router's type: nothing of the server may reach the browser.",
      severity: "error",
      from: { path: "^components/" },
      to: {
        path: "^(server/(?!domain/)|app/)",
        pathNot: "^server/api/root\\.ts$",
      },
    },
    {
      name: "ui-sees-only-the-routers-type",
      severity: "error",
      from: { path: "^components/" },
      to: { path: "^server/api/root\\.ts$", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "app-is-thin",
      comment:
        "Pages and routes compose components and call server/api or server/auth; instrumentation starts the core.",
      severity: "error",
      from: { path: "^app/" },
      to: { path: "^server/(db|drivers|setup|cli)/" },
    },
    {
      name: "one-spawner",
      comment: "Every child process has a signal, a time limit and bounded output: server/lib/process.ts sees to it.",
      severity: "error",
      from: {
        path: "^(server|app|components)/",
        pathNot: ["^server/lib/process\\.ts$", "^server/setup/", "^server/bench/", TEST_SUPPORT],
      },
      to: { path: ["^(node:)?child_process$", "^node_modules/(execa|cross-spawn)/"] },
    },
    {
      name: "no-orphans",
      comment: "A module nobody imports is dead, or an entry point that belongs in this list.",
      severity: "error",
      from: {
        orphan: true,
        pathNot: [
          "\\.d\\.ts$",
          TEST_SUPPORT,
          "^app/.*(page|layout|route|error|loading|not-found|global-error|icon|opengraph-image)\\.tsx?$",
          "^server/drivers/(datastore|downloader|tm|vmm|im)/",
          "^server/(setup|bench|cli)/",
        ],
      },
      to: {},
    },
    {
      name: "no-unlisted-packages",
      severity: "error",
      from: { path: "^(server|app|components)/" },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown", "unknown"] },
    },
    {
      name: "no-dev-packages-in-the-product",
      severity: "error",
      from: { path: "^(server|app|components)/", pathNot: [TEST_SUPPORT, "^server/(setup|bench)/"] },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: "^node_modules/@types/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: ["^server/db/generated/", "^\\.next/", "^dist/"] },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "require", "node", "default", "types"],
      mainFields: ["module", "main", "types"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".json", ".d.ts"],
    },
    cache: { folder: "node_modules/.cache/dependency-cruiser", strategy: "content" },
  },
};
