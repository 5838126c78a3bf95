import { t } from "@/components/i18n/t";
import { formatBytes } from "@/components/lib/format";
import { Table, Td, Th } from "@/components/ui/table";
import type { PlanDisk } from "@/server/domain/restore";
import type { RestoreScope } from "./wizard-state";

interface DiskTableProps {
  /** Disks of the point; their details may be missing while a repository cannot tell. */
  diskIds: readonly number[];
  disks: readonly PlanDisk[];
  scope: RestoreScope;
  chosen: number | null;
  /** Onto the disks of the machine: no image is made. */
  isInPlace: boolean;
  onChoose: (diskId: number) => void;
}

/** The disks at that point: all of them for a whole machine, one to choose otherwise. */
export function DiskTable({ diskIds, disks, scope, chosen, isInPlace, onChoose }: DiskTableProps) {
  return (
    <div className="card rounded-card border border-line bg-surface">
      <Table caption={t("Disks of the chosen point")}>
        <thead>
          <tr>
            <Th>{t("Restore")}</Th>
            <Th>{t("Disk")}</Th>
            <Th>{t("Guest size")}</Th>
            <Th>{t("Reads")}</Th>
          </tr>
        </thead>
        <tbody>
          {diskIds.map((diskId) => {
            const disk = disks.find((candidate) => candidate.diskId === diskId);
            return (
              <tr key={diskId}>
                <Td>
                  {scope === "vm" ? (
                    <span className="whitespace-nowrap text-success">{t("✓ Included")}</span>
                  ) : (
                    <input
                      type="radio"
                      name="restore-disk"
                      aria-label={t("Restore disk {diskId}", { diskId })}
                      checked={chosen === diskId}
                      onChange={() => onChoose(diskId)}
                      data-testid={`restore-disk-${diskId}`}
                      className="size-6 accent-primary"
                    />
                  )}
                </Td>
                <Td className="min-w-40">
                  {t("Disk {diskId}", { diskId })}
                  {disk !== undefined && disk.target !== "" && <span className="text-muted"> {disk.target}</span>}
                  {disk?.wasVolatile === true && <span className="text-muted">{t(", was volatile")}</span>}
                  {disk !== undefined && !isInPlace && (
                    <span className="block text-sm text-muted wrap-anywhere">
                      {t("new image {imageName}", { imageName: disk.imageName })}
                    </span>
                  )}
                </Td>
                <Td className="whitespace-nowrap">{disk === undefined ? "–" : formatBytes(disk.virtualSize)}</Td>
                <Td className="min-w-28">{disk === undefined ? "–" : readsText(disk)}</Td>
              </tr>
            );
          })}
        </tbody>
      </Table>
    </div>
  );
}

function readsText(disk: PlanDisk): string {
  const files = t("{chainLength, plural, one {1 stored file} other {{chainLength} stored files}}", {
    chainLength: disk.chainLength,
  });
  return disk.bytesToRead === null
    ? t("unknown, {files}", { files })
    : t("{bytesToRead} from {files}", { bytesToRead: formatBytes(disk.bytesToRead), files });
}
