import { timeInZone } from "./zone-offset";

/** A stretch of time that a phrase means, epoch ms: a day, or one moment. Both ends inside. */
export interface Span {
  from: number;
  to: number;
}

interface Asked {
  now: number;
  /** IANA zone in which days begin and clocks are read. */
  zone: string;
  /** Where a phrase without a year or week lies: "Monday" is the last one, or the next. */
  direction: "past" | "future";
}

/** A day of the calendar; months from 1. */
interface Day {
  year: number;
  month: number;
  day: number;
}

const DAY_MS = 86_400_000;
const UNIT_MS: Record<string, number> = { minute: 60_000, hour: 3_600_000 };
const UNIT_DAYS: Record<string, number> = { day: 1, week: 7, month: 30 };

/** English and Spanish words for the same; without accents. */
const SAME: Record<string, string> = {
  hoy: "today",
  ayer: "yesterday",
  manana: "tomorrow",
  anoche: "lastnight",
  ahora: "now",
  mediodia: "noon",
  medianoche: "midnight",
  minuto: "minute",
  minutos: "minute",
  hora: "hour",
  horas: "hour",
  dia: "day",
  dias: "day",
  semana: "week",
  semanas: "week",
  mes: "month",
  meses: "month",
  minutes: "minute",
  min: "minute",
  hours: "hour",
  days: "day",
  weeks: "week",
  months: "month",
  hace: "ago",
  pasado: "last",
  en: "in",
};
/** Words without a meaning of their own. */
const FILLERS = new Set(["at", "on", "the", "of", "a", "el", "la", "las", "los", "de", "del", "of"]);
const WEEKDAYS = [
  ["sun", "dom"],
  ["mon", "lun"],
  ["tue", "mar"],
  ["wed", "mie"],
  ["thu", "jue"],
  ["fri", "vie"],
  ["sat", "sab"],
] as const;
const WEEKDAY_NAMES = [
  ["sunday", "domingo"],
  ["monday", "lunes"],
  ["tuesday", "martes", "tues"],
  ["wednesday", "miercoles"],
  ["thursday", "jueves", "thur", "thurs"],
  ["friday", "viernes"],
  ["saturday", "sabado"],
] as const;
const MONTHS = [
  ["january", "enero", "jan", "ene"],
  ["february", "febrero", "feb"],
  ["march", "marzo", "mar"],
  ["april", "abril", "apr", "abr"],
  ["may", "mayo"],
  ["june", "junio", "jun"],
  ["july", "julio", "jul"],
  ["august", "agosto", "aug", "ago"],
  ["september", "septiembre", "sep", "sept"],
  ["october", "octubre", "oct"],
  ["november", "noviembre", "nov"],
  ["december", "diciembre", "dec", "dic"],
] as const;

/**
 * What people call a time: "yesterday 02:00", "last night", "Monday", "3 days ago", "4 March", "2026-03-04 02:00",
 * "until Friday 18:00", and the same in Spanish. Null for what is no time: a phrase is understood whole or not at all.
 */
export function parseDatePhrase(phrase: string, asked: Asked): Span | null {
  const plain = phrase.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain
    .replace(/(\d{4}-\d\d?-\d\d?)t(\d)/, "$1 $2")
    .replace("last night", "lastnight")
    .replace("pasado manana", "2 days")
    .split(/[\s,]+/)
    .map((word) => SAME[word] ?? word)
    .filter((word) => word !== "" && !FILLERS.has(word));
  if (words.length === 0 || words.length > 8) return null;
  return relative(words, asked) ?? absolute(words, asked);
}

/** "3 days ago", "in 2 hours", "hace 3 dias". */
function relative(words: readonly string[], { now, zone }: Asked): Span | null {
  const isAgo = words.includes("ago");
  const isIn = words[0] === "in";
  const rest = words.filter((word, index) => word !== "ago" && !(index === 0 && word === "in"));
  const [count = "", unit = "", ...time] = rest;
  if (isAgo === isIn || !/^\d{1,4}$/.test(count)) return null;
  const sign = isAgo ? -1 : 1;
  const step = UNIT_MS[unit];
  if (step !== undefined) return time.length === 0 ? moment(now + sign * Number(count) * step) : null;
  const days = UNIT_DAYS[unit];
  if (days === undefined) return null;
  const clock = clockOf(time);
  if (clock === undefined) return null;
  return spanOf(plusDays(dayOf(now, zone), sign * Number(count) * days), clock, zone);
}

function absolute(words: readonly string[], asked: Asked): Span | null {
  const { now, zone, direction } = asked;
  if (words.length === 1 && words[0] === "now") return moment(now);
  const today = dayOf(now, zone);
  if (words.length === 1 && words[0] === "lastnight") {
    const from = timeOn(plusDays(today, -1), 18 * 60, zone);
    return { from, to: timeOn(today, 8 * 60, zone) };
  }
  // The clock stands at the end, or before the day: "02:00 yesterday".
  for (let length = words.length; length >= 0; length -= 1) {
    for (const [dayWords, clockWords] of [
      [words.slice(0, length), words.slice(length)],
      [words.slice(words.length - length), words.slice(0, words.length - length)],
    ] as const) {
      const clock = clockOf(clockWords);
      if (clock === undefined) continue;
      if (dayWords.length === 0) {
        if (clock === null) return null;
        const at = timeOn(today, clock, zone);
        const isOver = direction === "past" ? at > now : at < now;
        return moment(isOver ? timeOn(plusDays(today, direction === "past" ? -1 : 1), clock, zone) : at);
      }
      const day = namedDay(dayWords, today, direction);
      if (day !== null) return spanOf(day, clock, zone);
    }
  }
  return null;
}

