import type { Metadata } from "next";
import { words } from "@/components/i18n/t";
import { NewJob } from "@/components/job/job-editor";
import { ObjectId } from "@/server/domain/ids";

export const metadata: Metadata = words({ title: "New backup job" });

/** A new job; `?from=` copies another, `?starter=nightly` fills in a schedule. */
export default async function Page({ searchParams }: { searchParams: Promise<Record<string, string | string[]>> }) {
  const { from, starter } = await searchParams;
  const copyOf = ObjectId.safeParse(from === undefined ? undefined : Number(from));
  return <NewJob copyOf={copyOf.success ? copyOf.data : null} isStarter={starter === "nightly"} />;
}
