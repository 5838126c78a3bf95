"use client";

import { type HostDomain, importedDisks } from "@/server/domain/host";
import { said } from "../i18n/said";
import { t, words } from "../i18n/t";
import { formatBytes, formatMb } from "../lib/format";
import { Checkbox } from "../ui/checkbox";
import { Table, Td, Th } from "../ui/table";

const STATE_WORDS: Record<HostDomain["state"], string> = words({ running: "Running", paused: "Paused", off: "Off" });

/** Domains with a box each; one that cannot be imported says why. */
export function ImportTable({
  rows,
  chosen,
  onChange,
  isLocked,
}: {
  rows: readonly HostDomain[];
  chosen: ReadonlySet<string>;
  onChange: (chosen: ReadonlySet<string>) => void;
  isLocked: boolean;
}) {
  const free = rows.filter((row) => row.reason === null);
  const isAll = free.length > 0 && free.every((row) => chosen.has(row.uuid));
  const locked = isLocked ? t("The import is running.") : null;
  const toggle = (uuid: string, isOn: boolean) => {
    const next = new Set(chosen);
    if (isOn) next.add(uuid);
    else next.delete(uuid);
    onChange(next);
  };
  return (
    <Table caption={t("Machines of this host")}>
      <thead>
        <tr>
          <Th>
            <Checkbox
              label={t("All that can be imported")}
              isLabelHidden
              checked={isAll}
              indeterminate={!isAll && free.some((row) => chosen.has(row.uuid))}
              disabledReason={free.length === 0 ? t("None can be imported.") : locked}
              onCheckedChange={(isOn) => onChange(new Set(isOn ? free.map((row) => row.uuid) : []))}
            />
          </Th>
          <Th>{t("Name")}</Th>
          <Th>{t("State")}</Th>
          <Th>{t("CPUs")}</Th>
          <Th>{t("Memory")}</Th>
          <Th>{t("Disks")}</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.uuid}>
            <Td>
              <Checkbox
                label={t("Import {name}", { name: row.name })}
                isLabelHidden
                checked={chosen.has(row.uuid)}
                disabledReason={row.reason ?? locked}
                onCheckedChange={(isOn) => toggle(row.uuid, isOn)}
              />
            </Td>
            <Td className="wrap-anywhere">
              {row.name}
              {row.reason === null ? null : <span className="block text-sm text-muted">{said(row.reason)}</span>}
            </Td>
            <Td>{STATE_WORDS[row.state]}</Td>
            <Td>{row.cpus}</Td>
            <Td>{formatMb(row.memoryMib)}</Td>
            <Td className="text-sm">
              {importedDisks(row).map((disk) => (
                <span key={disk.target} className="block wrap-anywhere">
                  {disk.target}
                  {disk.bytes === null ? "" : `, ${formatBytes(disk.bytes)}`}
                  <span className="text-muted"> {disk.source}</span>
                </span>
              ))}
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