/** A day by its name or date. */
function namedDay(words: readonly string[], today: Day, direction: Asked["direction"]): Day | null {
  const [first = "", second] = words;
  if (words.length === 1) {
    if (first === "today") return today;
    if (first === "yesterday") return plusDays(today, -1);
    if (first === "tomorrow") return plusDays(today, 1);
    const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(first);
    if (iso !== null) return realDay({ year: Number(iso[1]), month: Number(iso[2]), day: Number(iso[3]) });
    const dotted = /^(\d{1,2})[./](\d{1,2})[./](\d{4})$/.exec(first);
    if (dotted !== null) return realDay({ year: Number(dotted[3]), month: Number(dotted[2]), day: Number(dotted[1]) });
  }
  const names = words.filter((word) => word !== "last" && word !== "next");
  const isSaid = names.length < words.length;
  if (names.length === 1)
    return weekdayOf(names[0] ?? "", today, words.includes("next") ? "future" : direction, isSaid);
  if (isSaid || second === undefined) return null;
  return monthDay(words, today, direction);
}

function weekdayOf(name: string, today: Day, direction: Asked["direction"], isOther: boolean): Day | null {
  const index = WEEKDAY_NAMES.findIndex((names, at) =>
    [...names, ...(WEEKDAYS[at] ?? [])].some((known: string) => known === name),
  );
  if (index === -1) return null;
  const now = new Date(Date.UTC(today.year, today.month - 1, today.day)).getUTCDay();
  if (direction === "past") {
    const back = (now - index + 7) % 7;
    return plusDays(today, -(back === 0 && isOther ? 7 : back));
  }
  const ahead = (index - now + 7) % 7;
  return plusDays(today, ahead === 0 ? 7 : ahead);
}

/** "4 march", "march 4", "4th march 2026". */
function monthDay(words: readonly string[], today: Day, direction: Asked["direction"]): Day | null {
  const months = words.map(monthOf);
  const at = months.findIndex((found) => found > 0);
  const month = months[at] ?? 0;
  if (month === 0 || words.length > 3) return null;
  const numbers = words
    .filter((_, index) => index !== at)
    .map((word) => word.replace(/^(\d{1,2})(st|nd|rd|th)$/, "$1"));
  const [dayText = "", yearText] = numbers;
  if (!/^\d{1,2}$/.test(dayText) || (yearText !== undefined && !/^\d{4}$/.test(yearText))) return null;
  const day = Number(dayText);
  if (yearText !== undefined) return realDay({ year: Number(yearText), month, day });
  const found = realDay({ year: today.year, month, day });
  if (found === null) return null;
  const isAhead = utcOf(found) > utcOf(today);
  if (direction === "past" && isAhead) return realDay({ ...found, year: today.year - 1 });
  return direction === "future" && utcOf(found) < utcOf(today) ? realDay({ ...found, year: today.year + 1 }) : found;
}

/** 1 to 12; 0 for what is no month. */
function monthOf(word: string): number {
  return 1 + MONTHS.findIndex((names) => new Set<string>(names).has(word));
}

/** Minutes since midnight; null: no clock was named; undefined: what was named is none. */
function clockOf(words: readonly string[]): number | null | undefined {
  const text = words.join("");
  if (text === "") return null;
  if (text === "noon") return 12 * 60;
  if (text === "midnight") return 0;
  const match = /^(\d{1,2})(?:[:.h](\d\d))?(h|am|pm)?$/.exec(text);
  const [, hours = "", minutes = "00", suffix] = match ?? [];
  // A number alone is a day or a count, not a clock.
  if (match === null || (match[2] === undefined && suffix === undefined)) return undefined;
  const hour = Number(hours);
  if (suffix === "am" || suffix === "pm") {
    if (hour < 1 || hour > 12) return undefined;
    return ((hour % 12) + (suffix === "pm" ? 12 : 0)) * 60 + Number(minutes);
  }
  return hour > 23 || Number(minutes) > 59 ? undefined : hour * 60 + Number(minutes);
}

function spanOf(day: Day, clock: number | null, zone: string): Span {
  if (clock !== null) return moment(timeOn(day, clock, zone));
  return { from: timeOn(day, 0, zone), to: timeOn(plusDays(day, 1), 0, zone) - 1 };
}

function moment(at: number): Span {
  return { from: at, to: at };
}

function timeOn({ year, month, day }: Day, minutes: number, zone: string): number {
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return timeInZone(`${String(year).padStart(4, "0")}-${two(month)}-${two(day)}T${clock}`, zone);
}

/** The day that calendars in `zone` show at `at`. */
function dayOf(at: number, zone: string): Day {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
  }).formatToParts(at);
  const of = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  return { year: of("year"), month: of("month"), day: of("day") };
}

function utcOf({ year, month, day }: Day): number {
  return Date.UTC(year, month - 1, day);
}

function plusDays(day: Day, days: number): Day {
  const at = new Date(utcOf(day) + days * DAY_MS);
  return { year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate() };
}

/** Null for 31 February and the like. */
function realDay(day: Day): Day | null {
  const back = plusDays(day, 0);
  return back.month === day.month && back.day === day.day && day.year >= 1970 ? day : null;
}
