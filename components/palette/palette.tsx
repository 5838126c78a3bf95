"use client";

import { Search } from "lucide-react";
import dynamic from "next/dynamic";
import { useCallback, useState } from "react";
import { t } from "../i18n/t";
import { Button } from "../ui/button";
import { useGlobalKeys } from "./use-global-keys";

const CommandPalette = dynamic(() => import("./command-palette").then((module) => module.CommandPalette), {
  ssr: false,
});
const KeyList = dynamic(() => import("./key-list").then((module) => module.KeyListDialog), { ssr: false });

/** The button of the command palette, the palette and the list of keys; they are loaded when they are first opened. */
export function Palette() {
  const [open, setOpen] = useState<"palette" | "keys" | null>(null);
  const showPalette = useCallback(() => setOpen((now) => (now === "palette" ? null : "palette")), []);
  const showKeys = useCallback(() => setOpen("keys"), []);
  useGlobalKeys({ onPalette: showPalette, onKeys: showKeys });
  const close = () => setOpen(null);
  return (
    <>
      <Button
        variant="ghost"
        size="icon"
        aria-label={t("Find or do something (Ctrl+K)")}
        aria-keyshortcuts="Control+K Meta+K"
        onClick={showPalette}
      >
        <Search aria-hidden />
      </Button>
      {open === "palette" ? <CommandPalette onClose={close} onKeys={showKeys} /> : null}
      {open === "keys" ? <KeyList onClose={close} /> : null}
    </>
  );
}
