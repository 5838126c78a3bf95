import { describe, expect, test } from "vitest";
import {
  ACTION_STATES,
  ACTION_TRANSITIONS,
  BACKUP_STATES,
  IMAGE_STATES,
  IMAGE_TRANSITIONS,
  isFinal,
  nextState,
  type Transition,
  VM_STATES,
  VM_TRANSITIONS,
  vmStateNumbers,
} from "./states";

const TABLES: { name: string; states: string[]; rows: readonly Transition<string, string>[] }[] = [
  { name: "VM", states: Object.keys(VM_STATES), rows: VM_TRANSITIONS },
  { name: "image", states: Object.keys(IMAGE_STATES), rows: IMAGE_TRANSITIONS },
  { name: "action", states: [...ACTION_STATES], rows: ACTION_TRANSITIONS },
];

describe.each(TABLES)("$name", ({ states, rows }) => {
  const events = [...new Set(rows.map(([, event]) => event))];

  test("each pair of state and event is one row, or refused", () => {
    for (const from of states) {
      for (const event of events) {
        const matching = rows.filter((row) => row[0] === from && row[1] === event);
        expect(matching.length, `${from} ${event}`).toBeLessThanOrEqual(1);
        expect(nextState(rows, from, event), `${from} ${event}`).toBe(matching[0]?.[2] ?? null);
      }
    }
  });

  test("every row names states that exist", () => {
    for (const [from, , to] of rows) expect(states).toEqual(expect.arrayContaining([from, to]));
  });
});

test("an unknown event is refused from every state", () => {
  const rows: readonly Transition<string, string>[] = VM_TRANSITIONS;
  for (const state of Object.keys(VM_STATES)) expect(nextState(rows, state, "no-such-event")).toBeNull();
});

test("a run that ended never moves again", () => {
  const rows: readonly Transition<string, string>[] = ACTION_TRANSITIONS;
  for (const state of ACTION_STATES.filter(isFinal)) {
    expect(rows.filter(([from]) => from === state)).toEqual([]);
  }
  expect(ACTION_STATES.filter(isFinal)).toEqual(["DONE", "FAILED", "CANCELLED"]);
});

test("a backup state begins only with a backup and ends where it began", () => {
  for (const state of BACKUP_STATES) {
    const into = VM_TRANSITIONS.filter(([, , to]) => to === state);
    const out = VM_TRANSITIONS.filter(([from]) => from === state);
    expect(into.map(([, event]) => event)).toEqual(["backup"]);
    expect(out.map(([, event, to]) => [event, to])).toEqual([["backup.end", into[0]?.[0]]]);
  }
});

test("no two VM states share OpenNebula's numbers", () => {
  const pairs = Object.values(VM_STATES).map(String);
  expect(new Set(pairs).size).toBe(pairs.length);
  expect(vmStateNumbers("BACKUP_POWEROFF")).toEqual({ state: 3, lcmState: 70 });
});
