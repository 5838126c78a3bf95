"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Server } from "lucide-react";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { DataTable } from "@/components/data-table/data-table";
import { useTableParams } from "@/components/hooks/use-table-params";
import { EmptyState } from "@/components/layout/empty-state";
import { useTRPC } from "@/components/trpc/client";
import { ButtonLink } from "@/components/ui/button";
import { Select } from "@/components/ui/select";
import type { Protection } from "@/server/domain/vm";
import { LoadDemo } from "./load-demo";
import { VM_COLUMNS } from "./vm-columns";

const PROTECTIONS = ["failing", "never", "late", "running", "protected"] as const satisfies readonly Protection[];
const WORDS: Record<Protection, string> = {
  protected: "Protected",
  late: "Late",
  failing: "Failing",
  never: "Never backed up",
  running: "Backup running",
};

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

  function filterBy(value: string) {
    params.setPage(0);
    void setProtection(PROTECTIONS.find((candidate) => candidate === value) ?? null);
  }

  return (
    <DataTable
      caption="Virtual machines"
      columns={VM_COLUMNS}
      query={query}
      rowKey={(row) => String(row.id)}
      rowHref={(row) => `/vms/${row.id}`}
      params={params}
      searchLabel="Search by name or id"
      filters={<ProtectionFilter value={protection} onChange={filterBy} />}
      activeFilters={protection === null ? [] : [{ label: WORDS[protection], onClear: () => filterBy("") }]}
      empty={
        <EmptyState
          icon={Server}
          title="No virtual machines yet"
          actions={
            <>
              <LoadDemo />
              <ButtonLink href="/vms/new" variant="primary">
                Register a VM
              </ButtonLink>
            </>
          }
        >
          Register the disk files of a machine to back it up, or load two demo machines to try everything in a minute.
        </EmptyState>
      }
    />
  );
}

function ProtectionFilter({ value, onChange }: { value: Protection | null; onChange: (value: string) => void }) {
  return (
    <Select
      aria-label="Filter by protection"
      className="w-48"
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="">Any protection</option>
      {PROTECTIONS.map((protection) => (
        <option key={protection} value={protection}>
          {WORDS[protection]}
        </option>
      ))}
    </Select>
  );
}
