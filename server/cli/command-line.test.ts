import { describe, expect, it, test } from "vitest";
import { parseXml } from "../lib/xml/parse";
import { permissionBits } from "./common-commands";
import { completionScript } from "./completion";
import { CliError } from "./error";
import { formatJson, formatXml, formatYaml } from "./formats";
import { type Column, printList } from "./output";
import { parseCommand } from "./program";
import { PROGRAMS } from "./programs";
import { readAnswer } from "./rpc";
import { parseDate, readSchedule } from "./schedule-options";
import { statusText } from "./schedules";
import { durationText, sizeText } from "./show";
import type { Cli, Options, Program } from "./spec";

const NOW = new Date(2026, 10, 22, 14, 40, 44).getTime();

function program(name: string): Program {
  const found = PROGRAMS.find((one) => one.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

function optionsOf(values: Record<string, string | boolean>): Options {
  return {
    text: (name) => (typeof values[name] === "string" ? values[name] : undefined),
    isSet: (name) => values[name] === true || typeof values[name] === "string",
    isOff: (name) => values[name] === false,
  };
}

function recordingCli(width: number | null = null): { cli: Cli; lines: string[] } {
  const lines: string[] = [];
  const nothing = () => undefined;
  const cli: Cli = {
    call: async () => "",
    print: (line) => lines.push(line),
    warn: nothing,
    tell: nothing,
    progress: nothing,
    readTemplate: async () => undefined,
    auth: { path: "/home/ana/.one/one_auth", session: "ana:secret", write: async () => false },
    now: () => NOW,
    sleep: async () => undefined,
    width,
  };
  return { cli, lines };
}

describe("words of a command", () => {
  const parse = (...argv: string[]) => parseCommand(program("onevm"), argv, "1");

  it.each<[string[], string, number]>([
    [["backup"], "Command backup requires one parameter to run\n", 255],
    [["restore"], "Command restore requires 2 parameters to run\n", 255],
    [["list", "-t"], "invalid option: -t\n", 255],
    [["nothing"], "Command 'nothing' not found\n", 0],
    [[], "", 0],
    [["backup", "-h"], "", 0],
  ])("%j", (argv, stderr, code) => {
    const result = parse(...argv);
    if (!("code" in result)) throw new Error("it would run");
    expect(result.code).toBe(code);
    expect(result.stderr.startsWith(stderr)).toBe(true);
  });

  it("takes options anywhere, and negative numbers", () => {
    const result = parse("restore", "--increment", "-1", "7", "--disk-id", "2", "11");
    if (!("args" in result)) throw new Error("refused");
    expect(result.args).toEqual(["7", "11"]);
    expect([result.options.text("increment"), result.options.text("disk-id")]).toEqual(["-1", "2"]);
  });

  test.each(PROGRAMS.map((one) => one.name))("%s completes what it has", (name) => {
    const script = completionScript(program(name));
    for (const command of program(name).commands) expect(script).toContain(`    ${command.name}) words=`);
    expect(new Set(program(name).commands.map((one) => one.name)).size).toBe(program(name).commands.length);
  });
});

describe("schedules", () => {
  const action = { name: "backup", spoken: "backup", args: "100,0" };
  const read = (values: Record<string, string>) => readSchedule(optionsOf(values), action, NOW)?.template;

  it("sends what the reference's client sends", () => {
    expect(read({ schedule: "+3600", hourly: "5" })).toBe(
      'SCHED_ACTION = [ACTION  = backup, ARGS    = "100,0", TIME    = +3600, REPEAT = 3, DAYS = "5", END_TYPE = 0]',
    );
    expect(read({})).toBeUndefined();
    expect(read({ schedule: "now" })).toContain(`TIME    = ${NOW / 1000}`);
    expect(read({ schedule: "now", weekly: "1", end: "12" })).toContain("END_TYPE = 1, END_VALUE = 12");
    const midnight = new Date(2027, 0, 2).getTime() / 1000;
    expect(read({ schedule: "now", monthly: "1", end: "2027-01-02 10:00" })).toContain(`END_VALUE = ${midnight}`);
    expect(() => read({ schedule: "soon" })).toThrow("Error parsing time spec: soon");
    expect(read({ schedule: "now", weekly: '1"] X=["' })).toContain('DAYS = "1\\"] X=[\\""');
  });

  it.each<[string, Date | null]>([
    ["2030-01-01 10:00", new Date(2030, 0, 1, 10)],
    ["09/23 14:15", new Date(2026, 8, 23, 14, 15)],
    ["09/23/31", new Date(2031, 8, 23)],
    ["18:30", new Date(2026, 10, 22, 18, 30)],
    ["2030-01-01T10:00:00Z", new Date(Date.UTC(2030, 0, 1, 10))],
    ["2030-01-01 10:00 +0200", new Date(Date.UTC(2030, 0, 1, 8))],
    ["2030-02-31", null],
    ["25:00", null],
    ["tomorrow", null],
    ["", null],
  ])("%s", (text, date) => {
    expect(parseDate(text, NOW)).toBe(date === null ? null : date.getTime() / 1000);
  });

  it("says what comes next", () => {
    const rule = { time: NOW / 1000 + 90_000, done: -1, repeat: 0, message: "" };
    expect(statusText(rule, NOW)).toBe("Next in 1.04 days");
    expect(statusText({ ...rule, time: NOW / 1000 - 1 }, NOW)).toBe("Overdue!");
    expect(statusText({ ...rule, message: "no" }, NOW)).toBe("Error! no");
    expect(statusText({ ...rule, done: NOW / 1000, repeat: -1 }, NOW)).toBe("Done on 11/22 14:40");
  });
});

describe("lists", () => {
  const columns: Column<Record<string, string>>[] = [
    { name: "ID", size: 4, isAdjusted: true, meaning: "id", value: (one) => one["id"] ?? "" },
    { name: "PRIO", size: 3, isLeft: true, meaning: "priority", value: (one) => one["prio"] ?? "" },
    { name: "NAME", size: 8, isLeft: true, isExpanded: true, meaning: "name", value: (one) => one["name"] ?? "" },
  ];
  const items = [
    { id: "123456", prio: "50", name: "a long name, cut" },
    { id: "2", prio: "9", name: "\u001b[2Jx" },
  ];
  const list = (values: Record<string, string | boolean>, width: number | null = null) => {
    const { cli, lines } = recordingCli(width);
    printList(cli, columns, items, optionsOf(values));
    return lines;
  };

  it("cuts, aligns, and lets no name speak to the terminal", () => {
    expect(list({})).toEqual(["    ID PRI NAME    ", "123456 50  a long n", "     2 9   ?[2Jx"]);
    expect(list({}, 28)[1]).toBe("123456 50  a long name, cut");
  });

  it("filters, also by numbers, and prints CSV", () => {
    expect(list({ csv: true, filter: "PRIO>=10", header: false })).toEqual(['123456,50,"a long name, cut"']);
    expect(list({ csv: true, list: "id", filter: "ID=2,PRIO=50", operator: "OR" })).toEqual(["ID", "123456", "2"]);
    expect(list({ "csv-del": ";", list: "ID,PRIO", filter: "NAME~long" })).toEqual(["ID;PRIO", "123456;50"]);
    expect(() => list({ filter: "NOPE=1" })).toThrow(CliError);
    expect(() => list({ list: "NOPE" })).toThrow("There is no column NOPE");
  });
});

describe("documents", () => {
  const node = parseXml(
    '<VM_POOL><VM><ID>1</ID><NAME>a &lt;b&gt; "c"</NAME><DISK><ID>0</ID></DISK><E/></VM></VM_POOL>',
  );

  it("are printed in three forms", () => {
    expect(JSON.parse(formatJson(node))).toEqual({
      VM_POOL: { VM: [{ ID: "1", NAME: 'a <b> "c"', DISK: [{ ID: "0" }], E: {} }] },
    });
    expect(parseXml(formatXml(node).replaceAll(/>\s+</g, "><"))).toEqual(node);
    expect(formatYaml(node)).toBe(
      '---\nVM_POOL:\n  VM:\n  - ID: "1"\n    NAME: "a <b> \\"c\\""\n    DISK:\n    - ID: "0"\n    E: {}',
    );
  });
});

it("reads permissions as digits and as letters", () => {
  expect(permissionBits("640")).toEqual([1, 1, 0, 1, 0, 0, 0, 0, 0]);
  expect(permissionBits("u=um,g+u,o-a")).toEqual([1, 1, 0, 1, -1, -1, -1, -1, 0]);
  expect(() => permissionBits("999")).toThrow(CliError);
});

it("shows sizes and durations", () => {
  expect([sizeText(172), sizeText(1536), sizeText(10 * 1024 * 1024)]).toEqual(["172M", "1.5G", "10T"]);
  expect(durationText(75)).toBe("  0d 00h01m15s");
});

it("passes on the words of the server, and no more", () => {
  const answer = (values: string) =>
    `<methodResponse><params><param><value><array><data>${values}</data></array></value></param></params></methodResponse>`;
  expect(readAnswer(answer("<value><boolean>1</boolean></value><value><i4>7</i4></value>"))).toBe(7);
  expect(() =>
    readAnswer(answer("<value><boolean>0</boolean></value><value><string>[one.x] no</string></value>")),
  ).toThrow("[one.x] no");
  expect(() => readAnswer("<html>")).toThrow("cannot be read");
});
