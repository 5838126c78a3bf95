import { SearchX } from "lucide-react";
import { t } from "@/components/i18n/t";
import { EmptyState } from "@/components/layout/empty-state";
import { PageHeader } from "@/components/layout/page-header";
import { ButtonLink } from "@/components/ui/button";

/** An address that leads nowhere. */
export default function NotFound() {
  return (
    <>
      <PageHeader title={t("Not found")} />
      <EmptyState
        icon={SearchX}
        title={t("There is no such page or object")}
        actions={
          <ButtonLink href="/" variant="primary">
            {t("Go to the overview")}
          </ButtonLink>
        }
      >
        {t("It may have been deleted, or the address has a typing error.")}
      </EmptyState>
    </>
  );
}
