import type { Ctx } from "../../core/context";
import { appError } from "../../domain/errors";
import type { RpcValue } from "./codec";
import type { DocumentStream } from "./stream";

/** The parameters after the session string, read by type; one that is missing or of another type makes a fault. */
export interface Arguments {
  int(index: number, name: string): number;
  text(index: number, name: string): string;
  /** Optional trailing ones: absent is the default, a wrong type is a fault all the same. */
  intOr(index: number, fallback: number): number;
  textOr(index: number, fallback: string): string;
  booleanOr(index: number, fallback: boolean): boolean;
}

/** What a method answers as the second element of the result array. */
export type MethodResult = string | number | boolean | DocumentStream;

export interface RpcMethod {
  /** Parameters for the generated reference, e.g. `i id, s template [, i type=0]`. */
  params: string;
  /** What differs from OpenNebula, in a sentence; absent when nothing does. */
  differs?: string;
  /** Why the method of the reference is not offered; it then only answers so. */
  notOffered?: string;
  run(ctx: Ctx, args: Arguments): Promise<MethodResult>;
}

export type RpcMethods = Readonly<Record<string, RpcMethod>>;

/** Thrown by `Arguments`: becomes a fault. */
export class ArgumentError extends Error {
  override readonly name = "ArgumentError";
}

export function readArguments(params: readonly RpcValue[]): Arguments {
  const wrong = (index: number, type: string, name: string) =>
    new ArgumentError(`Parameter ${index + 1} (${name}) has to be of type ${type}.`);
  const isAbsent = (index: number) => params[index] === undefined || params[index] === null;
  const args: Arguments = {
    int(index, name) {
      const value = params[index];
      // Numbers in strings are what some clients send for ids.
      const number = typeof value === "string" && /^-?\d{1,10}$/.test(value.trim()) ? Number(value) : value;
      if (typeof number !== "number" || !Number.isInteger(number)) throw wrong(index, "int", name);
      if (Math.abs(number) > 2 ** 53 - 1) throw wrong(index, "int", name);
      return number;
    },
    text(index, name) {
      const value = params[index];
      if (typeof value !== "string") throw wrong(index, "string", name);
      return value;
    },
    intOr: (index, fallback) => (isAbsent(index) ? fallback : args.int(index, "optional")),
    textOr: (index, fallback) => (isAbsent(index) ? fallback : args.text(index, "optional")),
    booleanOr(index, fallback) {
      if (isAbsent(index)) return fallback;
      const value = params[index];
      if (value === 0 || value === 1) return value === 1;
      if (typeof value !== "boolean") throw wrong(index, "boolean", "optional");
      return value;
    },
  };
  return args;
}

/** An id that a database can hold; -1 and the like name nothing. */
export function existingId(id: number, object: string): number {
  if (id < 0 || id > 2_147_483_647) throw appError("NOT_FOUND", { object, id });
  return id;
}
