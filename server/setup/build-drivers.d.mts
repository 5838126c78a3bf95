/** Bundle the drivers into `<outDir>/drivers` and link `<outDir>/remotes`; default outDir is `dist`. */
export function buildDrivers(options?: { outDir?: string }): Promise<{ remotesDir: string; actions: string[] }>;
