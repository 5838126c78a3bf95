"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";
import type { SchedulerSettings } from "@/server/domain/schedule/pause";
import { useZone } from "../hooks/use-zone";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Notice } from "../ui/notice";
import { WindowFields } from "./window-fields";

type Blackout = SchedulerSettings["blackouts"][number];

/** The weekly windows in which nothing begins. */
export function BlackoutDialog({ scheduler, onClose }: { scheduler: SchedulerSettings; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const { zones } = useZone();
  const [windows, setWindows] = useState<readonly Blackout[]>(scheduler.blackouts);
  const save = useMutation(
    trpc.system.setScheduler.mutationOptions({
      onSuccess: async () => {
        toast.success(t("Blackout windows saved"));
        await queryClient.invalidateQueries(trpc.system.settings.queryFilter());
        onClose();
      },
    }),
  );
  const set = (index: number, part: Partial<Blackout>) =>
    setWindows(windows.map((one, at) => (at === index ? { ...one, ...part } : one)));
  const isEmpty = windows.some((one) => one.days.length === 0);
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t("Blackout windows")}
      description={t(
        "Inside a window no schedule and no job begins a backup. What runs already goes on; what was due begins after it.",
      )}
      footer={
        <>
          <Button onClick={onClose}>{t("Close")}</Button>
          <Button
            variant="primary"
            isBusy={save.isPending}
            disabledReason={isEmpty ? t("Each window needs a day.") : null}
            onClick={() => save.mutate({ ...scheduler, blackouts: [...windows] })}
          >
            {t("Save windows")}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        {windows.map((one, index) => (
          <section
            // biome-ignore lint/suspicious/noArrayIndexKey: windows have no other name, and keep their order.
            key={index}
            aria-label={t("Window {index}", { index: index + 1 })}
            className="grid gap-3 rounded-card border border-line p-3"
          >
            <WindowFields
              legend={t("Window {index}: begins on", { index: index + 1 })}
              value={one}
              onChange={(part) => set(index, part)}
            />
            <div>
              <Button size="sm" onClick={() => setWindows(windows.filter((_, at) => at !== index))}>
                {t("Remove window {index}", { index: index + 1 })}
              </Button>
            </div>
          </section>
        ))}
        <div>
          <Button
            onClick={() =>
              setWindows([...windows, { days: [1, 2, 3, 4, 5], from: "08:00", to: "18:00", zone: zones.server }])
            }
          >
            <Plus aria-hidden /> {t("Add window")}
          </Button>
        </div>
        {save.error === null ? null : (
          <Notice tone="danger" isAlert>
            {errorMessage(save.error)}
          </Notice>
        )}
      </div>
    </Dialog>
  );
}
