"use client";

import { ErrorState } from "@/components/layout/error-state";
import { PageHeader } from "@/components/layout/page-header";

/** A page that broke while it was drawn: the shell lives on. */
export default function PageError({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <>
      <PageHeader title="This page broke" />
      <ErrorState error={error} what="this page" onRetry={reset} />
    </>
  );
}
