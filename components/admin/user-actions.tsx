"use client";

import { useMutation } from "@tanstack/react-query";
import { Ellipsis } from "lucide-react";
import { useState } from "react";
import type { UserRow } from "@/server/domain/user";
import { t } from "../i18n/t";
import { useStaleReason } from "../layout/freshness";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { Button } from "../ui/button";
import { ConfirmDialog } from "../ui/confirm-dialog";
import { Menu, MenuItem, MenuLink, MenuSeparator } from "../ui/menu";
import { MembershipDialog } from "./membership-dialog";
import { SetPasswordDialog } from "./set-password-dialog";
import { useAdminChange } from "./use-admin-change";

/** What an administrator can do with a user; what cannot be done says why. */
export function UserActions({ user }: { user: UserRow }) {
  const [open, setOpen] = useState<"password" | "groups" | "disable" | "delete" | null>(null);
  const trpc = useTRPC();
  const staleReason = useStaleReason();
  const close = () => setOpen(null);
  const done = useAdminChange(close);
  const enable = useMutation(
    trpc.user.enable.mutationOptions({
      onSuccess: (_done, { enabled }) =>
        done(
          t("{name} is {enabled, select, yes {enabled} other {disabled}}", {
            name: user.name,
            enabled: enabled ? "yes" : "no",
          }),
        ),
    }),
  );
  const remove = useMutation(
    trpc.user.delete.mutationOptions({ onSuccess: () => done(t("User {name} deleted", { name: user.name })) }),
  );
  const isFirst = user.id === 0 ? t("User 0, the first administrator, always exists.") : null;
  const ownsReason =
    user.owned === 0
      ? null
      : t("{name} owns {owned} objects. Give them to somebody else, or disable the user.", {
          name: user.name,
          owned: user.owned,
        });
  return (
    <>
      <Menu
        trigger={
          <Button variant="ghost" size="icon-sm" aria-label={t("Actions for {name}", { name: user.name })}>
            <Ellipsis aria-hidden />
          </Button>
        }
      >
        <MenuItem onSelect={() => setOpen("groups")}>{t("Groups…")}</MenuItem>
        <MenuItem onSelect={() => setOpen("password")}>{t("Set password…")}</MenuItem>
        <MenuLink href={`/admin/audit?user=${user.id}`}>{t("What they did")}</MenuLink>
        <MenuSeparator />
        {user.enabled ? (
          <MenuItem disabledReason={isFirst ?? staleReason} onSelect={() => setOpen("disable")}>
            {t("Disable…")}
          </MenuItem>
        ) : (
          <MenuItem disabledReason={staleReason} onSelect={() => enable.mutate({ userId: user.id, enabled: true })}>
            {t("Enable")}
          </MenuItem>
        )}
        <MenuItem isDanger disabledReason={isFirst ?? ownsReason ?? staleReason} onSelect={() => setOpen("delete")}>
          {t("Delete…")}
        </MenuItem>
      </Menu>
      {open === "password" ? <SetPasswordDialog user={user} onClose={close} /> : null}
      {open === "groups" ? <MembershipDialog user={user} onClose={close} /> : null}
      <ConfirmDialog
        isOpen={open === "disable"}
        onOpenChange={close}
        title={t("Disable {name}?", { name: user.name })}
        consequences={[
          t("Their sessions end, and they cannot sign in."),
          t("Runs under way go on. Jobs and schedules of this user no longer begin anything."),
          t("What they own stays, and they can be enabled again."),
        ]}
        confirmLabel={t("Disable user")}
        onConfirm={() => enable.mutate({ userId: user.id, enabled: false })}
        isBusy={enable.isPending}
        error={enable.error === null ? null : errorMessage(enable.error)}
      />
      <ConfirmDialog
        isOpen={open === "delete"}
        onOpenChange={close}
        title={t("Delete {name}?", { name: user.name })}
        consequences={[
          t("The user and their quotas are gone; the number of the user is not used again."),
          t("The audit log keeps what they did, by name."),
        ]}
        confirmLabel={t("Delete user")}
        onConfirm={() => remove.mutate({ userId: user.id })}
        isBusy={remove.isPending}
        error={remove.error === null ? null : errorMessage(remove.error)}
      />
    </>
  );
}
