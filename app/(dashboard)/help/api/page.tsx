import type { Metadata } from "next";
import { ApiReference } from "@/components/account/api-reference";

export const metadata: Metadata = { title: "HTTP API" };

/** The reference of /api/v1, made from the same schemas as the API itself. */
export default function Page() {
  return <ApiReference />;
}
