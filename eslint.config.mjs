import tseslint from "typescript-eslint";

/**
 * Biome lints everything. These four rules need types, and typescript-eslint finds cases Biome misses
 * (`emitter.on(…, async …)`, `return work()` inside `try`), so they run here, on the server only.
 */
export default tseslint.config(
  { ignores: ["server/db/generated/**", "server/setup/*.mjs", ".next/**", "dist/**", "node_modules/**"] },
  {
    files: ["server/**/*.ts"],
    plugins: { "@typescript-eslint": tseslint.plugin },
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/return-await": ["error", "always"],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    },
  },
);
