"use client";

import { useState } from "react";
import type { VmRow } from "@/server/domain/vm";
import { columnsOf, type DataColumns } from "../data-table/columns";
import { t } from "../i18n/t";
import { Checkbox } from "../ui/checkbox";

const column = columnsOf<VmRow>();

/** The VMs that are ticked, over all pages; another search starts anew. */
export function useChosen(search: string) {
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const [seen, setSeen] = useState(search);
  if (seen !== search) {
    setSeen(search);
    setChosen(new Set());
  }
  return { chosen, choose: (ids: readonly number[]) => setChosen(new Set(ids)) };
}

/** A box for each row, and one in the head for the page. */
export function chooseColumn(
  rows: readonly VmRow[],
  { chosen, choose }: ReturnType<typeof useChosen>,
): DataColumns<VmRow>[number] {
  const here = rows.filter((row) => chosen.has(row.id)).length;
  const others = () => [...chosen].filter((id) => !rows.some((row) => row.id === id));
  return column.display({
    id: "choose",
    header: () => (
      <Checkbox
        label={t("Choose all VMs of this page")}
        isLabelHidden
        checked={here > 0 && here === rows.length}
        indeterminate={here > 0 && here < rows.length}
        onCheckedChange={(isOn) => choose(isOn ? [...others(), ...rows.map((row) => row.id)] : others())}
      />
    ),
    meta: { isInteractive: true, card: "hidden", className: "w-8" },
    cell: ({ row }) => (
      <Checkbox
        label={t("Choose {name}", { name: row.original.name })}
        isLabelHidden
        checked={chosen.has(row.original.id)}
        onCheckedChange={(isOn) =>
          choose(isOn ? [...chosen, row.original.id] : [...chosen].filter((id) => id !== row.original.id))
        }
      />
    ),
  });
}
