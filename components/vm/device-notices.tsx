import Link from "next/link";
import { t } from "@/components/i18n/t";
import { Notice } from "@/components/ui/notice";
import type { VmDetail } from "@/server/domain/vm";

/** What works on the VM now, with a way to watch it. Nothing when nothing does. */
export function DeviceNotices({ vm }: { vm: Pick<VmDetail, "operationActionId"> }) {
  if (vm.operationActionId === null) return null;
  return (
    <Notice tone="info" title={t("A run is changing this VM")}>
      <Link className="text-primary underline" href={`/activity/${vm.operationActionId}`}>
        {t("Watch run {operationActionId}", { operationActionId: vm.operationActionId })}
      </Link>
    </Notice>
  );
}
