"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "sonner";
import type { TokenRow } from "@/server/domain/access-token";
import { t } from "../i18n/t";
import { errorMessage } from "../lib/error-message";
import { useTRPC } from "../trpc/client";
import { ConfirmDialog } from "../ui/confirm-dialog";

/** End a token now. */
export function RevokeTokenDialog({ token, onClose }: { token: TokenRow; onClose: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const revoke = useMutation(
    trpc.token.revoke.mutationOptions({
      onSuccess: async () => {
        toast.success(t("Token {name} revoked", { name: token.name }));
        onClose();
        await queryClient.invalidateQueries(trpc.token.pathFilter());
      },
    }),
  );
  return (
    <ConfirmDialog
      isOpen
      onOpenChange={onClose}
      title={t("Revoke token {name}?", { name: token.name })}
      consequences={[t("What uses it is refused from its next call on."), t("A revoked token cannot be brought back.")]}
      confirmLabel={t("Revoke token")}
      onConfirm={() => revoke.mutate({ tokenId: token.id })}
      isBusy={revoke.isPending}
      error={revoke.error === null ? null : errorMessage(revoke.error)}
    />
  );
}
