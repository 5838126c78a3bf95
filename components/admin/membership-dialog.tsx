"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { UserRow } from "@/server/domain/user";
import { t } from "../i18n/t";
import { ErrorState } from "../layout/error-state";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { Checkbox } from "../ui/checkbox";
import { Dialog } from "../ui/dialog";
import { Notice } from "../ui/notice";
import { Skeleton } from "../ui/skeleton";
import { Table, Td, Th } from "../ui/table";

/** The groups of a user; every change holds at once. */
export function MembershipDialog({ user, onClose }: { user: UserRow; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const groups = useQuery(trpc.user.groups.queryOptions());
  const change = useMutation(
    trpc.user.changeMembership.mutationOptions({
      onSettled: () => queryClient.invalidateQueries(trpc.user.pathFilter()),
    }),
  );
  const primary = user.groups[0]?.id;
  return (
    <Dialog
      isOpen
      onOpenChange={onClose}
      title={t("Groups of {name}", { name: user.name })}
      footer={<Button onClick={onClose}>{t("Close")}</Button>}
    >
      {groups.error === null ? null : (
        <ErrorState error={groups.error} what={t("the groups")} onRetry={() => void groups.refetch()} />
      )}
      {groups.isPending ? <Skeleton className="h-24" /> : null}
      {change.error === null ? null : (
        <Notice tone="danger" isAlert className="mb-3">
          {errorMessage(change.error)}
        </Notice>
      )}
      <Table caption={t("Groups of {name}", { name: user.name })}>
        <thead>
          <tr>
            <Th>{t("Group")}</Th>
            <Th>{t("Primary")}</Th>
          </tr>
        </thead>
        <tbody>
          {(groups.data ?? []).map((group) => {
            const isMember = user.groups.some((each) => each.id === group.id);
            const set = (what: "add" | "remove" | "primary") =>
              change.mutate({ userId: user.id, groupId: group.id, change: what });
            return (
              <tr key={group.id}>
                <Td>
                  <Checkbox
                    checked={isMember}
                    onCheckedChange={(checked) => set(checked ? "add" : "remove")}
                    label={group.name}
                    help={group.id === 0 ? t("Its members are administrators.") : undefined}
                    disabledReason={group.id === primary ? t("The primary group. Choose another one first.") : null}
                  />
                </Td>
                <Td>
                  {group.id === primary ? (
                    <Badge tone="neutral">{t("Primary")}</Badge>
                  ) : (
                    <Button
                      size="sm"
                      aria-label={t("Make {name} the primary group", { name: group.name })}
                      disabledReason={change.isPending ? t("A change is being saved.") : null}
                      onClick={() => set("primary")}
                    >
                      {t("Make primary")}
                    </Button>
                  )}
                </Td>
              </tr>
            );
          })}
        </tbody>
      </Table>
      <p className="mt-3 text-sm text-muted">
        {t("New objects of {name} belong to the primary group.", { name: user.name })}
      </p>
    </Dialog>
  );
}
