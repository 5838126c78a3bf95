"use client";

import { Dialog } from "@base-ui/react/dialog";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { Archive, Cpu, Database, ListChecks, type LucideIcon, RotateCcw, Server } from "lucide-react";
import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import type { FoundObject } from "@/server/domain/search";
import { useSettled } from "../hooks/use-settled";
import { t } from "../i18n/t";
import { NAV_GROUPS } from "../layout/nav-items";
import { errorMessage } from "../lib/error-message";
import { restoreHref } from "../restore/wizard-state";
import { useTRPC } from "../trpc/client";
import { backdropStyles } from "../ui/dialog";
import { useCommands } from "./use-commands";

const TYPING_MS = 150;
const LOOKS: Record<FoundObject["kind"], { icon: LucideIcon; word: string; href: string }> = {
  vm: { icon: Server, word: "VM", href: "/vms" },
  job: {
    icon: ListChecks,
    get word() {
      return t("Backup job");
    },
    href: "/jobs",
  },
  backup: {
    icon: Archive,
    get word() {
      return t("Backup");
    },
    href: "/backups",
  },
  datastore: {
    icon: Database,
    get word() {
      return t("Datastore");
    },
    href: "/datastores",
  },
  host: {
    icon: Cpu,
    get word() {
      return t("Host");
    },
    href: "/hosts",
  },
};
const itemStyles =
  "flex min-h-9 cursor-default items-center gap-3 rounded-control px-2.5 select-none data-[selected=true]:bg-primary-tint data-[selected=true]:text-primary [&_svg]:size-4 [&_svg]:shrink-0";
const groupStyles =
  "[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted";

/** Find any object, go to any page, or begin something; what changes anything opens its plan and never acts. */
export function CommandPalette({ onClose, onKeys }: { onClose: () => void; onKeys: () => void }) {
  const trpc = useTRPC();
  const router = useRouter();
  const [text, setText] = useState("");
  const search = useSettled(text.trim(), TYPING_MS);
  const found = useQuery({
    ...trpc.system.find.queryOptions({ text: search }, { placeholderData: keepPreviousData }),
    enabled: search !== "",
  });
  const objects = search === "" ? [] : (found.data ?? []);
  const first = objects[0] === undefined ? null : itemValue(objects[0]);
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
              {found.error === null || search === "" ? null : (
                <p role="alert" className="px-2.5 py-2 text-danger">
                  {errorMessage(found.error)}
                </p>
              )}
              <Command.Empty className="px-2.5 py-6 text-center text-muted">
                {found.isFetching
                  ? t("Searching…")
                  : t("Nothing is called “{text}” here, and nothing to do is.", { text: text.trim() })}
              </Command.Empty>
              {objects.length === 0 ? null : (
                <Command.Group heading={t("Found")} className={groupStyles}>
                  {objects.map((object) => (
                    <ObjectItems key={`${object.kind}-${object.id}`} object={object} onGo={go} />
                  ))}
                </Command.Group>
              )}
              <Command.Group heading={t("Do")} className={groupStyles}>
                {commands.map(({ label, icon: Icon, keywords, run }) => (
                  <Item
                    key={label}
                    value={label}
                    keywords={keywords}
                    onSelect={() => {
                      onClose();
                      run();
                    }}
                  >
                    <Icon aria-hidden /> {label}
                  </Item>
                ))}
              </Command.Group>
              <Command.Group heading={t("Go to")} className={groupStyles}>
                {NAV_GROUPS.flatMap((group) => group.items).map(({ label, href, icon: Icon }) => (
                  <Item key={href} value={t("Go to {label}", { label })} onSelect={() => go(href)}>
                    <Icon aria-hidden /> {label}
                  </Item>
                ))}
              </Command.Group>
            </Command.List>
          </Command>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function itemValue({ kind, name, id }: FoundObject): string {
  return `${kind} ${name} #${id}`;
}

function ObjectItems({ object, onGo }: { object: FoundObject; onGo: (href: string) => void }) {
  const { icon: Icon, word, href } = LOOKS[object.kind];
  const number = `#${object.id}`;
  return (
    <>
      <Item
        value={itemValue(object)}
        keywords={[String(object.id), word]}
        onSelect={() => onGo(`${href}/${object.id}`)}
      >
        <Icon aria-hidden />
        <span className="min-w-0 grow truncate">{object.name}</span>
        <span className="shrink-0 text-sm text-muted">
          {word} {number}
          {object.isGone ? t(", VM gone") : null}
        </span>
      </Item>
      {object.kind === "vm" ? (
        <Item
          value={t("restore {name} {number}", { name: object.name, number })}
          keywords={[String(object.id), t("Restore")]}
          onSelect={() => onGo(restoreHref({ vmId: object.id }))}
        >
          <RotateCcw aria-hidden />
          <span className="min-w-0 grow truncate">{t("Restore {name}…", { name: object.name })}</span>
        </Item>
      ) : null}
    </>
  );
}

function Item(props: { value: string; keywords?: string[]; onSelect: () => void; children: ReactNode }) {
  return (
    <Command.Item
      value={props.value}
      {...(props.keywords === undefined ? {} : { keywords: props.keywords })}
      onSelect={props.onSelect}
      className={itemStyles}
    >
      {props.children}
    </Command.Item>
  );
}
