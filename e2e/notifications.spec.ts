import { rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { expect } from "@playwright/test";
import { change, runEnds } from "./api";
import { makeDisk } from "./disks";
import { test } from "./fixtures";

test("a failed backup reaches a webhook, and the log says so", async ({ page, signIn, strata, browser }) => {
  const posted: string[] = [];
  const receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      body += chunk;
    });
    request.on("end", () => {
      posted.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const port = (receiver.address() as AddressInfo).port;
  try {
    await signIn(page);
    await page.goto("/notifications");
    await expect(page.getByText("Nobody is told anything yet")).toBeVisible();
    await page.getByRole("button", { name: "Add channel" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Kind").selectOption("webhook");
    await dialog.getByRole("button", { name: "Save channel" }).click();
    await expect(dialog).toContainText("Give it a name.");
    await dialog.getByLabel("Name").fill("on call");
    await dialog.getByLabel("Address").fill(`http://127.0.0.1:${port}/hook`);
    await dialog.getByLabel("Key of the signature").fill("a key");
    await dialog.getByRole("button", { name: "Save channel" }).click();
    const row = page.getByRole("row", { name: /on call/ });
    await expect(row).toContainText("None yet");

    await row.getByRole("button", { name: /Send a test message/ }).click();
    await expect(row).toContainText("private network, which is not allowed");
    await page.getByRole("switch", { name: /Allow addresses/ }).click();
    await expect(page.getByRole("switch", { name: /Allow addresses/ })).toBeChecked();
    await expect(page.getByText("Webhooks may go to private networks")).toBeVisible();
    await row.getByRole("button", { name: /Send a test message/ }).click();
    await expect(row).toContainText("Sent");
    expect(posted).toHaveLength(1);

    await page.getByRole("tab", { name: "Rules" }).click();
    await page.getByRole("button", { name: "Add rule" }).click();
    await dialog.getByLabel("Name").fill("failures");
    await dialog.getByRole("button", { name: "Save rule" }).click();
    await expect(page.getByRole("row", { name: /failures/ })).toContainText("Everything");

    const disk = path.join(strata.home, "lost.qcow2");
    await makeDisk(disk, 16, 1);
    const disks = [{ path: disk, format: "qcow2", isVolatile: false }];
    const { vmId } = await change<{ vmId: number }>(page, "vm.register", {
      name: "lost",
      cpu: 1,
      memoryMb: 128,
      disks,
    });
    const repository = { driver: "rsync", host: "localhost", user: "root", port: 22, limitMb: null, rsyncArgs: null };
    const { datastoreId } = await change<{ datastoreId: number }>(page, "datastore.createRsync", {
      ...repository,
      name: "R",
      basePath: path.join(strata.home, "repository"),
    });
    await rm(disk);
    const { actionId } = await change<{ actionId: number }>(page, "backup.request", {
      vmId,
      datastoreId,
      reset: false,
    });
    await runEnds(page, actionId, "FAILED");
    await expect.poll(() => posted.length, { timeout: 30_000 }).toBe(2);
    expect(JSON.parse(posted[1] ?? "")).toMatchObject({
      items: [{ kind: "run-failed", vm: { name: "lost" }, actionId }],
    });

    await page.getByRole("tab", { name: "Delivery log" }).click();
    await expect(page.getByRole("row", { name: /Backup of lost failed/ })).toContainText("Sent");
    await page.getByRole("link", { name: "Backup of lost failed" }).click();
    await expect(page).toHaveURL(new RegExp(`/activity/${actionId}`));

    await change(page, "user.create", { name: "nora", password: "a first password", groupId: 1 });
    const hers = await (await browser.newContext({ baseURL: strata.url })).newPage();
    await signIn(hers, { name: "nora", password: "a first password" });
    await hers.goto("/notifications");
    await expect(hers.getByText("Only an administrator may see notifications.")).toBeVisible();
    await hers.context().close();
  } finally {
    await new Promise((resolve) => receiver.close(resolve));
  }
});
