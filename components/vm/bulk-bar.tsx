"use client";

import { useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";
import { t } from "@/components/i18n/t";
import { useTRPC, useTRPCClient } from "@/components/trpc/client";
import { type BulkWork, MAX_BULK } from "@/server/domain/vm";
import { useSaveCsv } from "../hooks/use-save-csv";
import { formatCount } from "../lib/format";
import { Button } from "../ui/button";
import { Menu, MenuItem, MenuSeparator } from "../ui/menu";
import { BulkDialog } from "./bulk-dialog";

interface BulkBarProps {
  chosen: ReadonlySet<number>;
  onChoose: (ids: readonly number[]) => void;
  /** How many the search finds, over all pages. */
  total: number;
  /** What the list is asked for. */
  search: { search?: string };
}

/** What can be done with the VMs that are ticked; it says how many they are, over all pages. */
export function BulkBar({ chosen, onChoose, total, search }: BulkBarProps) {
  const trpc = useTRPC();
  const client = useQueryClient();
  const [asked, setAsked] = useState<BulkWork["what"] | null>(null);
  const [isChoosing, setIsChoosing] = useState(false);
  const { exportCsv } = useTRPCClient().vm;
  const csv = useSaveCsv("virtual-machines.csv", () => exportCsv.mutate({ vmIds: [...chosen] }));
  if (chosen.size === 0) return null;
  const tooMany =
    chosen.size > MAX_BULK
      ? t("At most {maxBulk} VMs at a time. Narrow the list down, or let a backup job choose them by rules.", {
          maxBulk: MAX_BULK,
        })
      : null;

  async function chooseAll() {
    setIsChoosing(true);
    try {
      onChoose(await client.fetchQuery(trpc.vm.choose.queryOptions(search)));
    } finally {
      setIsChoosing(false);
    }
  }

  return (
    <section
      aria-label={t("Chosen VMs")}
      className="sticky bottom-2 z-30 mt-2 flex flex-wrap items-center gap-2 rounded-card border border-primary bg-raised p-2 shadow-raised max-md:bottom-16"
    >
      <p className="px-1 font-medium" aria-live="polite">
        {t("{size} of {total} VMs chosen", { size: formatCount(chosen.size), total: formatCount(total) })}
      </p>
      {chosen.size < total ? (
        <Button size="sm" variant="ghost" isBusy={isChoosing} onClick={() => void chooseAll()}>
          {t("Choose all {total}", { total: formatCount(total) })}
        </Button>
      ) : null}
      <span className="ms-auto flex flex-wrap gap-2">
        <Button size="sm" disabledReason={tooMany} onClick={() => setAsked("backup")}>
          {t("Back up now")}
        </Button>
        <Button size="sm" disabledReason={tooMany} onClick={() => setAsked("job")}>
          {t("Add to a job")}
        </Button>
        <Menu trigger={<Button size="sm">{t("More")}</Button>}>
          <MenuItem disabledReason={tooMany} onSelect={() => setAsked("rpo")}>
            {t("Set the RPO")}
          </MenuItem>
          <MenuItem disabledReason={tooMany} onSelect={() => setAsked("labels")}>
            {t("Change labels")}
          </MenuItem>
          <MenuItem disabledReason={tooMany} onSelect={() => setAsked("leave-out")}>
            {t("Leave out, or take back in")}
          </MenuItem>
          <MenuSeparator />
          <MenuItem disabledReason={csv.isBusy ? t("It is being made.") : null} onSelect={csv.save}>
            {t("Export {size} as CSV", { size: formatCount(chosen.size) })}
          </MenuItem>
        </Menu>
        <Button size="icon-sm" variant="ghost" aria-label={t("Choose none")} onClick={() => onChoose([])}>
          <X aria-hidden />
        </Button>
      </span>
      {asked === null ? null : (
        <BulkDialog what={asked} vmIds={[...chosen]} onClose={() => setAsked(null)} onDone={() => onChoose([])} />
      )}
    </section>
  );
}
