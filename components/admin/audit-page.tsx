"use client";

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, ScrollText } from "lucide-react";
import { parseAsInteger, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useMemo, useState } from "react";
import { toast } from "sonner";
import { DataTable } from "../data-table/data-table";
import { useTableParams } from "../hooks/use-table-params";
import { t } from "../i18n/t";
import { EmptyState } from "../layout/empty-state";
import { PageHeader } from "../layout/page-header";
import { saveTextFile } from "../lib/download";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Select } from "../ui/select";
import { AUDIT_COLUMNS, OBJECT_WORDS } from "./audit-columns";

const OBJECTS = Object.keys(OBJECT_WORDS) as (keyof typeof OBJECT_WORDS)[]; // a record's own keys
const FILTERS = { object: parseAsStringLiteral(OBJECTS), user: parseAsInteger, days: parseAsInteger };
const PERIODS = [1, 7, 30, 90] as const;
const DAY_MS = 86_400_000;

/** Who did what to which object: everybody sees their own entries, administrators all. */
export function AuditPage() {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const params = useTableParams();
  const [{ object, user, days }, setFilters] = useQueryStates(FILTERS, { history: "replace" });
  const [isExporting, setIsExporting] = useState(false);
  const filter = useMemo(
    () => ({
      ...(params.search === "" ? {} : { search: params.search }),
      ...(object === null ? {} : { object }),
      ...(user === null ? {} : { userId: user }),
      // A period begins with a whole minute, so that drawing the page again asks for the same.
      ...(days === null ? {} : { from: Math.floor((Date.now() - days * DAY_MS) / 60_000) * 60_000 }),
    }),
    [params.search, object, user, days],
  );
  const { offset, limit } = params.input;
  const query = useQuery(
    trpc.audit.list.queryOptions({ ...filter, offset, limit }, { placeholderData: keepPreviousData }),
  );
  const set = (next: Parameters<typeof setFilters>[0]) => {
    params.setPage(0);
    void setFilters(next);
  };
  async function save() {
    setIsExporting(true);
    try {
      const { csv, isComplete } = await queryClient.fetchQuery(
        trpc.audit.export.queryOptions(filter, { staleTime: 0, gcTime: 0 }),
      );
      saveTextFile("audit.csv", "text/csv", csv);
      if (!isComplete)
        toast.warning(t("The file has the newest 10,000 entries. Choose a shorter period for older ones."));
    } catch (error) {
      toast.error(errorMessage(error));
    } finally {
      setIsExporting(false);
    }
  }
  return (
    <>
      <PageHeader
        title={t("Audit log")}
        summary={t(
          "Every change that somebody asked for, newest first. Administrators see all entries, others their own.",
        )}
        actions={
          <Button isBusy={isExporting} onClick={() => void save()}>
            <Download aria-hidden /> {t("Export CSV")}
          </Button>
        }
      />
      <DataTable
        caption={t("Audit log")}
        columns={AUDIT_COLUMNS}
        query={query}
        params={params}
        rowKey={(row) => row.id}
        searchLabel={t("Search user or change")}
        filters={
          <>
            <Select
              aria-label={t("Object")}
              className="w-auto"
              value={object ?? ""}
              onChange={(event) => set({ object: OBJECTS.find((each) => each === event.target.value) ?? null })}
            >
              <option value="">{t("All objects")}</option>
              {OBJECTS.map((each) => (
                <option key={each} value={each}>
                  {OBJECT_WORDS[each]}
                </option>
              ))}
            </Select>
            <Select
              aria-label={t("Period")}
              className="w-auto"
              value={days ?? ""}
              onChange={(event) => set({ days: PERIODS.find((each) => String(each) === event.target.value) ?? null })}
            >
              <option value="">{t("All time")}</option>
              {PERIODS.map((each) => (
                <option key={each} value={each}>
                  {t("{each, plural, one {Last 24 hours} other {Last {each} days}}", { each })}
                </option>
              ))}
            </Select>
          </>
        }
        activeFilters={[
          ...(object === null
            ? []
            : [
                {
                  label: t("Object: {object}", { object: OBJECT_WORDS[object] }),
                  onClear: () => set({ object: null }),
                },
              ]),
          ...(user === null ? [] : [{ label: t("User #{user}", { user }), onClear: () => set({ user: null }) }]),
          ...(days === null ? [] : [{ label: t("Last {days} days", { days }), onClear: () => set({ days: null }) }]),
        ]}
        empty={
          <EmptyState icon={ScrollText} title={t("Nothing was changed yet")}>
            {t("Whoever adds, changes, backs up, restores or deletes something appears here.")}
          </EmptyState>
        }
      />
    </>
  );
}
