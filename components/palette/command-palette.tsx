"use client";

import { Dialog } from "@base-ui/react/dialog";
import { Command } from "cmdk";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { t } from "../i18n/t";
import { NAV_GROUPS } from "../layout/nav-items";
import { errorMessage } from "../lib/error-message";
import { backdropStyles } from "../ui/dialog";
import { FoundItems, firstValue } from "./found-items";
import { PaletteItem } from "./palette-item";
import { useCommands } from "./use-commands";
import { useFound } from "./use-found";

const groupStyles =
  "[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted";

/** Find any object, go to any page, or begin something; what changes anything opens its plan and never acts. */
export function CommandPalette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const router = useRouter();
  const [text, setText] = useState("");
  const { command, objects, isCurrent, isFetching, error } = useFound(text);
  const first = isCurrent ? firstValue(command, objects) : null;
  const [selected, setSelected] = useState("");
  const [seen, setSeen] = useState<string | null>(null);
  if (seen !== first) {
    // Objects come after the commands: what was searched for is what Enter opens.
    setSeen(first);
    if (first !== null) setSelected(first);
  }
  const commands = useCommands(onKeys);
  const go = (href: string) => {
    onClose();
    router.push(href);
  };
  return (
    <Dialog.Root open onOpenChange={onClose}>
      <Dialog.Portal>
        <Dialog.Backdrop className={backdropStyles} />
        <Dialog.Popup className="fixed top-[10dvh] left-1/2 z-50 flex max-h-[75dvh] w-[min(40rem,calc(100vw-2rem))] -translate-x-1/2 flex-col overflow-hidden rounded-card border border-line bg-raised text-text shadow-raised">
          <Dialog.Title className="sr-only">{t("Find or do something")}</Dialog.Title>
          <Command
            label={t("Find or do something")}
            loop
            value={selected}
            onValueChange={setSelected}
            className="flex min-h-0 flex-col"
          >
            <Command.Input
              value={text}
              onValueChange={setText}
              maxLength={100}
              placeholder={t("VM, backup, job, page, or what to do")}
              className="h-12 shrink-0 border-b border-line bg-transparent px-4 text-md outline-none placeholder:text-muted"
            />
            <Command.List className="min-h-0 overflow-y-auto p-1.5">
              {error === null ? null : (
                <p role="alert" className="px-2.5 py-2 text-danger">
                  {errorMessage(error)}
                </p>
              )}
              <Command.Empty className="px-2.5 py-6 text-center text-muted">
                {isFetching
                  ? t("Searching…")
                  : t("Nothing is called “{text}” here, and nothing to do is.", { text: text.trim() })}
              </Command.Empty>
              {objects.length === 0 ? null : (
                <Command.Group heading={t("Found")} className={groupStyles}>
                  <FoundItems objects={objects} command={command} typed={isCurrent ? text : null} onGo={go} />
                </Command.Group>
              )}
              <Command.Group heading={t("Do")} className={groupStyles}>
                {commands.map(({ label, icon: Icon, keywords, run }) => (
                  <PaletteItem
                    key={label}
                    value={label}
                    keywords={keywords}
                    onSelect={() => {
                      onClose();
                      run();
                    }}
                  >
                    <Icon aria-hidden /> {label}
                  </PaletteItem>
                ))}
              </Command.Group>
              <Command.Group heading={t("Go to")} className={groupStyles}>
                {NAV_GROUPS.flatMap((group) => group.items).map(({ label, href, icon: Icon }) => (
                  <PaletteItem key={href} value={t("Go to {label}", { label })} onSelect={() => go(href)}>
                    <Icon aria-hidden /> {label}
                  </PaletteItem>
                ))}
              </Command.Group>
            </Command.List>
          </Command>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
