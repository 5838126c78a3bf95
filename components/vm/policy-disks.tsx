import { said } from "@/components/i18n/said";
import { t } from "@/components/i18n/t";
import { formatMb } from "@/components/lib/format";
import { Checkbox } from "@/components/ui/checkbox";
import { Switch } from "@/components/ui/switch";
import { Table, Td, Th } from "@/components/ui/table";
import type { VmDetail, VmDisk } from "@/server/domain/vm";
import { isEligible } from "@/server/domain/vm-disks";
import type { SetPolicy } from "./policy-mode";
import { diskIdsAfterVolatile, includedDisks, type PolicyValues, toggleDisk } from "./policy-state";

interface PolicyDisksProps {
  vm: VmDetail;
  values: PolicyValues;
  set: SetPolicy;
}

/** Which disks, with the reason of each that cannot be in it or that blocks increments. */
export function PolicyDisks({ vm, values, set }: PolicyDisksProps) {
  const isAll = values.diskIds.length === 0;
  const included = includedDisks(vm.disks, values);

  function setVolatile(isOn: boolean) {
    set({ backupVolatile: isOn, diskIds: diskIdsAfterVolatile(vm.disks, values.diskIds, isOn) });
  }

  return (
    <section aria-label={t("Disks")} className="space-y-3">
      <h3 className="font-medium">{t("Disks")}</h3>
      <Switch
        checked={values.backupVolatile}
        onCheckedChange={setVolatile}
        label={t("Back up volatile disks")}
        help={t("Disks that live only as long as the VM. Swap is never backed up.")}
      />
      <Switch
        checked={isAll}
        onCheckedChange={(isOn) => set({ diskIds: isOn ? [] : included.map((disk) => disk.diskId) })}
        label={t("All disks, also those attached later")}
        disabledReason={included.length === 0 ? t("No disk of this VM can be backed up.") : null}
      />
      <div className="card rounded-card border border-line bg-surface">
        <Table caption={t("Disks of {name} and whether they are backed up", { name: vm.name })}>
          <thead>
            <tr>
              <Th>{t("Back up")}</Th>
              <Th>{t("Target")}</Th>
              <Th>{t("Format")}</Th>
              <Th className="text-end">{t("Size")}</Th>
              <Th>{t("Eligible")}</Th>
            </tr>
          </thead>
          <tbody>
            {vm.disks.map((disk) => (
              <DiskRow
                key={disk.diskId}
                disk={disk}
                values={values}
                isIncluded={included.includes(disk)}
                isLast={included.length === 1}
                onToggle={() => set({ diskIds: toggleDisk(vm.disks, values, disk.diskId) ?? values.diskIds })}
              />
            ))}
          </tbody>
        </Table>
      </div>
    </section>
  );
}

interface DiskRowProps {
  disk: VmDisk;
  values: PolicyValues;
  isIncluded: boolean;
  /** It is the only included one: a backup of nothing cannot be asked for. */
  isLast: boolean;
  onToggle: () => void;
}

function DiskRow({ disk, values, isIncluded, isLast, onToggle }: DiskRowProps) {
  const isPossible = isEligible(disk, values);
  const stuck = isIncluded && isLast ? t("The only disk in the backup.") : null;
  return (
    <tr>
      <Td className="relative">
        {isPossible ? (
          <Checkbox
            checked={isIncluded}
            onCheckedChange={onToggle}
            label={t("Disk {diskId}", { diskId: disk.diskId })}
            disabledReason={stuck}
          />
        ) : (
          <span className="text-muted">{t("Disk {diskId}: not backed up", { diskId: disk.diskId })}</span>
        )}
      </Td>
      <Td>{disk.target}</Td>
      <Td>
        {disk.format || "–"}
        {disk.isVolatile && <span className="text-muted"> {t("volatile")}</span>}
      </Td>
      <Td className="text-end whitespace-nowrap">{formatMb(disk.sizeMb)}</Td>
      <Td className="max-w-72">{eligibility(disk, isPossible, isIncluded)}</Td>
    </tr>
  );
}

/** The server's reason is about the saved settings; where the form differs, the form's own words are used. */
function eligibility(disk: VmDisk, isPossible: boolean, isIncluded: boolean): string {
  if (isIncluded !== disk.isIncluded) return isIncluded ? t("Added by this change.") : t("Left out by this change.");
  return said(disk.reason ?? "") || (isPossible ? t("✓ Full and increments") : t("Not backed up"));
}
