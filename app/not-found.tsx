import { SearchX } from "lucide-react";
import { t } from "@/components/i18n/t";
import { EmptyState } from "@/components/layout/empty-state";
import { ButtonLink } from "@/components/ui/button";

/** An address outside every page; the shell needs a session, which a visitor of any address may not have. */
export default function NotFound() {
  return (
    <main className="gutter flex min-h-dvh flex-col items-center justify-center">
      <h1 className="text-xl font-semibold">{t("Not found")}</h1>
      <EmptyState
        icon={SearchX}
        title={t("There is no such page")}
        actions={
          <ButtonLink href="/" variant="primary">
            {t("Go to the overview")}
          </ButtonLink>
        }
      >
        {t("The address has a typing error, or the page was moved.")}
      </EmptyState>
    </main>
  );
}
