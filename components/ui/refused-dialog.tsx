"use client";

import { t } from "../i18n/t";
import { Button } from "./button";
import { Dialog } from "./dialog";

/** What a link asked for cannot be done now, and why. */
export function RefusedDialog({ title, reason, onClose }: { title: string; reason: string; onClose: () => void }) {
  return (
    <Dialog isOpen onOpenChange={onClose} title={title} footer={<Button onClick={onClose}>{t("Close")}</Button>}>
      <p>{reason}</p>
    </Dialog>
  );
}
