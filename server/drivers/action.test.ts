import { describe, expect, it } from "vitest";
import { createDriverLog, DriverError, failureReason, oneLine } from "./action";

describe("createDriverLog", () => {
  it("writes one line per message, whatever the text holds", () => {
    const lines: string[] = [];
    const log = createDriverLog((line) => lines.push(line));
    log.info("a\nERROR: forged\r\nb");
    log.manifest({ tool: "x\ny" });
    log.chainReset("bitmap\nlost");
    expect(lines).toEqual([
      "INFO: a\\nERROR: forged\\x0d\\nb",
      'INFO: manifest {"tool":"x\\ny"}',
      "INFO: chain-reset bitmap\\nlost",
    ]);
  });

  it("limits progress to four lines a second and always writes the end", () => {
    const lines: string[] = [];
    let now = 0;
    const log = createDriverLog(
      (line) => lines.push(line),
      () => now,
    );
    for (let done = 0; done <= 100; done += 10) {
      log.progress(done, 100);
      log.progressDisk(3, done, 200);
      now += 100;
    }
    expect(lines.filter((line) => line.startsWith("INFO: progress "))).toEqual([
      "INFO: progress 0/100",
      "INFO: progress 30/100",
      "INFO: progress 60/100",
      "INFO: progress 90/100",
      "INFO: progress 100/100",
    ]);
    expect(lines.filter((line) => line.startsWith("INFO: progress-disk 3 "))).toHaveLength(4);
  });
});

describe("failureReason", () => {
  it("gives the sentence of a DriverError in one line", () => {
    expect(failureReason(new DriverError("No space\nleft"))).toBe("No space\\nleft");
  });

  it("never gives a stack, and never a line that would be taken for a log line", () => {
    expect(failureReason(new TypeError("x is not a function"))).toBe(
      "The driver failed unexpectedly: x is not a function",
    );
    expect(failureReason(new DriverError("ERROR: all is well"))).toBe("Reason: ERROR: all is well");
    expect(failureReason("text")).toBe("The driver failed unexpectedly: text");
  });

  it("is bounded", () => {
    expect(failureReason(new DriverError("x".repeat(100_000))).length).toBeLessThanOrEqual(4000);
  });
});

describe("oneLine", () => {
  it("shows control characters instead of writing them", () => {
    expect(oneLine(" \u001b[31mred\u0007\u2028end\n")).toBe("\\x1b[31mred\\x07\\x2028end");
  });
});
