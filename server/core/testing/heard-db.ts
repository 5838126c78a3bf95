import type { PrismaClient } from "../../db/client";

/** `db`, telling each answer of the database to `onAnswer`: for tests of what is read, and what is not. */
export function heardDb(db: PrismaClient, onAnswer: (answer: unknown) => void): PrismaClient {
  const heard = db.$extends({
    query: {
      async $allOperations({ args, query }) {
        const answer: unknown = await query(args);
        onAnswer(answer);
        return answer;
      },
    },
  });
  return heard as unknown as PrismaClient; // an extended client lacks only `$on`, which nothing here uses
}
