import { describe, expect, it } from "vitest";
import { parseEnv } from "./env";

describe("parseEnv", () => {
  it("has the documented defaults", () => {
    const env = parseEnv({ HOME: "/home/op", STRATA_HOME: "/srv/strata" });
    expect(env).toMatchObject({
      HOST: "127.0.0.1",
      PORT: 3000,
      LOG_LEVEL: "info",
      DATASTORE_LOCATION: "/srv/strata/datastores",
    });
    expect(env.DATABASE_URL).toBeUndefined();
    expect(env.REMOTES_DIR).toMatch(/\/dist\/remotes$/);
  });

  it("an empty variable is an absent one", () => {
    const env = parseEnv({ PORT: "", DATABASE_URL: "", STRATA_NODE_NAME: "" });
    expect([env.PORT, env.DATABASE_URL, env.STRATA_NODE_NAME === ""]).toEqual([3000, undefined, false]);
  });

  it("names the bad variable", () => {
    expect(() => parseEnv({ PORT: "70000" })).toThrow("PORT");
    expect(() => parseEnv({ LOG_LEVEL: "loud" })).toThrow("LOG_LEVEL");
  });
});
