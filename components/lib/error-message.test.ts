import { expect, test } from "vitest";
import { errorStatus, errorView, isUnreachable } from "./error-message";

const apiError = (message: string, data: unknown) => Object.assign(new Error(message), { data });

test("an answer of the core keeps its sentence, code and fields", () => {
  const error = apiError("Choose another name.", {
    code: "BAD_REQUEST",
    httpStatus: 400,
    appCode: "NAME_TAKEN",
    fields: [{ path: "name", message: "taken" }],
  });
  expect(errorView(error)).toEqual({
    message: "Choose another name.",
    code: "NAME_TAKEN",
    fields: [{ path: "name", message: "taken" }],
    isDenied: false,
    isNotFound: false,
  });
  expect(errorStatus(error)).toBe(400);
});

test("denied and not found are told apart", () => {
  expect(errorView(apiError("no", { code: "FORBIDDEN", httpStatus: 403 })).isDenied).toBe(true);
  expect(errorView(apiError("no", { code: "NOT_FOUND", httpStatus: 404 })).isNotFound).toBe(true);
});

test("an error without an answer says that the server cannot be reached, not the browser's own words", () => {
  expect(errorView(new TypeError("Failed to fetch")).message).toMatch(/cannot be reached/);
  expect(errorStatus(new TypeError("Failed to fetch"))).toBeNull();
});

test.each([undefined, null, 7, {}])("%s is something that went wrong", (error) => {
  expect(errorView(error).message).toBe("Something went wrong in this page. Load it again.");
});

test("an error of the page itself is not blamed on the server", () => {
  expect(errorView(new TypeError("rows is undefined")).message).toMatch(/Something went wrong/);
  expect(isUnreachable(Object.assign(new Error("refused"), { data: { code: "FORBIDDEN", httpStatus: 403 } }))).toBe(
    false,
  );
  expect(isUnreachable(Object.assign(new Error("Failed to load chunk /a.js"), { name: "ChunkLoadError" }))).toBe(true);
});
