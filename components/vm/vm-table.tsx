"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Download, Server } from "lucide-react";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { DataTable } from "@/components/data-table/data-table";
import { useSaveCsv } from "@/components/hooks/use-save-csv";
import { useTableParams } from "@/components/hooks/use-table-params";
import { t } from "@/components/i18n/t";
import { EmptyState } from "@/components/layout/empty-state";
import { useTRPC, useTRPCClient } from "@/components/trpc/client";
import { Button, ButtonLink } from "@/components/ui/button";
import { Notice } from "@/components/ui/notice";
import { PROTECTIONS, type VmRow } from "@/server/domain/vm";
import { parseVmQuery, vmQueryText } from "@/server/domain/vm-query";
import { BulkBar } from "./bulk-bar";
import { LoadDemo } from "./load-demo";
import { PROTECTION_WORDS } from "./protection-words";
import { chooseColumn, useChosen } from "./use-chosen";
import { VM_COLUMNS } from "./vm-columns";
import { VmFacets } from "./vm-facets";
import { VmViews } from "./vm-views";

const NONE: VmRow[] = [];
const NO_FILTER: [] = [];

/** The inventory: every VM with how well it is protected. */
export function VmTable() {
  const trpc = useTRPC();
  const params = useTableParams({ sort: "protection" });
  const [protection, setProtection] = useQueryState("protection", parseAsStringLiteral(PROTECTIONS));
  const query = useQuery(
    trpc.vm.list.queryOptions(
      { ...params.input, ...(protection === null ? {} : { protection }) },
      { placeholderData: keepPreviousData },
    ),
  );

  const search = protection === null ? params.search : vmQueryText({ search: params.search, protection });
  const selection = useChosen(search);
  const { problems } = parseVmQuery(params.search);
  const rows = query.data?.rows ?? NONE;
  const isEmpty = query.data?.total === 0 && search === "";

  function searchFor(text: string) {
    void setProtection(null);
    params.setSearch(text);
  }

  return (
    <div className="flex gap-4 max-[1680px]:flex-col">
      {isEmpty ? null : <VmFacets search={search} onSearch={searchFor} />}
      <div className="min-w-0 grow">
        {problems.length === 0 ? null : (
          <Notice tone="warning" className="mb-3">
            {problems.join(" ")}
          </Notice>
        )}
        <DataTable
          caption={t("Virtual machines")}
          columns={[chooseColumn(rows, selection), ...VM_COLUMNS]}
          query={query}
          rowKey={(row) => String(row.id)}
          rowHref={(row) => `/vms/${row.id}`}
          params={params}
          searchLabel={t("Search: name, id, job:, owner: …")}
          filters={
            <>
              <VmViews search={search} onSearch={searchFor} />
              <ExportVms search={search} />
            </>
          }
          activeFilters={
            protection === null
              ? NO_FILTER
              : [{ label: PROTECTION_WORDS[protection] ?? protection, onClear: () => void setProtection(null) }]
          }
          empty={<NoVms />}
        />
        <BulkBar
          chosen={selection.chosen}
          onChoose={selection.choose}
          total={query.data?.total ?? 0}
          search={search === "" ? {} : { search }}
        />
      </div>
    </div>
  );
}

/** All that the search finds as a file, whatever the page shows. */
function ExportVms({ search }: { search: string }) {
  const { exportCsv } = useTRPCClient().vm;
  const csv = useSaveCsv("virtual-machines.csv", () => exportCsv.mutate(search === "" ? {} : { search }));
  return (
    <Button isBusy={csv.isBusy} onClick={csv.save} className="max-sm:hidden">
      <Download aria-hidden />
      {t("Export CSV")}
    </Button>
  );
}

function NoVms() {
  return (
    <EmptyState
      icon={Server}
      title={t("No virtual machines yet")}
      actions={
        <>
          <LoadDemo />
          <ButtonLink href="/vms/new" variant="primary">
            {t("Register a VM")}
          </ButtonLink>
        </>
      }
    >
      {t(
        "Register the disk files of a machine to back it up, or load two demo machines to try everything in a minute.",
      )}
    </EmptyState>
  );
}
