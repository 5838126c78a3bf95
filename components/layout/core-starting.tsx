import { t } from "@/components/i18n/t";
import { Mark } from "./logo";

const RETRY_SECONDS = 2;

/** Shown while the core of the server starts; the page asks again by itself. */
export function CoreStarting() {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-3 p-4 text-center">
      <meta httpEquiv="refresh" content={String(RETRY_SECONDS)} />
      <Mark className="size-8" />
      <h1 className="text-lg font-semibold">{t("Strata is starting")}</h1>
      <p className="text-muted">{t("The core opens its database. This page goes on by itself.")}</p>
    </main>
  );
}
