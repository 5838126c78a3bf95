import { expect } from "@playwright/test";
import { test } from "./fixtures";

test("an API token is made, tried in the reference, used by a program, and revoked", async ({
  page,
  signIn,
  strata,
}) => {
  await signIn(page);
  await page.goto("/account");
  await expect(page.getByText("No token yet")).toBeVisible();
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(dialog).toContainText("Give the token a name");
  await dialog.getByRole("textbox", { name: "Name" }).fill("nightly report");
  await dialog.getByRole("button", { name: "Create token" }).click();
  const secret = (await dialog.getByTestId("token-secret").textContent()) ?? "";
  expect(secret).toMatch(/^strata_[\w-]{43}$/);
  await dialog.getByRole("button", { name: "Done" }).click();
  const row = page.getByRole("row", { name: /nightly report/ });
  await expect(row).toContainText("read");
  await expect(row).toContainText("Never");

  // As a program calls it: no cookie, only the token.
  const call = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
    const response = await fetch(`${strata.url}/api/v1/${path}`, { ...init, headers });
    return { status: response.status, text: await response.text() };
  };
  expect(await call("vm/list?offset=0&limit=5")).toMatchObject({ status: 200 });
  expect(JSON.parse((await call("openapi.json")).text)).toMatchObject({ openapi: "3.1.0" });
  expect(await call("host/delete", { method: "POST", body: '{"hostId":0}' })).toMatchObject({ status: 403 });
  expect((await fetch(`${strata.url}/api/v1/openapi.json`)).status).toBe(401);

  await page.getByRole("link", { name: "How to use the API" }).click();
  await expect(page.getByRole("heading", { name: "HTTP API" })).toBeVisible();
  await page.getByLabel("Token", { exact: true }).fill(secret);
  await page.getByRole("searchbox", { name: "Search" }).fill("vm/list");
  const operation = page.getByRole("listitem").filter({ hasText: "/api/v1/vm/list" });
  await operation.getByText("/api/v1/vm/list").first().click();
  await operation.getByRole("textbox", { name: /^offset/ }).fill("0");
  await operation.getByRole("textbox", { name: /^limit/ }).fill("5");
  await operation.getByRole("button", { name: "Send" }).click();
  await expect(operation.getByRole("status")).toContainText('"rows"');

  await page.goto("/account");
  await page.getByRole("button", { name: "Revoke nightly report" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke token" }).click();
  await expect(page.getByText("No token yet")).toBeVisible();
  expect(await call("vm/list?offset=0&limit=5")).toMatchObject({ status: 401 });
});
