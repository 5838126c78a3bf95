"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "sonner";
import type { LockView } from "@/server/domain/user";
import { rich, t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { Field } from "../ui/field";
import { Notice } from "../ui/notice";
import { Select } from "../ui/select";
import { Time } from "../ui/time";

const LEVELS = [
  {
    level: 1,
    get label() {
      return t("Every use");
    },
    get about() {
      return t("Nobody uses, changes or deletes it, administrators neither.");
    },
  },
  {
    level: 2,
    get label() {
      return t("Changes");
    },
    get about() {
      return t("It can be used, but neither changed nor deleted, by administrators neither.");
    },
  },
  {
    level: 3,
    get label() {
      return t("Operations that need ADMIN");
    },
    get about() {
      return t("Everything else goes on.");
    },
  },
] as const;

/** Who has locked an object against what, and the buttons that lock and unlock it. */
export function LockRow(props: {
  kind: "vm" | "image" | "template";
  id: number;
  name: string;
  lock: LockView | null;
  manageReason: string | null;
}) {
  const { kind, id, name, lock, manageReason } = props;
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [level, setLevel] = useState(1);
  const change = useMutation(
    trpc.access.lock.mutationOptions({
      onSuccess: async (_answer, sent) => {
        toast.success(sent.level === 0 ? t("{name} is unlocked", { name }) : t("{name} is locked", { name }));
        await queryClient.invalidateQueries();
      },
    }),
  );
  const present = LEVELS.find((one) => one.level === lock?.level);
  return (
    <div className="mb-4">
      {lock === null ? (
        <div className="flex flex-wrap items-start gap-3">
          <Field label={t("Lock against")} help={LEVELS.find((one) => one.level === level)?.about}>
            {(control) => (
              <Select {...control} value={level} onChange={(event) => setLevel(Number(event.target.value))}>
                {LEVELS.map((one) => (
                  <option key={one.level} value={one.level}>
                    {one.label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Button
            className="mt-6"
            isBusy={change.isPending}
            disabledReason={manageReason}
            onClick={() => change.mutate({ kind, id, level })}
          >
            {t("Lock")}
          </Button>
        </div>
      ) : (
        <Notice
          tone="info"
          title={t("Locked by {ownerName}: {label}", {
            ownerName: lock.ownerName,
            label: present?.label.toLowerCase() ?? "",
          })}
        >
          <p>
            {present?.about} {rich("Since {time}.", { time: <Time at={lock.at} /> })}
          </p>
          <Button
            size="sm"
            className="mt-2"
            isBusy={change.isPending}
            disabledReason={
              lock.mayChange
                ? null
                : t("Only {ownerName} or an administrator can unlock it.", { ownerName: lock.ownerName })
            }
            onClick={() => change.mutate({ kind, id, level: 0 })}
          >
            {t("Unlock")}
          </Button>
        </Notice>
      )}
      {change.error === null ? null : (
        <Notice tone="danger" isAlert className="mt-3">
          {errorMessage(change.error)}
        </Notice>
      )}
    </div>
  );
}
